package org.bgpannouncer.probe.bitcoin.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.finding.Finding;

/**
 * Judges by {@code getpeerinfo} and {@code getnetworkinfo} whether a node's connections have the
 * addresses that the site file says. SOFT at most: a node that leaves from the wrong address serves
 * its clients all the same.
 *
 * <ul>
 *   <li>An outgoing connection whose {@code addrbind} (getsockname(2) of the node) is announced by
 *       anycast, or is not in the source range: WRONG_SOURCE. Answers to it may reach another site.
 *   <li>Behind NAT the peers are asked: {@code addrlocal} is what each of them says that it sees.
 *       They may lie, so that at least three /16s (IPv6: /32s) must have spoken, and fewer than 60%
 *       of them for the range is WRONG_SOURCE.
 *   <li>A client that has come to another address than the service's, or another address in {@code
 *       localaddresses}, which the node tells its peers: SERVICE_BYPASSED.
 * </ul>
 *
 * <p>Peers by a proxy, Tor, I2P or CJDNS, and those with private addresses, are not judged; nor is
 * what a node does not tell. Pure.
 */
public final class PinningView {
  static final int VOTES_NEEDED = 3;
  static final int VOTE_PERCENT = 60;

  private static final int NAMED = 3;
  private static final int IPV4_GROUP_BYTES = 2;
  private static final int IPV6_GROUP_BYTES = 4;

  private final PinningRules rules;
  private final Set<String> proxied = new HashSet<>();
  private final List<String> wrongSources = new ArrayList<>();
  private final List<String> bypasses = new ArrayList<>();
  private final Map<String, Integer> outboundFrom = new TreeMap<>();
  private final Map<String, Integer> inboundTo = new TreeMap<>();
  private final Map<String, InetAddress> votes = new HashMap<>();

  private PinningView(PinningRules rules) {
    this.rules = rules;
  }

  /**
   * The verdict; the detail says where connections leave from and arrive, also when all is well.
   */
  static Finding of(PinningRules rules, JsonNode peers, JsonNode network) {
    PinningView view = new PinningView(rules);
    for (JsonNode each : network.path("networks")) {
      if (!each.path("proxy").asText().isEmpty()) {
        view.proxied.add(each.path("name").asText());
      }
    }
    peers.forEach(view::peer);
    network.path("localaddresses").forEach(view::advertised);
    return view.verdict();
  }

  /**
   * The same by the word of the kernel of the node's machine, which knows a connection's addresses
   * before NAT, and neither what peers see nor what they are told.
   *
   * @param host the node's name
   * @param connections those of the node with its peers
   * @param atNanos when they were seen, of the caller's clock
   */
  public static Observation ofKernel(
      String host, PinningRules rules, List<NodeConnection> connections, long atNanos) {
    PinningView view = new PinningView(rules);
    for (NodeConnection each : connections) {
      if (!isPublic(each.theirs().getAddress()) || each.ours().isLoopbackAddress()) {
        continue; // to Bitcoin Core it is "not_publicly_routable"
      }
      String theirs = NetUtil.toSocketAddressString(each.theirs());
      if (each.inbound()) {
        view.inbound(each.ours(), theirs);
      } else {
        view.outbound(each.ours(), theirs, "");
      }
    }
    return view.verdict().toObservation(host, Check.RPC_PINNING, List.of(), atNanos);
  }

  private static boolean isPublic(InetAddress address) {
    byte[] octets = address.getAddress();
    boolean uniqueLocal = octets.length > Integer.BYTES && (octets[0] & 0xfe) == 0xfc; // RFC 4193
    boolean shared = octets.length == Integer.BYTES && octets[0] == 100 && (octets[1] & 0xc0) == 64;
    return !(address.isSiteLocalAddress() // RFC 1918
        || address.isLinkLocalAddress()
        || address.isLoopbackAddress()
        || uniqueLocal
        || shared);
  }

  private void peer(JsonNode peer) {
    String network = peer.path("network").asText();
    Optional<InetAddress> ours = address(peer.path("addrbind").asText());
    boolean judged = network.equals("ipv4") || network.equals("ipv6");
    if (!judged || ours.filter(address -> !address.isLoopbackAddress()).isEmpty()) {
      return;
    }
    String theirs = peer.path("addr").asText();
    if (peer.path("inbound").asBoolean()) {
      inbound(ours.get(), theirs);
    } else if (!proxied.contains(network)) {
      outbound(ours.get(), theirs, peer.path("addrlocal").asText());
    }
  }

  private void inbound(InetAddress ours, String theirs) {
    inboundTo.merge(NetUtil.toAddressString(ours), 1, Integer::sum);
    if (isBypass(ours) && !rules.own().contains(ours)) {
      bypasses.add(theirs + " came to " + NetUtil.toAddressString(ours));
    }
  }

  private boolean isBypass(InetAddress ours) {
    return !rules.service().isEmpty() && !rules.service().contains(ours);
  }

  private void outbound(InetAddress ours, String theirs, String seen) {
    outboundFrom.merge(NetUtil.toAddressString(ours), 1, Integer::sum);
    boolean announced = rules.anycast().stream().anyMatch(range -> range.contains(ours));
    Optional<AddressRange> source = rules.source().filter(range -> range.isOfFamily(ours));
    if (announced || source.filter(range -> !range.contains(ours)).isPresent()) {
      wrongSources.add("to " + theirs + " from " + NetUtil.toAddressString(ours));
    } else if (source.isPresent()) {
      address(theirs).ifPresent(peer -> address(seen).ifPresent(us -> votes.put(group(peer), us)));
    }
  }

  /** Whoever has one address of a network may have many. */
  private static String group(InetAddress peer) {
    byte[] octets = peer.getAddress();
    int length = octets.length == Integer.BYTES ? IPV4_GROUP_BYTES : IPV6_GROUP_BYTES;
    StringBuilder group = new StringBuilder();
    for (int i = 0; i < length; i++) {
      group.append(octets[i]).append('.');
    }
    return group.toString();
  }

  private void advertised(JsonNode local) {
    address(local.path("address").asText())
        .filter(this::isBypass)
        .ifPresent(
            address -> bypasses.add("peers are told of " + NetUtil.toAddressString(address)));
  }

  private Finding verdict() {
    vote();
    List<Finding> findings = new ArrayList<>();
    if (!wrongSources.isEmpty()) {
      findings.add(Finding.of(Outcome.SOFT, Reason.WRONG_SOURCE, named(wrongSources)));
    }
    if (!bypasses.isEmpty()) {
      findings.add(Finding.of(Outcome.SOFT, Reason.SERVICE_BYPASSED, named(bypasses)));
    }
    Map<String, String> values = new LinkedHashMap<>();
    values.put("outbound", counts(outboundFrom));
    values.put("inbound", counts(inboundTo));
    if (!findings.isEmpty()) {
      return Finding.worst(findings).with(values);
    }
    String summary = "out from " + counts(outboundFrom) + ", in at " + counts(inboundTo);
    return new Finding(Outcome.OK, Reason.PASSED, summary, values);
  }

  private void vote() {
    Optional<AddressRange> range = rules.translated();
    if (range.isEmpty() || votes.size() < VOTES_NEEDED) {
      return;
    }
    List<InetAddress> against =
        votes.values().stream().filter(seen -> !range.get().contains(seen)).toList();
    int inFavour = votes.size() - against.size();
    if (inFavour * 100 < votes.size() * VOTE_PERCENT) {
      wrongSources.add(
          inFavour
              + " of "
              + votes.size()
              + " networks see it in "
              + range.get()
              + ", others at "
              + NetUtil.toAddressString(against.get(0)));
    }
  }

  private static String named(List<String> violations) {
    String first = violations.stream().limit(NAMED).collect(Collectors.joining(", "));
    int more = violations.size() - NAMED;
    return more > 0 ? first + " and " + more + " more" : first;
  }

  private static String counts(Map<String, Integer> byAddress) {
    return byAddress.isEmpty()
        ? "none"
        : byAddress.entrySet().stream()
            .map(entry -> entry.getKey() + " (" + entry.getValue() + ")")
            .collect(Collectors.joining(" "));
  }

  /** Of "ADDRESS", "ADDRESS:PORT" or "[ADDRESS]:PORT"; empty for whatever is no numeric address. */
  private static Optional<InetAddress> address(String text) {
    int bracket = text.indexOf(']');
    int colon = text.indexOf(':');
    String host = text;
    if (text.startsWith("[") && bracket > 0) {
      host = text.substring(1, bracket);
    } else if (colon >= 0 && colon == text.lastIndexOf(':')) {
      host = text.substring(0, colon);
    }
    byte[] octets = NetUtil.createByteArrayFromIpAddressString(host);
    if (octets == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.getByAddress(octets));
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e); // the length is that of an address
    }
  }
}
