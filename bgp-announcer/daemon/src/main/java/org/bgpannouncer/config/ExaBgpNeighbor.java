package org.bgpannouncer.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.bgpannouncer.config.ExaBgpBlock.Statement;
import org.bgpannouncer.route.Prefix;

/** A {@code neighbor} of an ExaBGP configuration with what it inherits. */
final class ExaBgpNeighbor {
  private static final int DEFAULT_HOLD_SECONDS = 180;

  private final String file;
  private final ExaBgpBlock block;
  private final String path;
  private final List<ExaBgpBlock> parts;

  ExaBgpNeighbor(String file, ExaBgpBlock block, Map<String, ExaBgpBlock> templates) {
    this.file = file;
    this.block = block;
    this.path = "neighbor " + block.name();
    this.parts = new ArrayList<>(List.of(block));
    block.statement("inherit").map(s -> templates.get(s.value())).ifPresent(parts::add);
  }

  private Stream<ExaBgpBlock> blocks(String keyword) {
    return parts.stream().flatMap(part -> part.blocks(keyword).stream());
  }

  private Optional<Statement> statement(String keyword) {
    return parts.stream().flatMap(part -> part.statement(keyword).stream()).findFirst();
  }

  private Stream<ExaBgpBlock> apis(String process) {
    return blocks("api").filter(api -> api.names("processes").contains(process));
  }

  String name() {
    return block.name();
  }

  /** What is proposed to it; what is no number, ExaBGP refuses. */
  ExaBgpFile.HoldTime holdTime() {
    return statement("hold-time")
        .filter(s -> s.value().matches("[0-9]{1,5}"))
        .map(s -> new ExaBgpFile.HoldTime(Integer.parseInt(s.value()), OptionalInt.of(s.line())))
        .orElse(new ExaBgpFile.HoldTime(DEFAULT_HOLD_SECONDS, OptionalInt.empty()));
  }

  boolean uses(String process) {
    return apis(process).findAny().isPresent();
  }

  void check(String process, Problems problems, List<ExaBgpFile.Warning> warnings) {
    if (apis(process).noneMatch(api -> api.statement("neighbor-changes").isPresent())) {
      problems.add(
          apis(process).findFirst().orElse(block).at(path + ".api.neighbor-changes"),
          "missing",
          "neighbor-changes: without it a session's fall is only seen by polling");
    }
    blocks("capability")
        .flatMap(capability -> capability.statement("graceful-restart").stream())
        .filter(s -> !ExaBgpFile.isOff(s.value()) && !s.value().equals("0"))
        .forEach(
            s ->
                warnings.add(
                    warning(
                        ExaBgpFile.Topic.GRACEFUL_RESTART,
                        s,
                        "capability.graceful-restart: routes of a dead ExaBGP stay at the router as"
                            + " stale (expected: none on an anycast speaker)")));
    statement("adj-rib-out")
        .filter(s -> ExaBgpFile.isOff(s.value()))
        .ifPresent(
            s ->
                warnings.add(
                    warning(
                        ExaBgpFile.Topic.ADJ_RIB_OUT,
                        s,
                        "adj-rib-out: "
                            + s.value()
                            + ": a session that comes back is told nothing by ExaBGP (expected:"
                            + " true)")));
    Optional<Statement> peerAs = statement("peer-as");
    if (peerAs.isPresent()
        && statement("local-as").map(Statement::value).equals(peerAs.map(Statement::value))) {
      warnings.add(
          warning(
              ExaBgpFile.Topic.OWN_AS,
              peerAs.get(),
              "peer-as: the same as local-as, so a DEGRADED route, which is prepended with it,"
                  + " looks like a loop (expected: allow local"
                  + " as 3 in a router that is BIRD, allowas-in 3 in others)"));
    }
  }

  private ExaBgpFile.Warning warning(ExaBgpFile.Topic about, Statement at, String text) {
    return new ExaBgpFile.Warning(
        about,
        at.line(),
        at.value(),
        file + ":" + at.line() + ":" + at.column() + " " + Problems.path(path) + "." + text);
  }

  /** Whether it has a family; without a family section it has all. */
  boolean carries(boolean ipv4) {
    return names("family", ipv4);
  }

  private boolean names(String section, boolean ipv4) {
    return blocks(section).findAny().isEmpty()
        || blocks(section)
            .anyMatch(block -> block.says(afi(ipv4), "unicast") || block.says("all", ""));
  }

  void lacks(boolean ipv4, Prefix prefix, Problems problems) {
    problems.add(
        blocks("family").findFirst().orElse(block).at(path + ".family"),
        "no " + afi(ipv4) + " unicast",
        afi(ipv4) + " unicast in this or another neighbor, for " + prefix);
  }

  void checkSelf(boolean ipv4, Prefix prefix, Problems problems) {
    boolean overIpv4 = block.name().indexOf(':') < 0;
    if (overIpv4 != ipv4) {
      problems.add(
          blocks("family").findFirst().orElse(block).at(path + ".family"),
          afi(ipv4) + " unicast over " + afi(overIpv4),
          "not with next-hop: self of " + prefix + ", which ExaBGP 4.2 garbles there");
    }
  }

  /** Whether it names paths of a family: without an add-path section those of all. */
  private boolean sendsPaths(boolean ipv4) {
    boolean sends =
        blocks("capability")
            .flatMap(capability -> capability.statement("add-path").stream())
            .anyMatch(s -> s.value().equals("send") || s.value().equals("send/receive"));
    return sends && names("add-path", ipv4);
  }

  void checkAddPath(boolean ipv4, Prefix prefix, Problems problems) {
    if (!sendsPaths(ipv4)) {
      problems.add(
          blocks("capability").findFirst().orElse(block).at(path + ".capability.add-path"),
          "no send of " + afi(ipv4) + " unicast",
          "send, with next-hop: hosts of "
              + prefix
              + ": without it the withdraw of one path withdraws all");
    }
  }

  private static String afi(boolean ipv4) {
    return ipv4 ? "ipv4" : "ipv6";
  }
}
