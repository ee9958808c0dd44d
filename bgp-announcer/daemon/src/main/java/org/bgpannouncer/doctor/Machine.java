package org.bgpannouncer.doctor;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.stream.Collectors.toSet;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.bgpannouncer.doctor.PacketFilter.Chain;

/** The machine that the doctor runs on: its files and what its own tools say. Changes nothing. */
final class Machine {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path PROCESSES = Path.of("/proc");

  /** Where nft looks for the names of cgroups, whose numbers the kernel knows. */
  static final Path CGROUPS = Path.of("/sys/fs/cgroup");

  private static final Path SYSCTLS = PROCESSES.resolve("sys");
  private static final long PATIENCE_SECONDS = 10;

  /** The heap has 128 MB, and a text takes up to twice its bytes. */
  private static final int MAX_BYTES = 16 << 20;

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
   * A process here.
   *
   * @param uid as whom it reads files
   * @param gid with which group
   * @param groups and with which others
   * @param environment with what it was started
   */
  record Running(long uid, long gid, Set<Long> groups, Map<String, String> environment) {
    Running {
      groups = Set.copyOf(groups);
      environment = Map.copyOf(environment);
    }

    /**
     * Whether it may, by the mode of a file.
     *
     * @param attributes of the view unix
     * @param what READ or EXECUTE
     */
    boolean may(Map<String, Object> attributes, String what) {
      Integer owner = (Integer) attributes.get("uid");
      Integer group = (Integer) attributes.get("gid");
      if (owner == null || group == null || uid == 0) {
        return true;
      }
      String who =
          owner == uid
              ? "OWNER_"
              : group == gid || groups.contains(group.longValue()) ? "GROUP_" : "OTHERS_";
      return AnnouncerChecks.permissions(attributes)
          .contains(PosixFilePermission.valueOf(who + what));
    }
  }

  /**
   * A setting of the kernel.
   *
   * @param path with slashes, e.g. {@code net/ipv4/ip_forward}: an interface's name may have dots
   */
  int sysctl(String path) throws CannotTellException {
    String text;
    try (InputStream in = Files.newInputStream(SYSCTLS.resolve(path))) {
      // The kernel tells it to the first read alone, and all of it only to one that is large
      // enough.
      byte[] bytes = new byte[64];
      int length = in.read(bytes);
      text = new String(bytes, 0, Math.max(0, length), ISO_8859_1).strip();
    } catch (NoSuchFileException e) {
      throw new CannotTellException(path + ": no such setting");
    } catch (IOException e) {
      throw new CannotTellException(path + ": " + e.getMessage());
    }
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
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw CannotTellException.notInstalled(command[0]);
    }
    try {
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

  /**
   * Whether a rule is for a unit of systemd that nft cannot name here. Where it can, what it prints
   * as a number is gone.
   */
  boolean hidesUnits() throws CannotTellException {
    return !Files.exists(CGROUPS.resolve("cgroup.controllers"))
        && json("nft", "-j", "list", "ruleset").findValuesAsText("key").contains("cgroupv2");
  }

  /** The rules of nftables and iptables. */
  PacketFilter packetFilter() throws CannotTellException {
    List<Chain> chains = new ArrayList<>();
    boolean anybody = false;
    Set<String> shownBetter = new HashSet<>();
    for (String program : iptables()) {
      Optional<String> saved = saved(program);
      anybody |= saved.isPresent();
      for (Chain chain : IptablesRuleset.read(program, saved.orElse(""))) {
        chains.add(chain);
        if (saved.orElse("").contains("(nf_tables)")) {
          shownBetter.add(chain.table().replace("ip6tables ", "ip6 ").replace("iptables ", "ip "));
        }
      }
    }
    try {
      NftRuleset.read(json("nft", "-j", "list", "ruleset")).stream()
          .filter(chain -> !shownBetter.contains(chain.table()))
          .forEach(chains::add);
    } catch (CannotTellException e) {
      if (!anybody || !e.isNotInstalled()) {
        throw e;
      }
    }
    return new PacketFilter(chains);
  }

  /** Those of the kernel's former filter are shown by a program of their own. */
  private static List<String> iptables() {
    List<String> programs = new ArrayList<>();
    for (String family : List.of("ip", "ip6")) {
      programs.add(family + "tables");
      try {
        if (!Files.readString(Path.of("/proc/net", family + "_tables_names")).isBlank()) {
          programs.add(family + "tables-legacy");
        }
      } catch (IOException e) {
        // The kernel has none of them.
      }
    }
    return programs;
  }

  private Optional<String> saved(String program) throws CannotTellException {
    try {
      Answer answer = run(program + "-save");
      if (answer.code() != 0) {
        throw new CannotTellException(
            program + "-save: exit " + answer.code() + " (expected: 0, as root)");
      }
      return Optional.of(answer.out());
    } catch (CannotTellException e) {
      if (e.isNotInstalled()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The interface of the default route. */
  String uplink(boolean ipv4) throws CannotTellException {
    String family = ipv4 ? "-4" : "-6";
    return json("ip", "-j", family, "route", "show", "default").findValuesAsText("dev").stream()
        .findFirst()
        .orElseThrow(
            () ->
                new CannotTellException(
                    "ip "
                        + family
                        + " route: no default route (expected: one, or pinning.interface)"));
  }

  /** The rules of nftables. */
  List<JsonNode> nftRules() throws CannotTellException {
    List<JsonNode> rules = new ArrayList<>();
    for (JsonNode object : json("nft", "-j", "list", "ruleset").path("nftables")) {
      Optional.ofNullable(object.get("rule")).ifPresent(rules::add);
    }
    return rules;
  }

  /**
   * The first process in our network namespace that runs a program.
   *
   * @param program the file name of one of its first words, or a Java program's main class
   */
  Optional<Running> running(String program) {
    try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
      return all.map(ProcessHandle::pid)
          .sorted()
          .map(pid -> PROCESSES.resolve(String.valueOf(pid)))
          .filter(process -> runs(process, program))
          .findFirst()
          .flatMap(Machine::read);
    }
  }

  private static boolean runs(Path process, String program) {
    try {
      List<String> words =
          List.of(Files.readString(process.resolve("cmdline"), ISO_8859_1).split("\0", -1));
      boolean java = words.contains(program) && words.contains("run");
      boolean script =
          words.stream()
              .limit(3)
              .anyMatch(word -> word.equals(program) || word.endsWith("/" + program));
      return (java || script)
          && Files.readSymbolicLink(process.resolve("ns/net"))
              .equals(Files.readSymbolicLink(PROCESSES.resolve("self/ns/net")));
    } catch (IOException e) {
      return false; // it has ended, or is none of ours
    }
  }

  private static Optional<Running> read(Path process) {
    try {
      Map<String, List<String>> status = new HashMap<>();
      for (String line : Files.readAllLines(process.resolve("status"), ISO_8859_1)) {
        String[] words = line.split("[:\\s]+", -1);
        status.put(words[0], List.of(words).subList(1, words.length));
      }
      Map<String, String> environment = new HashMap<>();
      String variables = Files.readString(process.resolve("environ"), ISO_8859_1);
      for (String variable : variables.split("\0", -1)) {
        int equals = variable.indexOf('=');
        if (equals > 0) {
          environment.put(variable.substring(0, equals), variable.substring(equals + 1));
        }
      }
      // Real, effective, saved, of the file system (proc(5)).
      return Optional.of(
          new Running(
              Long.parseLong(status.getOrDefault("Uid", List.of()).get(3)),
              Long.parseLong(status.getOrDefault("Gid", List.of()).get(3)),
              status.getOrDefault("Groups", List.of()).stream()
                  .filter(word -> !word.isEmpty())
                  .map(Long::valueOf)
                  .collect(toSet()),
              environment));
    } catch (IOException | IndexOutOfBoundsException | NumberFormatException e) {
      return Optional.empty();
    }
  }
}
