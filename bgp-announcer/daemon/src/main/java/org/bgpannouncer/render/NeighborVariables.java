package org.bgpannouncer.render;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bgpannouncer.bgp.BgpRole;
import org.bgpannouncer.config.EdgeRouter.ExternalNeighbor;
import org.bgpannouncer.engine.SiteConfig;

/** Those of {@link RouterVariables} that a neighbor outside has. */
final class NeighborVariables {
  private NeighborVariables() {}

  static Map<String, Object> of(SiteConfig site, ExternalNeighbor neighbor) {
    boolean ipv4 = neighbor.address().isIpv4();
    Map<String, Object> variables = FamilyVariables.words(ipv4);
    variables.put("name", neighbor.name());
    variables.put("title", title(neighbor));
    variables.put("address", neighbor.address().toString());
    variables.put("local", neighbor.localAddress().toString());
    variables.put("as", neighbor.as());
    variables.put("role", neighbor.role().toString());
    variables.put("birdRole", neighbor.role().toString().replace('-', '_'));
    variables.put("isProvider", neighbor.role() == BgpRole.CUSTOMER);
    variables.put("isRouteServer", neighbor.role() == BgpRole.RS_CLIENT);
    variables.put("preference", preference(neighbor.role()));
    variables.put("ttlSecurity", neighbor.ttlSecurity());
    variables.put("bfd", neighbor.bfd());
    variables.put(
        "maxPrefixes",
        neighbor.maxPrefixes().stream().map(number -> Map.of("number", number)).toList());
    variables.put("isPrepended", neighbor.prepend() > 0);
    variables.put("prepend", neighbor.prepend());
    variables.put(
        "prependedPath",
        String.join(" ", Collections.nCopies(neighbor.prepend(), String.valueOf(site.localAs()))));
    variables.put(
        "prepends", IntStream.range(0, neighbor.prepend()).mapToObj(i -> Map.of()).toList());
    List<Map<String, String>> communities =
        neighbor.exchange().stream()
            .flatMap(
                exchange -> exchange.instructions(neighbor.onlyTo(), neighbor.notTo()).stream())
            .map(
                instruction ->
                    Map.of(
                        "meaning",
                        instruction.meaning(),
                        "community",
                        instruction.community().toString(),
                        "bird",
                        "(" + instruction.community().toString().replace(":", ", ") + ")"))
            .toList();
    variables.put("hasCommunities", !communities.isEmpty());
    variables.put("communities", communities);
    variables.put(
        "communityList",
        communities.stream().map(each -> each.get("community")).collect(Collectors.joining(" ")));
    return variables;
  }

  private static String title(ExternalNeighbor neighbor) {
    return switch (neighbor.role()) {
      case PEER -> "A peer, AS" + neighbor.as() + ".";
      case RS_CLIENT ->
          neighbor
              .exchange()
              .map(exchange -> "A route server of " + exchange.displayName() + ".")
              .orElse("A route server, AS" + neighbor.as() + ".");
      default -> "A transit provider, AS" + neighbor.as() + ".";
    };
  }

  /** What costs nothing first: a peer before an exchange, which others share, before transit. */
  private static int preference(BgpRole role) {
    return switch (role) {
      case PEER -> 200;
      case RS_CLIENT -> 150;
      default -> 100;
    };
  }
}
