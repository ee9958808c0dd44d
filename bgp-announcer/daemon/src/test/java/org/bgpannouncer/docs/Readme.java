package org.bgpannouncer.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** The README, as those who copy from it see it. */
public final class Readme {
  /** Where it is. */
  public static final Path PATH = Path.of("../../README.md");

  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$");

  private Readme() {}

  /** The first block of {@code language} (empty: of none) that contains this text. */
  public static String block(String language, String containing) throws IOException {
    return BLOCK
        .matcher(Files.readString(PATH))
        .results()
        .filter(block -> block.group(1).equals(language) && block.group(2).contains(containing))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no block with " + containing))
        .group(2);
  }
}
