package org.bgpannouncer.doctor;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A bitcoin.conf with what it includes, as Bitcoin Core reads it (common/config.cpp): the chain's
 * section before the rest, and of a setting that takes one value the first line.
 */
final class BitcoinConf {
  private static final int MAX_INCLUDES = 64;

  /** As LocaleIndependentAtoi reads the beginning of a value (util/strencodings.h). */
  private static final Pattern NUMBER = Pattern.compile("\\s*([+-]?\\d{1,9}).*");

  /**
   * A line.
   *
   * @param section of the file, "" before the first
   * @param key without {@code no}
   * @param value what it says; of a switch with {@code no} what that comes to
   * @param negates whether it takes away what stands before it
   * @param number of the line, from 1
   */
  record Setting(String section, String key, String value, boolean negates, Path file, int number) {
    /** As Core reads a switch: what is no number is 0, and nothing is 1 (InterpretBool). */
    boolean isOn() {
      if (value.isEmpty()) {
        return true;
      }
      Matcher found = NUMBER.matcher(value);
      return found.matches() && Integer.parseInt(found.group(1)) != 0;
    }

    /** Of sed: the line up to its value. */
    String pattern() {
      return "\\([[:space:]]*\\([a-z0-9]*\\.\\)\\{0,1\\}\\)\\(no\\)\\{0,1\\}"
          + key
          + "[[:space:]]*=";
    }
  }

  private final List<Setting> settings = new ArrayList<>();
  private final String chain;
  private final Path file;

  /** Whether the file, without what it includes, has sections. */
  private boolean hasSections;

  private BitcoinConf(String chain, Path file) {
    this.chain = chain;
    this.file = file;
  }

  /**
   * Reads it.
   *
   * @param dataFolder what {@code includeconf} is relative to; empty: the file's {@code datadir},
   *     or its folder
   */
  static BitcoinConf read(Machine machine, Path file, String chain, Optional<Path> dataFolder)
      throws CannotTellException {
    BitcoinConf conf = new BitcoinConf(chain, file);
    conf.readOne(machine, file);
    Path folder =
        dataFolder
            .or(() -> conf.first("datadir").map(setting -> Path.of(setting.value())))
            .orElse(file.toAbsolutePath().getParent());
    List<Setting> includes = conf.all("includeconf");
    for (Setting include : includes.subList(0, Math.min(includes.size(), MAX_INCLUDES))) {
      // An included file cannot include another (Bitcoin Core says so, and goes on).
      conf.readOne(
          machine, folder == null ? Path.of(include.value()) : folder.resolve(include.value()));
    }
    return conf;
  }

  private void readOne(Machine machine, Path path) throws CannotTellException {
    String section = "";
    int number = 0;
    for (String raw : machine.file(path).split("\n", -1)) {
      number++;
      int comment = raw.indexOf('#');
      String line = (comment < 0 ? raw : raw.substring(0, comment)).strip();
      if (line.startsWith("[") && line.endsWith("]")) {
        section = line.substring(1, line.length() - 1);
        hasSections |= path.equals(file);
        continue;
      }
      int equals = line.indexOf('=');
      if (equals > 0) {
        add(
            section,
            line.substring(0, equals).strip(),
            line.substring(equals + 1).strip(),
            path,
            number);
      }
    }
  }

  private void add(String section, String name, String value, Path path, int number) {
    String key = name;
    int dot = key.indexOf('.');
    String where = section;
    if (dot > 0) { // main.discover=0
      where = key.substring(0, dot);
      key = key.substring(dot + 1);
    }
    Setting plain = new Setting(where, key, value, false, path, number);
    if (key.startsWith("no")) {
      boolean negates = plain.isOn();
      key = key.substring(2);
      plain = new Setting(where, key, negates ? "0" : "1", negates, path, number);
    }
    settings.add(plain);
  }

  /** The lines of a key in one section, from the last that is negated on. */
  private List<Setting> in(String section, String key) {
    List<Setting> found = new ArrayList<>();
    for (Setting setting : settings) {
      if (setting.key().equals(key) && setting.section().equals(section)) {
        if (setting.negates()) {
          found.clear();
        }
        found.add(setting);
      }
    }
    return found;
  }

  /** Every value of a key that counts for the chain, the section's first (GetSettingsList). */
  List<Setting> all(String key) {
    List<Setting> found = new ArrayList<>(in(chain, key));
    if (found.stream().noneMatch(Setting::negates)) {
      found.addAll(in("", key));
    }
    found.removeIf(Setting::negates);
    return found;
  }

  /** What counts of a key with one value: the first (GetSetting). */
  Optional<Setting> first(String key) {
    return Stream.of(chain, "")
        .map(section -> in(section, key))
        .filter(found -> !found.isEmpty())
        .findFirst()
        .map(found -> found.get(found.size() > 1 && found.get(0).negates() ? 1 : 0));
  }

  /** The command that sets a key, in its line or in a new one. */
  String set(String key, String value) {
    return first(key)
        .map(
            setting ->
                Remedy.edit(
                    setting.file(),
                    setting.number(),
                    "s/^" + setting.pattern() + ".*/\\1" + key + "=" + value + "/"))
        .orElse(add(key + "=" + value));
  }

  /** The command that appends a line, once; where it counts for the chain. */
  String add(String line) {
    String quoted = Remedy.quote(file.toString());
    return "grep -qxF "
        + Remedy.quote(line)
        + " "
        + quoted
        + " || printf "
        + Remedy.quote(
            (hasSections ? "\\n[" + chain + "]\\n" : "\\n") + line.replace("%", "%%") + "\\n")
        + " >>"
        + quoted;
  }

  /** The command that makes a line a comment. */
  static String remove(Setting setting) {
    return Remedy.edit(setting.file(), setting.number(), "s/^" + setting.pattern() + "/#&/");
  }
}
