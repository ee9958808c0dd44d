package org.bgpannouncer.bgp.session;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.route.IpAddress;

/**
 * What two OPENs agree on.
 *
 * @param peerAs the peer's AS number
 * @param peerRouterId the peer's BGP Identifier
 * @param holdTime the smaller of the two (RFC 4271 section 4.2); zero for none
 * @param fourOctetAs whether both read four-octet AS numbers (RFC 6793 section 4.1)
 * @param families what both offered (RFC 4760 section 8)
 */
public record Negotiated(
    long peerAs,
    IpAddress peerRouterId,
    Duration holdTime,
    boolean fourOctetAs,
    Set<AddressFamily> families) {
  /** Copies the families. */
  public Negotiated {
    families = Set.copyOf(families);
  }

  static Negotiated between(SessionConfig ours, OpenMessage theirs) {
    LinkedHashSet<AddressFamily> families = new LinkedHashSet<>(ours.families());
    families.retainAll(theirs.families());
    long holdSeconds = Math.min(ours.holdTime().toSeconds(), theirs.holdTimeSeconds());
    return new Negotiated(
        theirs.as(),
        theirs.routerId(),
        Duration.ofSeconds(holdSeconds),
        theirs.isFourOctetAs(),
        families);
  }

  /** A third of the hold time (RFC 4271 section 10); zero for none. */
  public Duration keepaliveInterval() {
    return holdTime.dividedBy(3);
  }
}
