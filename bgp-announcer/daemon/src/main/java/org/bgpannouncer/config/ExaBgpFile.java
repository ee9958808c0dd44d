package org.bgpannouncer.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bgpannouncer.config.ExaBgpBlock.Statement;

/**
 * What our part of an ExaBGP configuration (4.2 and 5.x) must say: the process comes back when it
 * dies, answers and tells session changes in JSON.
 *
 * @param problems what must be mended
 * @param warnings what is better mended, {@code FILE:LINE:COL text} each
 */
public record ExaBgpFile(List<ConfigProblem> problems, List<String> warnings) {
  private static final int MAX_BYTES = 4 << 20;

  /** Copies. */
  public ExaBgpFile {
    problems = List.copyOf(problems);
    warnings = List.copyOf(warnings);
  }

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be read
   */
  public static ExaBgpFile read(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException(file + ": too large (expected: at most " + MAX_BYTES + " bytes)");
    }
    return parse(
        file.toString(), new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
  }

  /** Reads a file's text; {@code name} is what problems call it. */
  public static ExaBgpFile parse(String name, String text) {
    Problems problems = new Problems(name);
    List<String> warnings = new ArrayList<>();
    ExaBgpBlock root = ExaBgpBlock.parse(text, problems);
    Map<String, ExaBgpBlock> templates =
        root.blocks("template").stream()
            .flatMap(template -> template.blocks("neighbor").stream())
            .collect(Collectors.toMap(ExaBgpBlock::name, t -> t, (first, second) -> second));
    Optional<ExaBgpBlock> ours =
        root.blocks("process").stream()
            .filter(p -> p.statement("run").map(Statement::value).orElse("").contains("announcer"))
            .findFirst();
    if (ours.isEmpty()) {
      problems.add(
          new Node.Location("process", 1, 1), "missing", "one whose run starts the announcer");
    } else {
      checkProcess(ours.get(), problems);
      checkNeighbors(name, root, templates, ours.get(), problems, warnings);
    }
    return new ExaBgpFile(problems.inOrder(), warnings);
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

  private static void checkNeighbors(
      String file,
      ExaBgpBlock root,
      Map<String, ExaBgpBlock> templates,
      ExaBgpBlock process,
      Problems problems,
      List<String> warnings) {
    boolean used = false;
    for (ExaBgpBlock neighbor : root.blocks("neighbor")) {
      String path = "neighbor " + neighbor.name();
      List<ExaBgpBlock> parts = new ArrayList<>(List.of(neighbor));
      neighbor.statement("inherit").map(s -> templates.get(s.value())).ifPresent(parts::add);
      List<ExaBgpBlock> apis =
          parts.stream()
              .flatMap(part -> part.blocks("api").stream())
              .filter(api -> api.names("processes").contains(process.name()))
              .toList();
      if (apis.isEmpty()) {
        continue;
      }
      used = true;
      if (apis.stream().noneMatch(api -> api.statement("neighbor-changes").isPresent())) {
        problems.add(
            apis.get(0).at(path + ".api.neighbor-changes"),
            "missing",
            "neighbor-changes: without it a session's fall is only seen by polling");
      }
      for (ExaBgpBlock part : parts) {
        for (ExaBgpBlock capability : part.blocks("capability")) {
          capability
              .statement("graceful-restart")
              .filter(s -> !isOff(s.value()) && !s.value().equals("0"))
              .ifPresent(
                  s ->
                      warnings.add(
                          file
                              + ":"
                              + s.line()
                              + ":"
                              + s.column()
                              + " "
                              + path
                              + ".capability.graceful-restart: routes of a dead ExaBGP stay at"
                              + " the router as stale (expected: none on an anycast speaker)"));
        }
      }
    }
    if (!used) {
      problems.add(
          process.at("process " + process.name()),
          "used by no neighbor",
          "api { processes [ " + process.name() + " ]; } in a neighbor");
    }
  }

  private static boolean isOff(String value) {
    return List.of("false", "disable", "disabled", "off", "no").contains(value);
  }
}
