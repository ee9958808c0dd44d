package org.bgpannouncer.bgp.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What every implementation made of every scenario: the table of docs/interop.md. */
final class Matrix {
  /** What a cell begins with whose scenario failed. */
  static final String FAILED = "FAILED: ";

  private static final Path DOCUMENT = Path.of("../../docs/interop.md");

  private final Map<Scenario, Map<Kind, String>> cells = new ConcurrentHashMap<>();

  void record(Scenario scenario, Kind kind, String cell) {
    cells
        .computeIfAbsent(scenario, each -> new ConcurrentHashMap<>())
        .put(kind, cell.replace("|", "\\|").replace("\n", " "));
  }

  /**
   * Prints the table, and compares it with the document: all of it, or the whole rows when not
   * every scenario ran.
   */
  void compare(Path home) throws IOException {
    List<String> table = table(home);
    Files.write(Files.createDirectories(Path.of("target")).resolve("interop.md"), table);
    table.forEach(System.out::println);
    assertThat(table).noneMatch(line -> line.contains(FAILED));
    List<String> document = Files.readAllLines(DOCUMENT);
    List<String> documented = document.stream().filter(line -> line.startsWith("|")).toList();
    if (!isComplete()) {
      assertThat(documented).containsAll(table);
    } else if (System.getProperty("golden.update") != null && System.getenv("CI") == null) {
      List<String> lines = new ArrayList<>(document);
      int begin = lines.indexOf(documented.get(0));
      lines.removeIf(line -> line.startsWith("|"));
      lines.addAll(begin, table);
      Files.write(DOCUMENT, lines);
    } else {
      assertThat(documented).as("%s; -Dgolden.update writes it", DOCUMENT).isEqualTo(table);
    }
  }

  private List<String> table(Path home) throws IOException {
    Map<Kind, String> titles = new EnumMap<>(Kind.class);
    for (Kind kind : Kind.values()) {
      titles.put(kind, kind + " " + kind.version(home));
    }
    List<String> lines = new ArrayList<>();
    lines.add(line("", titles));
    lines.add("|---|" + "---|".repeat(Kind.values().length));
    for (Scenario scenario : Scenario.values()) {
      Map<Kind, String> row = cells.getOrDefault(scenario, Map.of());
      if (row.size() == Kind.values().length) {
        lines.add(line(scenario.title(), row));
      }
    }
    return lines;
  }

  private boolean isComplete() {
    return cells.size() == Scenario.values().length
        && cells.values().stream().allMatch(row -> row.size() == Kind.values().length);
  }

  private static String line(String title, Map<Kind, String> row) {
    StringBuilder line = new StringBuilder("| ").append(title).append(" |");
    for (Kind kind : Kind.values()) {
      line.append(' ').append(row.get(kind)).append(" |");
    }
    return line.toString();
  }
}
