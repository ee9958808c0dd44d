package org.bgpannouncer.doctor;

import java.nio.file.Path;
import java.util.regex.Pattern;
import org.bgpannouncer.render.Target;

/**
 * Writes the commands that mend something.
 *
 * @param siteFile the file that machines should fit
 * @param site which of its sites
 */
record Remedy(Path siteFile, String site) {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:@%+,=-]+");

  /** Of sed's basic regular expressions, and what ends them. */
  private static final Pattern SPECIAL = Pattern.compile("[.*\\[\\]^$\\\\/]");

  /** What the site file says for that machine, on stdout. */
  String render(Target target, String machine) {
    return "announcer render "
        + target
        + " --config "
        + quote(siteFile.toString())
        + " --site "
        + quote(site)
        + " --host "
        + quote(machine);
  }

  static String sysctl(String path, int value) {
    return "sysctl -w " + quote(path + "=" + value);
  }

  /**
   * Edits one line of a file, in place: a link, its owner and its mode stay. What no longer stands
   * there stays as it is.
   *
   * @param line from 1
   * @param command of sed, with basic regular expressions
   */
  static String edit(Path file, int line, String command) {
    return "LC_ALL=C sed -i --follow-symlinks "
        + quote(line + command)
        + " "
        + quote(file.toString());
  }

  /** As a basic regular expression for itself, between slashes. */
  static String literally(String text) {
    return SPECIAL.matcher(text).replaceAll("\\\\$0");
  }

  /** A word for the shell. */
  static String quote(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
