package org.bgpannouncer.bgp.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A program in the foreground, in a folder of its own, that never outlives us. */
final class Daemon implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long PATIENCE_SECONDS = 20;

  private final Path home;
  private final Process process;
  private final Thread atExit;

  private Daemon(Path home, Process process) {
    this.home = home;
    this.process = process;
    this.atExit = new Thread(this::endAtExit);
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /** A new folder for a daemon. */
  static Path newHome() throws IOException {
    return Files.createTempDirectory("interop-");
  }

  static Daemon start(Path home, Map<String, String> environment, String... command)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("log").toFile());
    builder.environment().put("HOME", home.toString());
    builder.environment().putAll(environment);
    try {
      return new Daemon(home, builder.start());
    } catch (IOException e) {
      throw new IOException(command[0] + " does not start: ./scripts/test --install", e);
    }
  }

  /** What it has written so far; nothing once it is closed. */
  String lastLog() throws IOException {
    return Files.exists(home) ? log() : "";
  }

  /** What it has written so far. */
  String log() throws IOException {
    return Files.readString(home.resolve("log"));
  }

  /** Stops the process without ending it. */
  void freeze() throws IOException {
    signal("-STOP");
  }

  /** Lets a stopped process go on. */
  void thaw() throws IOException {
    signal("-CONT");
  }

  private void signal(String signal) throws IOException {
    List<String> kill = new ArrayList<>(List.of("kill", signal));
    all().forEach(each -> kill.add(String.valueOf(each.pid())));
    output(home, kill.toArray(String[]::new));
  }

  /**
   * What a command prints, once it has ended.
   *
   * @param command which must end well
   */
  static String output(Path home, String... command) throws IOException {
    Answer answer = run(home, command);
    if (answer.exitCode() != 0) {
      throw new IOException(String.join(" ", command) + ": " + answer.text());
    }
    return answer.text();
  }

  /**
   * How a command ended.
   *
   * @param exitCode 0 for well
   * @param text what it printed
   */
  record Answer(int exitCode, String text) {}

  static Answer run(Path home, String... command) throws IOException {
    Path output = Files.createTempFile(home, "output-", "");
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(home.toFile()).redirectErrorStream(true);
    builder.environment().put("HOME", home.toString());
    Process process = builder.redirectOutput(output.toFile()).start();
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException(String.join(" ", command) + ": no answer");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      process.destroyForcibly();
    }
    String text = Files.readString(output);
    Files.delete(output);
    return new Answer(process.exitValue(), text);
  }

  static JsonNode json(String text) throws IOException {
    return JSON.readTree(text);
  }

  String output(String... command) throws IOException {
    return output(home, command);
  }

  Answer run(String... command) throws IOException {
    return run(home, command);
  }

  Path home() {
    return home;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  private List<ProcessHandle> all() {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    return all;
  }

  private void kill() {
    all().forEach(ProcessHandle::destroyForcibly);
    process.onExit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
  }

  /** Kills it with all that it started, and removes its folder. */
  @Override
  public void close() throws IOException {
    if (!Files.exists(home)) {
      return; // it was
    }
    Runtime.getRuntime().removeShutdownHook(atExit);
    end();
  }

  private void endAtExit() {
    try {
      end();
    } catch (IOException | UncheckedIOException e) {
      System.err.println(home + ": " + e); // a test may still write into it
    }
  }

  private void end() throws IOException {
    kill();
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
