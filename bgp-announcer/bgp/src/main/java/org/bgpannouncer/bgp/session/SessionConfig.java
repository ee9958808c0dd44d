package org.bgpannouncer.bgp.session;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.route.IpAddress;

/**
 * Our side of a session.
 *
 * @param localAs 1 to 4294967295
 * @param peerAs what the peer's OPEN must say; empty accepts any
 * @param routerId our BGP Identifier, an IPv4 address other than 0.0.0.0
 * @param holdTime whole seconds, 3 to 65535, or zero for no timer (RFC 4271 section 4.2)
 * @param families what we offer; at least one
 * @param capabilities what else we offer, and what we demand
 */
public record SessionConfig(
    long localAs,
    OptionalLong peerAs,
    IpAddress routerId,
    Duration holdTime,
    List<AddressFamily> families,
    SessionCapabilities capabilities) {
  /** RFC 4271 section 10 suggests 90 seconds. */
  public static final Duration DEFAULT_HOLD_TIME = Duration.ofSeconds(90);

  private static final long MAX_AS = 0xffff_ffffL;

  /** Rejects what an OPEN cannot say. */
  public SessionConfig {
    requireAs("local-as", localAs);
    peerAs.ifPresent(as -> requireAs("peer-as", as));
    if (!routerId.isIpv4() || routerId.equals(IpAddress.of(new byte[4]))) {
      throw new IllegalArgumentException(
          "router-id: " + routerId + " (expected: an IPv4 address other than 0.0.0.0)");
    }
    long seconds = holdTime.toSeconds();
    if (!holdTime.equals(Duration.ofSeconds(seconds))
        || seconds > 65535
        || (seconds != 0 && seconds < 3)) {
      throw new IllegalArgumentException(
          "hold-time: " + holdTime + " (expected: 0 or 3 to 65535 whole seconds)");
    }
    families = List.copyOf(families);
    if (families.isEmpty()) {
      throw new IllegalArgumentException("families: none (expected: at least one)");
    }
  }

  /** A session without further capabilities. */
  public SessionConfig(
      long localAs,
      OptionalLong peerAs,
      IpAddress routerId,
      Duration holdTime,
      List<AddressFamily> families) {
    this(localAs, peerAs, routerId, holdTime, families, SessionCapabilities.NONE);
  }

  /** The same with other capabilities. */
  public SessionConfig with(SessionCapabilities newCapabilities) {
    return new SessionConfig(localAs, peerAs, routerId, holdTime, families, newCapabilities);
  }

  /** A session with any peer, both families and the default hold time. */
  public static SessionConfig of(long localAs, IpAddress routerId) {
    return new SessionConfig(
        localAs,
        OptionalLong.empty(),
        routerId,
        DEFAULT_HOLD_TIME,
        List.of(AddressFamily.IPV4_UNICAST, AddressFamily.IPV6_UNICAST));
  }

  private static void requireAs(String name, long as) {
    if (as < 1 || as > MAX_AS) {
      throw new IllegalArgumentException(name + ": " + as + " (expected: 1 to 4294967295)");
    }
  }

  OpenMessage open() {
    boolean external = peerAs.isEmpty() || peerAs.getAsLong() != localAs;
    return OpenMessage.of(localAs, holdTime, routerId, families)
        .with(capabilities.toList(external));
  }
}
