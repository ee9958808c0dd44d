package org.bgpannouncer.speaker.exabgp;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code show neighbor configuration} and {@code show neighbor summary}, which 4.2 and 5.x
 * print alike. Lines that it does not know are skipped.
 */
final class NeighborReport {
  private static final long MAX_AS = 0xffff_ffffL;

  private static final Pattern OPENING = Pattern.compile("neighbor (\\S+) \\{");
  private static final Pattern SETTING =
      Pattern.compile("\\s*(local-address|local-as|peer-as|add-path) (\\S+);");
  private static final Pattern FAMILY = Pattern.compile("\\s*(ipv[46] unicast);");
  private static final Pattern PROCESSES = Pattern.compile("\\s*processes \\[ (\\S+) ];");
  private static final Pattern NEIGHBOR_CHANGES = Pattern.compile("\\s*neighbor-changes;");

  // "127.0.0.1       65000     0:00:03 established           2          2"; from a day on the
  // duration reads "1 day, 0:00:03".
  private static final Pattern SUMMARY =
      Pattern.compile(
          "(\\S+)\\s+\\S+\\s+(?:(?:(\\d{1,7}) days?, )?(\\d{1,2}):(\\d\\d):(\\d\\d)|down)\\s+(\\S+)"
              + "\\s+\\d+\\s+\\d+.*");

  private NeighborReport() {}

  /** Whether this is the first line of a summary. */
  static boolean isSummaryHeader(String line) {
    return line.startsWith("Peer ") && line.contains("up/down");
  }

  /**
   * How many seconds each established session has been up, by peer. 4.2 lists established ones
   * only, 5.x all.
   */
  static Map<String, Long> established(List<String> summary) {
    Map<String, Long> upSeconds = new LinkedHashMap<>();
    for (String line : summary) {
      Matcher row = SUMMARY.matcher(line);
      if (row.matches() && row.group(6).equals("established")) {
        upSeconds.put(row.group(1), seconds(row));
      }
    }
    return upSeconds;
  }

  private static long seconds(Matcher row) {
    if (row.group(3) == null) {
      return 0;
    }
    long days = row.group(2) == null ? 0 : Long.parseLong(row.group(2));
    return ((days * 24 + Long.parseLong(row.group(3))) * 60 + Long.parseLong(row.group(4))) * 60
        + Long.parseLong(row.group(5));
  }

  /** The neighbours configured. */
  static List<Neighbor> configured(List<String> configuration) {
    List<Neighbor> neighbors = new ArrayList<>();
    Map<String, String> settings = new LinkedHashMap<>();
    Set<String> families = new LinkedHashSet<>();
    Set<String> processes = new LinkedHashSet<>();
    String peer = "";
    String section = "";
    // Braces are counted: lines come without their indentation, and the api section, which is the
    // last one, stands behind others.
    int depth = 0;
    for (String line : configuration) {
      Matcher opening = OPENING.matcher(line);
      Matcher setting = SETTING.matcher(line);
      Matcher family = FAMILY.matcher(line);
      Matcher process = PROCESSES.matcher(line); // each has an api section of its own
      if (opening.matches()) {
        peer = opening.group(1);
        settings.clear();
        families.clear();
        processes.clear();
        depth = 1;
      } else if (line.endsWith("{")) {
        depth++;
        section = line.strip();
      } else if (family.matches() && section.equals("family {")) { // add-path has some too
        families.add(family.group(1));
      } else if (setting.matches()) {
        settings.put(setting.group(1), setting.group(2));
      } else if (process.matches()) {
        processes.add(process.group(1));
      } else if (NEIGHBOR_CHANGES.matcher(line).matches()) {
        settings.put("neighbor-changes", "");
      } else if (line.strip().equals("}") && --depth == 0 && !peer.isEmpty()) {
        neighbors.add(neighbor(peer, settings, families, processes));
        peer = ""; // what follows is nobody's until the next one opens
      }
    }
    return neighbors;
  }

  private static Neighbor neighbor(
      String peer, Map<String, String> settings, Set<String> families, Set<String> processes) {
    return new Neighbor(
        peer,
        settings.getOrDefault("local-address", ""),
        as(settings.get("local-as")),
        as(settings.get("peer-as")),
        families,
        settings.getOrDefault("add-path", ""),
        processes,
        settings.containsKey("neighbor-changes"));
  }

  private static OptionalLong as(@Nullable String text) {
    return text != null && text.matches("[0-9]{1,10}") && Long.parseLong(text) <= MAX_AS
        ? OptionalLong.of(Long.parseLong(text))
        : OptionalLong.empty();
  }
}
