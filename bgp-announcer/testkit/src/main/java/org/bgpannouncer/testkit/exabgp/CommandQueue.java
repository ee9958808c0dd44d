package org.bgpannouncer.testkit.exabgp;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The commands that ExaBGP has not executed yet: what stands in the pipe. Not thread-safe. */
final class CommandQueue {
  /** What a pipe holds by default (pipe(7)). */
  private static final int PIPE_BYTES = 65_536;

  private final Deque<String> waiting = new ArrayDeque<>();
  private int bytes;
  private int most;

  /** Adds a line. Returns the paths that it speaks of and another one that waits does too. */
  List<String> add(String line) {
    List<String> twice =
        paths(line).stream()
            .filter(path -> waiting.stream().anyMatch(other -> paths(other).contains(path)))
            .toList();
    waiting.add(line);
    bytes += line.length() + 1;
    most = Math.max(most, waiting.size());
    return twice;
  }

  private static List<String> paths(String line) {
    return ApiCommand.parse(line).map(ApiCommand::paths).orElse(List.of());
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  boolean isFull() {
    return bytes > PIPE_BYTES;
  }

  /** Takes the oldest. */
  String remove() {
    String line = waiting.remove();
    bytes -= line.length() + 1;
    return line;
  }

  /** The most that waited at any time. */
  int most() {
    return most;
  }
}
