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

  /** Of sed's basic regular expressions, and what parts its command. */
  private static final Pattern SPECIAL = Pattern.compile("[.*\\[\\]^$\\\\|]");

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

  /** Replaces a line of a file; by its text, as a command before may have moved it. */
  static String line(Path file, String old, String text) {
    String pattern = SPECIAL.matcher(old).replaceAll("\\\\$0");
    return "sed -i " + quote("s|^" + pattern + "$|" + text + "|") + " " + quote(file.toString());
  }

  /** Puts a line before all others of a file, which is not empty. */
  static String firstLine(Path file, String text) {
    return "sed -i " + quote("1i " + text) + " " + quote(file.toString());
  }

  /** A word for the shell. */
  static String quote(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
