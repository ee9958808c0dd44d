package org.bgpannouncer.bgp.session;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.BgpRole;
import org.bgpannouncer.bgp.Capability;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.Octets;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.route.IpAddress;

/**
 * Why an OPEN is not acceptable (RFC 4271 section 6.2); what is in its octets alone, the codec has
 * refused already.
 */
record OpenRefusal(NotificationMessage notification, String text) {
  /** Empty when {@code open} is acceptable. */
  static Optional<OpenRefusal> of(OpenMessage open, SessionConfig config) {
    long as = open.as();
    if (as == 0 || (config.peerAs().isPresent() && config.peerAs().getAsLong() != as)) {
      String expected = config.peerAs().isPresent() ? "" + config.peerAs().getAsLong() : "not 0";
      return refuse(BgpError.BAD_PEER_AS, "peer AS: " + as + " (expected: " + expected + ")");
    }
    IpAddress id = open.routerId();
    boolean isZero = id.equals(IpAddress.of(new byte[4]));
    // RFC 6286 section 2.2: unique within an AS.
    boolean isOurs = id.equals(config.routerId()) && as == config.localAs();
    if (isZero || isOurs) {
      return refuse(
          BgpError.BAD_BGP_IDENTIFIER,
          "router-id: " + id + " (expected: neither 0.0.0.0 nor ours)");
    }
    if (open.holdTimeSeconds() == 1 || open.holdTimeSeconds() == 2) {
      return refuse(
          BgpError.UNACCEPTABLE_HOLD_TIME,
          "hold time: " + open.holdTimeSeconds() + " (expected: 0 or 3 and more)");
    }
    Optional<OpenRefusal> byRole = roleRefusal(open, config, as);
    return byRole.isPresent() ? byRole : capabilityRefusal(open, config.capabilities());
  }

  /** RFC 9234 section 4.2. */
  private static Optional<OpenRefusal> roleRefusal(
      OpenMessage open, SessionConfig config, long peerAs) {
    Optional<BgpRole> ours = config.capabilities().role();
    if (ours.isEmpty() || peerAs == config.localAs()) {
      return Optional.empty();
    }
    BgpRole expected = ours.get().counterpart();
    Set<String> said = new TreeSet<>();
    for (Capability capability : open.capabilities()) {
      if (capability instanceof Capability.Role role) {
        said.add(role.role().map(BgpRole::toString).orElse("" + role.value()));
      }
    }
    boolean isMissing = said.isEmpty() && config.capabilities().requiresRole();
    if (isMissing || !(said.isEmpty() || said.equals(Set.of(expected.toString())))) {
      return refuse(BgpError.ROLE_MISMATCH, "role: " + said + " (expected: " + expected + ")");
    }
    return Optional.empty();
  }

  /** RFC 5492 section 3; the data is what we miss, each without a value (section 5). */
  private static Optional<OpenRefusal> capabilityRefusal(
      OpenMessage open, SessionCapabilities offer) {
    TreeSet<Integer> missing = new TreeSet<>(offer.required());
    open.capabilities().forEach(capability -> missing.remove(capability.code()));
    if (missing.isEmpty()) {
      return Optional.empty();
    }
    ByteBuffer data = ByteBuffer.allocate(2 * missing.size());
    missing.forEach(code -> data.put(code.byteValue()).put((byte) 0));
    return Optional.of(
        new OpenRefusal(
            NotificationMessage.of(BgpError.UNSUPPORTED_CAPABILITY, Octets.of(data.array())),
            "capabilities: without " + missing + " (expected: with)"));
  }

  private static Optional<OpenRefusal> refuse(BgpError error, String text) {
    return Optional.of(new OpenRefusal(NotificationMessage.of(error), text));
  }
}
