package org.bgpannouncer.doctor;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A bitcoin.conf with what it includes, as Bitcoin Core reads it (common/config.cpp): the chain's
 * section before the rest, and of a setting that takes one value the first line.
 */
final class BitcoinConf {
  private static final int MAX_INCLUDES = 64;

  /**
   * A line.
   *
   * @param section of the file, "" before the first
   * @param key without {@code no}
   * @param value {@code 0} of a key with {@code no}
   * @param line as it stands in the file
   */
  record Setting(String section, String key, String value, Path file, String line) {}

  private final List<Setting> settings = new ArrayList<>();
  private final String chain;

  private BitcoinConf(String chain) {
    this.chain = chain;
  }

  static BitcoinConf read(Machine machine, Path file, String chain) throws CannotTellException {
    BitcoinConf conf = new BitcoinConf(chain);
    conf.readOne(machine, file);
    List<Setting> includes = conf.all("includeconf");
    for (Setting include : includes.subList(0, Math.min(includes.size(), MAX_INCLUDES))) {
      // An included file cannot include another (Bitcoin Core says so, and goes on).
      conf.readOne(machine, file.resolveSibling(include.value()));
    }
    return conf;
  }

  private void readOne(Machine machine, Path file) throws CannotTellException {
    String section = "";
    for (String raw : machine.file(file).split("\n", -1)) {
      int comment = raw.indexOf('#');
      String line = (comment < 0 ? raw : raw.substring(0, comment)).strip();
      if (line.startsWith("[") && line.endsWith("]")) {
        section = line.substring(1, line.length() - 1);
        continue;
      }
      int equals = line.indexOf('=');
      if (equals > 0) {
        add(
            section,
            line.substring(0, equals).strip(),
            line.substring(equals + 1).strip(),
            file,
            raw);
      }
    }
  }

  private void add(String section, String name, String value, Path file, String line) {
    String key = name;
    int dot = key.indexOf('.');
    String where = section;
    if (dot > 0) { // main.discover=0
      where = key.substring(0, dot);
      key = key.substring(dot + 1);
    }
    boolean negated = key.startsWith("no");
    settings.add(
        new Setting(
            where,
            negated ? key.substring(2) : key,
            negated ? (value.equals("0") ? "1" : "0") : value,
            file,
            line));
  }

  /** Every line of a key that counts for the chain, the section's first. */
  List<Setting> all(String key) {
    List<Setting> found = new ArrayList<>();
    for (String section : List.of(chain, "")) {
      settings.stream()
          .filter(setting -> setting.key().equals(key) && setting.section().equals(section))
          .forEach(found::add);
    }
    return found;
  }

  Optional<Setting> first(String key) {
    return all(key).stream().findFirst();
  }
}
