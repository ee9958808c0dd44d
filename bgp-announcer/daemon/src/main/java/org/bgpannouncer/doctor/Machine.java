package org.bgpannouncer.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The machine that the doctor runs on: its files and what its own tools say. Changes nothing. */
final class Machine {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path SYSCTLS = Path.of("/proc/sys");
  private static final long PATIENCE_SECONDS = 10;

  /** A ROA file of the whole Internet has some 100 MB. */
  private static final int MAX_BYTES = 256 << 20;

  /** What a program printed, and how it ended. */
  record Answer(int code, String out) {}

  /**
   * An address of this machine.
   *
   * @param device the interface that holds it
   * @param length of its prefix, bits
   */
  record Held(String device, int length) {}

  /**
   * A setting of the kernel.
   *
   * @param path with slashes, e.g. {@code net/ipv4/ip_forward}: an interface's name may have dots
   */
  int sysctl(String path) throws CannotTellException {
    String text = file(SYSCTLS.resolve(path)).strip();
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new CannotTellException(path + ": " + text + " (expected: a number)");
    }
  }

  String file(Path file) throws CannotTellException {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new CannotTellException(
            file + ": too large (expected: at most " + MAX_BYTES + " bytes)");
      }
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      throw new CannotTellException(file + ": no such file");
    } catch (IOException e) {
      throw new CannotTellException(file + ": " + e.getMessage());
    }
  }

  JsonNode json(String... command) throws CannotTellException {
    Answer answer = run(command);
    if (answer.code() != 0) {
      throw new CannotTellException(
          String.join(" ", command) + ": exit " + answer.code() + " (expected: 0, as root)");
    }
    return parse(String.join(" ", command), answer.out());
  }

  static JsonNode parse(String name, String text) throws CannotTellException {
    try {
      // ip(8) prints nothing at all where there is nothing to tell.
      return JSON.readTree(text.isBlank() ? "[]" : text);
    } catch (JsonProcessingException e) {
      throw new CannotTellException(name + ": " + e.getOriginalMessage() + " (expected: JSON)");
    }
  }

  /** Runs it to its end; what it says on stderr is dropped. */
  Answer run(String... command) throws CannotTellException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().merge("PATH", "/usr/sbin:/sbin", (path, more) -> path + ":" + more);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      String out = read(process);
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("no end within " + PATIENCE_SECONDS + " s");
      }
      return new Answer(process.exitValue(), out);
    } catch (IOException e) {
      throw new CannotTellException(command[0] + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CannotTellException(command[0] + ": interrupted");
    }
  }

  /** One that neither prints nor ends is ended. */
  private static String read(Process process) throws IOException {
    process
        .onExit()
        .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .whenComplete(
            (ended, late) -> {
              if (late != null) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
              }
            });
    try (InputStream out = process.getInputStream()) {
      return new String(out.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
    }
  }

  /** Its addresses, as text. */
  Map<String, List<Held>> addresses() throws CannotTellException {
    Map<String, List<Held>> addresses = new LinkedHashMap<>();
    for (JsonNode device : json("ip", "-j", "address", "show")) {
      for (JsonNode address : device.path("addr_info")) {
        addresses
            .computeIfAbsent(address.path("local").asText(), local -> new ArrayList<>())
            .add(new Held(device.path("ifname").asText(), address.path("prefixlen").asInt()));
      }
    }
    return addresses;
  }

  /** The filter rules of iptables, as it saves them; none where it is not installed. */
  List<String> iptablesRules() {
    List<String> rules = new ArrayList<>();
    for (String program : List.of("iptables-save", "ip6tables-save")) {
      try {
        run(program, "-t", "filter").out().lines().forEach(rules::add);
      } catch (CannotTellException e) {
        // Nobody filters by what is not there.
      }
    }
    return rules;
  }

  /** The rules of nftables. */
  List<JsonNode> nftRules() throws CannotTellException {
    List<JsonNode> rules = new ArrayList<>();
    for (JsonNode object : json("nft", "-j", "list", "ruleset").path("nftables")) {
      Optional.ofNullable(object.get("rule")).ifPresent(rules::add);
    }
    return rules;
  }
}
