package org.bgpannouncer.speaker.exabgp;

import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A place in the stream that cannot be mistaken.
 *
 * <p>ExaBGP echoes nothing, so a command cannot carry a token. But there are two harmless questions
 * whose answers differ and which queue behind everything asked before (unlike {@code version} and
 * {@code #}, which are answered at once and so overtake): the summary of a neighbour that cannot
 * exist is a header and {@code done}, its routes are {@code done} alone. A random row of them is
 * answered by the same row: what came before it is old, what follows is new. Seen to hold on 4.2.21
 * and 5.0.15.
 */
record Marker(List<Boolean> bits) {
  /** A dead predecessor's few answers match by chance once in a million. */
  static final int LENGTH = 20;

  /** The limited broadcast address (RFC 919) is nobody's neighbour. */
  private static final String NOBODY = "255.255.255.255";

  private static final String ONE = "show neighbor " + NOBODY + " summary";
  private static final String ZERO = "show adj-rib out " + NOBODY;

  Marker {
    bits = List.copyOf(bits);
  }

  static Marker random(RandomGenerator random) {
    return new Marker(IntStream.range(0, LENGTH).mapToObj(i -> random.nextBoolean()).toList());
  }

  /** The lines to write, as one text. */
  String text() {
    return bits.stream().map(Marker::line).collect(Collectors.joining("\n"));
  }

  static String line(boolean bit) {
    return bit ? ONE : ZERO;
  }

  /** Whether these answers, the newest last, end with this marker's. */
  boolean endsWith(List<Answer> answers) {
    int offset = answers.size() - bits.size();
    if (offset < 0) {
      return false;
    }
    for (int i = bits.size() - 1; i >= 0; i--) {
      Answer answer = answers.get(offset + i);
      if (bits.get(i) ? !answer.isSummary() : !answer.isBare()) {
        return false;
      }
    }
    return true;
  }
}
