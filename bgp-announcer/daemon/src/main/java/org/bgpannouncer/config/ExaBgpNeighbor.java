package org.bgpannouncer.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bgpannouncer.config.ExaBgpBlock.Statement;
import org.bgpannouncer.route.Prefix;

/** A {@code neighbor} of an ExaBGP configuration with what it inherits. */
final class ExaBgpNeighbor {
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

  boolean uses(String process) {
    return apis(process).findAny().isPresent();
  }

  void check(String process, Problems problems, List<String> warnings) {
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
                        s,
                        "capability.graceful-restart: routes of a dead ExaBGP stay at the router as"
                            + " stale (expected: none on an anycast speaker)")));
    Optional<Statement> peerAs = statement("peer-as");
    if (peerAs.isPresent()
        && statement("local-as").map(Statement::value).equals(peerAs.map(Statement::value))) {
      warnings.add(
          warning(
              peerAs.get(),
              "peer-as: the same as local-as, so a DEGRADED route, which is prepended with it,"
                  + " looks like a loop (expected: allow local"
                  + " as 3 in a router that is BIRD, allowas-in 3 in others)"));
    }
  }

  private String warning(Statement at, String text) {
    return file + ":" + at.line() + ":" + at.column() + " " + Problems.path(path) + "." + text;
  }

  /** Whether it has a family; without a family section it has all. */
  boolean carries(boolean ipv4) {
    String afi = afi(ipv4);
    return blocks("family").findAny().isEmpty()
        || blocks("family")
            .anyMatch(family -> family.says(afi, "unicast") || family.says("all", ""));
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

  private static String afi(boolean ipv4) {
    return ipv4 ? "ipv4" : "ipv6";
  }
}
