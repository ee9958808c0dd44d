package org.bgpannouncer.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.config.ExaBgpBlock.Statement;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.route.Prefix;

/**
 * What our part of an ExaBGP configuration (4.2 and 5.x) must say: the process comes back when it
 * dies, answers and tells session changes in JSON.
 *
 * @param problems what must be mended
 * @param warnings what is better mended
 * @param holdTimes the hold time that is proposed to each neighbor that hears us, by its name
 * @param programs what its processes run, whoever they are
 */
public record ExaBgpFile(
    List<ConfigProblem> problems,
    List<Warning> warnings,
    Map<String, HoldTime> holdTimes,
    List<String> programs) {
  private static final int MAX_BYTES = 4 << 20;

  /** What has a right value of its own. */
  private static final Set<String> JUDGED =
      Set.of(
          "respawn", "encoder", "ack", "hold-time", "adj-rib-out", "graceful-restart", "add-path");

  /** What a warning is about. */
  public enum Topic {
    /** A dead ExaBGP's routes are kept. */
    GRACEFUL_RESTART,
    /** A session that comes back is told nothing. */
    ADJ_RIB_OUT,
    /** The neighbor has our AS: it must not take a prepended route for a loop. */
    OWN_AS
  }

  /**
   * A hold time.
   *
   * @param line where it stands; empty: nowhere, it is ExaBGP's own
   */
  public record HoldTime(int seconds, OptionalInt line) {}

  /**
   * Prints as {@code FILE:LINE:COL text}.
   *
   * @param line where it stands
   * @param value what stands there
   */
  public record Warning(Topic about, int line, String value, String text) {
    @Override
    public String toString() {
      return text;
    }
  }

  /** Copies. */
  public ExaBgpFile {
    problems = List.copyOf(problems);
    warnings = List.copyOf(warnings);
    holdTimes = Map.copyOf(holdTimes);
    programs = List.copyOf(programs);
  }

  /**
   * Reads a file.
   *
   * @param sites what will be announced through it; empty: not known
   * @throws IOException if it cannot be read
   */
  public static ExaBgpFile read(Path file, Collection<SiteConfig> sites) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException(file + ": too large (expected: at most " + MAX_BYTES + " bytes)");
    }
    return parse(
        file.toString(), new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1), sites);
  }

  /**
   * Reads a file's text.
   *
   * @param name what problems call it
   * @param sites what will be announced through it; empty: not known
   */
  public static ExaBgpFile parse(String name, String text, Collection<SiteConfig> sites) {
    Problems problems = new Problems(name);
    List<Warning> warnings = new ArrayList<>();
    Map<String, HoldTime> holdTimes = new TreeMap<>();
    ExaBgpBlock root = ExaBgpBlock.parse(text, problems);
    Map<String, ExaBgpBlock> templates =
        root.blocks("template").stream()
            .flatMap(template -> template.blocks("neighbor").stream())
            .collect(Collectors.toMap(ExaBgpBlock::name, t -> t, (first, second) -> second));
    List<ExaBgpBlock> ours =
        root.blocks("process").stream()
            .filter(p -> p.statement("run").map(Statement::value).orElse("").contains("announcer"))
            .toList();
    if (ours.isEmpty()) {
      problems.add(
          new Node.Location("process", 1, 1), "missing", "one whose run starts the announcer");
    }
    for (ExaBgpBlock process : ours) {
      checkProcess(process, problems);
      List<ExaBgpNeighbor> neighbors =
          root.blocks("neighbor").stream()
              .map(neighbor -> new ExaBgpNeighbor(name, neighbor, templates))
              .filter(neighbor -> neighbor.uses(process.name()))
              .toList();
      if (neighbors.isEmpty()) {
        problems.add(
            process.at("process " + process.name()),
            "used by no neighbor",
            "api { processes [ " + process.name() + " ]; } in a neighbor");
      }
      neighbors.forEach(neighbor -> neighbor.check(process.name(), problems, warnings));
      neighbors.forEach(neighbor -> holdTimes.put(neighbor.name(), neighbor.holdTime()));
      sites.forEach(
          site -> site.services().forEach(service -> checkFamilies(service, neighbors, problems)));
    }
    List<String> programs =
        root.blocks("process").stream()
            .flatMap(process -> process.statement("run").stream())
            .map(Statement::value)
            .toList();
    return new ExaBgpFile(problems.inOrder(), warnings, holdTimes, programs);
  }

  /**
   * Whether a file says nothing that another does not say too, but for what we judge: then the
   * other may take its place.
   */
  public static boolean saysNoMoreThan(Path file, String other) throws IOException {
    Problems ignored = new Problems(file.toString());
    String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    return ExaBgpBlock.parse(other, ignored)
        .sentences(JUDGED)
        .containsAll(ExaBgpBlock.parse(text, ignored).sentences(JUDGED));
  }

  private static void checkProcess(ExaBgpBlock process, Problems problems) {
    String path = "process " + process.name();
    process
        .statement("respawn")
        .filter(s -> isOff(s.value()))
        .ifPresent(
            s ->
                problems.add(
                    s.at(path + ".respawn"),
                    s.value(),
                    "true: a dead announcer's routes would stay without bound"));
    Optional<Statement> encoder = process.statement("encoder");
    if (encoder.isEmpty()) {
      problems.add(process.at(path + ".encoder"), "missing", "json");
    } else if (!encoder.get().value().equals("json")) {
      problems.add(encoder.get().at(path + ".encoder"), encoder.get().value(), "json");
    }
    process
        .statement("ack")
        .filter(s -> isOff(s.value()))
        .ifPresent(
            s ->
                problems.add(
                    s.at(path + ".ack"), s.value(), "true: without answers nothing is known"));
  }

  /**
   * ExaBGP says done to a route of a family that no session has, and sends nothing; 4.2 garbles
   * {@code next-hop self} where the session is of the other family; and without add-path both make
   * one path of several, so that the withdraw of any withdraws the prefix.
   */
  private static void checkFamilies(
      ServiceConfig service, List<ExaBgpNeighbor> neighbors, Problems problems) {
    for (boolean ipv4 : new boolean[] {true, false}) {
      Optional<Prefix> prefix =
          service.prefixes().stream().filter(p -> p.isIpv4() == ipv4).findFirst();
      if (prefix.isEmpty() || neighbors.isEmpty()) {
        continue;
      }
      List<ExaBgpNeighbor> carrying = neighbors.stream().filter(n -> n.carries(ipv4)).toList();
      if (carrying.isEmpty()) {
        neighbors.get(0).lacks(ipv4, prefix.get(), problems);
      }
      if (service.nextHop() instanceof ServiceConfig.NextHopChoice.Self) {
        carrying.forEach(neighbor -> neighbor.checkSelf(ipv4, prefix.get(), problems));
      } else if (service.nextHop() instanceof ServiceConfig.NextHopChoice.HealthyHosts) {
        carrying.forEach(neighbor -> neighbor.checkAddPath(ipv4, prefix.get(), problems));
      }
    }
  }

  static boolean isOff(String value) {
    return List.of("false", "disable", "disabled", "off", "no").contains(value);
  }
}
