package org.bgpannouncer.bgp.session;

import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpRole;
import org.bgpannouncer.bgp.Capability;
import org.bgpannouncer.bgp.Capability.AddPath.Direction;
import org.bgpannouncer.bgp.Capability.AddPath.PathFamily;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.bgp.wire.WireOptions;
import org.bgpannouncer.route.IpAddress;

/**
 * What two OPENs agree on.
 *
 * @param localAs our AS number
 * @param peerAs the peer's AS number
 * @param peerRouterId the peer's BGP Identifier
 * @param holdTime the smaller of the two (RFC 4271 section 4.2); zero for none
 * @param fourOctetAs whether both read four-octet AS numbers (RFC 6793 section 4.1)
 * @param families what both offered (RFC 4760 section 8)
 * @param routeRefresh whether the peer may be asked with ROUTE-REFRESH, and asks (RFC 2918)
 * @param enhancedRouteRefresh whether the answer is marked (RFC 7313)
 * @param extendedMessages whether we may write beyond 4096 octets (RFC 8654); that we read them is
 *     our own offer
 * @param addPathSend families of which we send path identifiers (RFC 7911)
 * @param addPathReceive families of which we receive them
 * @param extendedNextHop whether IPv4 routes may have an IPv6 next hop (RFC 8950)
 * @param gracefulRestart what the peer says of its restart, where both offered it (RFC 4724)
 * @param hardReset whether a NOTIFICATION is a graceful restart too, so that only a hard reset ends
 *     the routes at once (RFC 8538)
 * @param peerRole what the peer says that it is to us (RFC 9234)
 */
public record Negotiated(
    long localAs,
    long peerAs,
    IpAddress peerRouterId,
    Duration holdTime,
    boolean fourOctetAs,
    Set<AddressFamily> families,
    boolean routeRefresh,
    boolean enhancedRouteRefresh,
    boolean extendedMessages,
    Set<AddressFamily> addPathSend,
    Set<AddressFamily> addPathReceive,
    boolean extendedNextHop,
    Optional<Capability.GracefulRestart> gracefulRestart,
    boolean hardReset,
    Optional<BgpRole> peerRole) {
  /** Copies the families. */
  public Negotiated {
    families = Set.copyOf(families);
    addPathSend = Set.copyOf(addPathSend);
    addPathReceive = Set.copyOf(addPathReceive);
  }

  static Negotiated between(SessionConfig ours, OpenMessage theirs) {
    SessionCapabilities offer = ours.capabilities();
    LinkedHashSet<AddressFamily> families = new LinkedHashSet<>(ours.families());
    families.retainAll(theirs.families());
    long holdSeconds = Math.min(ours.holdTime().toSeconds(), theirs.holdTimeSeconds());
    Optional<Capability.GracefulRestart> restart =
        theirs
            .capability(Capability.GracefulRestart.class)
            .filter(theirRestart -> offer.gracefulRestart().isPresent());
    return new Negotiated(
        ours.localAs(),
        theirs.as(),
        theirs.routerId(),
        Duration.ofSeconds(holdSeconds),
        theirs.isFourOctetAs(),
        families,
        offer.routeRefresh() && has(theirs, Capability.RouteRefresh.class),
        offer.enhancedRouteRefresh() && has(theirs, Capability.EnhancedRouteRefresh.class),
        offer.extendedMessages() && has(theirs, Capability.ExtendedMessage.class),
        both(families, offer.addPathSend(), pathsOf(theirs, Direction::receives)),
        both(families, offer.addPathReceive(), pathsOf(theirs, Direction::sends)),
        offer.extendedNextHop()
            && theirs.capabilities().contains(Capability.ExtendedNextHop.IPV4_OVER_IPV6),
        restart,
        restart.map(Capability.GracefulRestart::notification).orElse(false)
            && offer.gracefulRestart().map(Capability.GracefulRestart::notification).orElse(false),
        theirs.capability(Capability.Role.class).flatMap(Capability.Role::role));
  }

  private static boolean has(OpenMessage open, Class<? extends Capability> kind) {
    return open.capability(kind).isPresent();
  }

  private static Set<AddressFamily> pathsOf(OpenMessage open, Predicate<Direction> direction) {
    Set<AddressFamily> families = new HashSet<>();
    open.capability(Capability.AddPath.class)
        .ifPresent(
            paths -> {
              for (PathFamily path : paths.families()) {
                if (direction.test(path.direction())) {
                  families.add(path.family());
                }
              }
            });
    return families;
  }

  private static Set<AddressFamily> both(
      Set<AddressFamily> families, Set<AddressFamily> ours, Set<AddressFamily> theirs) {
    Set<AddressFamily> both = new HashSet<>(families);
    both.retainAll(ours);
    both.retainAll(theirs);
    return both;
  }

  /** Whether the peer is of another AS. */
  public boolean isExternal() {
    return localAs != peerAs;
  }

  /** The form of the messages that we write: for this module's own speaker. */
  @SuppressWarnings("exports") // The codec is not exported: its types are Netty's.
  public WireOptions writeOptions() {
    return WireOptions.INITIAL
        .withFourOctetAs(fourOctetAs)
        .withExtendedMessages(extendedMessages)
        .withAddPath(addPathSend, addPathReceive)
        .withExtendedNextHop(extendedNextHop)
        .withEnhancedRouteRefresh(enhancedRouteRefresh)
        .withExternal(isExternal());
  }

  /** The form of the messages that we read: long ones where we offered to. */
  WireOptions readOptions(SessionCapabilities offer) {
    return writeOptions().withExtendedMessages(offer.extendedMessages());
  }

  /** A third of the hold time (RFC 4271 section 10); zero for none. */
  public Duration keepaliveInterval() {
    return holdTime.dividedBy(3);
  }
}
