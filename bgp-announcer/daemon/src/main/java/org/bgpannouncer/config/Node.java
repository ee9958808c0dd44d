package org.bgpannouncer.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A piece of the file that knows where it stands. */
sealed interface Node {
  /** Where it begins. */
  Location at();

  /**
   * A place in the file.
   *
   * @param path e.g. {@code hosts[0].p2p}; {@code file} for the whole
   * @param line 1-based
   * @param column 1-based
   */
  record Location(String path, int line, int column) {
    static final String ROOT = "file";

    String child(String key) {
      return path.equals(ROOT) ? key : path + "." + key;
    }
  }

  /**
   * A value as it was written, without quotes.
   *
   * @param empty nothing, {@code ~} or {@code null} stands there
   */
  record Scalar(Location at, String text, boolean empty) implements Node {}

  /** Something that a problem was already told about: whoever reads it says nothing more. */
  record Refused(Location at) implements Node {}

  /** A list. */
  record Sequence(Location at, List<Node> items) implements Node {
    public Sequence {
      items = List.copyOf(items);
    }
  }

  /** Keys in their order; every value sits at the location of its key. */
  record Mapping(Location at, Map<String, Entry> entries) implements Node {
    public Mapping {
      entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }

    /** These entries with those of {@code defaults} where this has none, level by level. */
    Mapping over(Mapping defaults) {
      LinkedHashMap<String, Entry> merged = new LinkedHashMap<>(defaults.entries);
      entries.forEach(
          (key, own) -> {
            Entry inherited = defaults.entries.get(key);
            merged.put(
                key,
                inherited != null
                        && own.value() instanceof Mapping mine
                        && inherited.value() instanceof Mapping theirs
                    ? new Entry(own.keyAt(), mine.over(theirs))
                    : own);
          });
      return new Mapping(at, merged);
    }

    Mapping without(String key) {
      LinkedHashMap<String, Entry> rest = new LinkedHashMap<>(entries);
      rest.remove(key);
      return new Mapping(at, rest);
    }
  }

  /**
   * One key with its value.
   *
   * @param keyAt where the key stands
   */
  record Entry(Location keyAt, Node value) {}
}
