package org.bgpannouncer.testkit.exabgp;

import java.util.ArrayList;
import java.util.List;
import org.bgpannouncer.testkit.exabgp.SimulatedExaBgp.Version;

/** The one neighbour of a {@link SimulatedExaBgp}, in the words of the reports about it. */
record SimulatedNeighbor(String peer, String local, long localAs, long peerAs, boolean tellsPaths) {
  /** What it is without a session of its own. */
  static final SimulatedNeighbor DEFAULT =
      new SimulatedNeighbor("127.0.0.1", "127.0.0.2", 65001, 65000, false);

  private static final String SUMMARY_HEADER =
      "Peer            AS        up/down state       |     #sent     #recvd";

  /** {@code show neighbor configuration}, as both versions print it, shortened. */
  List<String> configuration(boolean neighborChanges) {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "neighbor " + peer + " {",
                "  local-address " + local + ";",
                "  local-as " + localAs + ";",
                "  peer-as " + peerAs + ";",
                "  capability {",
                "    asn4 enable;",
                "    add-path " + (tellsPaths ? "send" : "disable") + ";",
                "  }",
                "  family {",
                "    ipv4 unicast;",
                "    ipv6 unicast;",
                "  }",
                "  api {",
                "    processes [ api ];"));
    if (neighborChanges) {
      lines.add("    neighbor-changes;");
    }
    lines.addAll(List.of("  }", "}"));
    return lines;
  }

  /** {@code show neighbor summary} while there is no session. */
  List<String> summary() {
    return List.of(SUMMARY_HEADER);
  }

  /** {@code show neighbor summary} of a session that has been up so long. */
  List<String> summary(long upSeconds) {
    String duration =
        "%d:%02d:%02d".formatted(upSeconds / 3600, upSeconds / 60 % 60, upSeconds % 60);
    return List.of(
        SUMMARY_HEADER,
        "%-15s %-7s %9s %-12s %10d %10d".formatted(peer, peerAs, duration, "established", 2, 2));
  }

  /** A line of {@code show adj-rib out extensive}. */
  String route(String path, String attributes, Version version) {
    return "neighbor %s local-ip %s local-as %d peer-as %d router-id 192.0.2.2 family-allowed in-open %s unicast %s %s"
        .formatted(
            peer,
            local,
            localAs,
            peerAs,
            path.indexOf(':') < 0 ? "ipv4" : "ipv6",
            path,
            printed(attributes, version));
  }

  private String printed(String attributes, Version version) {
    // A list of one is printed without its brackets, except an AS path.
    String text = attributes.replaceAll("community \\[ (\\S+) ]", "community $1");
    return switch (version) {
      case V4_2 -> text;
      case V5_0 ->
          text.replace("next-hop self", "next-hop " + local)
              .replaceAll("as-path \\[ ([0-9 ]+) ]", "as-path ( $1 )");
    };
  }

  /** The inside of a {@code neighbor-changes} event. */
  String stateEvent(String state) {
    return """
        "type": "state", "neighbor": { "address": { "local": "%s", "peer": "%s" }, "asn": { "local": %d, "peer": %d } , %s }"""
        .formatted(local, peer, localAs, peerAs, state);
  }
}
