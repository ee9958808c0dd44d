package org.bgpannouncer.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** A page of the documentation, as those who copy from it see it. */
public enum Page {
  /** The first one. */
  README("README.md"),
  /** ExaBGP beside the announcer. */
  EXABGP("docs/exabgp.md"),
  /** The command line. */
  CLI("docs/cli.md"),
  /** What the doctor looks at. */
  DOCTOR("docs/doctor.md"),
  /** What to do when something is down. */
  RUNBOOK("docs/runbook.md");

  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$");

  private final Path path;

  Page(String name) {
    this.path = Path.of("../..", name);
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  /** All of it. */
  public String text() throws IOException {
    return Files.readString(path);
  }

  /** The first block of {@code language} (empty: of none) that contains this text. */
  public String block(String language, String containing) throws IOException {
    return blocks().stream()
        .filter(block -> block.group(1).equals(language) && block.group(2).contains(containing))
        .findFirst()
        .orElseThrow(() -> new AssertionError(path + ": no block with " + containing))
        .group(2);
  }

  /** The blocks that begin with {@code $ COMMAND}: what the page says each command prints. */
  public Map<String, String> sessions() throws IOException {
    Map<String, String> sessions = new LinkedHashMap<>();
    for (MatchResult block : blocks()) {
      if (block.group(2).startsWith("$ ")) {
        String[] parts = block.group(2).split("\n", 2);
        sessions.put(parts[0].substring(2), parts[1]);
      }
    }
    return sessions;
  }

  private List<MatchResult> blocks() throws IOException {
    return BLOCK.matcher(text()).results().toList();
  }
}
