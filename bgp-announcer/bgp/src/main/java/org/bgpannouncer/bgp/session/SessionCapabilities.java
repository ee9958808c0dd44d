package org.bgpannouncer.bgp.session;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpRole;
import org.bgpannouncer.bgp.Capability;
import org.bgpannouncer.bgp.Capability.AddPath.Direction;
import org.bgpannouncer.bgp.Capability.AddPath.PathFamily;

/**
 * What our OPEN offers beside the families and the four-octet AS number, which it always does.
 *
 * @param routeRefresh whether we answer ROUTE-REFRESH (RFC 2918)
 * @param enhancedRouteRefresh whether we mark where the answer begins and ends (RFC 7313)
 * @param extendedMessages whether we read messages beyond 4096 octets (RFC 8654)
 * @param addPathSend families of which we can send several paths to a prefix (RFC 7911)
 * @param addPathReceive families of which we can receive them
 * @param extendedNextHop whether IPv4 routes may have an IPv6 next hop (RFC 8950)
 * @param gracefulRestart how we come back (RFC 4724, RFC 8538); empty by intention almost always
 * @param role what we are to the neighbor (RFC 9234); only of use between ASes
 * @param requiresRole whether a neighbor that says no role is refused: strict mode
 * @param required codes of capabilities without which a neighbor is refused (RFC 5492 section 3)
 */
public record SessionCapabilities(
    boolean routeRefresh,
    boolean enhancedRouteRefresh,
    boolean extendedMessages,
    Set<AddressFamily> addPathSend,
    Set<AddressFamily> addPathReceive,
    boolean extendedNextHop,
    Optional<Capability.GracefulRestart> gracefulRestart,
    Optional<BgpRole> role,
    boolean requiresRole,
    Set<Integer> required) {
  /** Nothing. */
  public static final SessionCapabilities NONE =
      new SessionCapabilities(
          false,
          false,
          false,
          Set.of(),
          Set.of(),
          false,
          Optional.empty(),
          Optional.empty(),
          false,
          Set.of());

  /** What a speaker offers that was told nothing else: both refreshs and long messages. */
  public static final SessionCapabilities USUAL = NONE.withRefresh(true).withExtendedMessages(true);

  /** Copies the sets; a required role has to be one. */
  public SessionCapabilities {
    addPathSend = Set.copyOf(addPathSend);
    addPathReceive = Set.copyOf(addPathReceive);
    required = Set.copyOf(required);
    if (requiresRole && role.isEmpty()) {
      throw new IllegalArgumentException("role: none (expected: one, where it is required)");
    }
  }

  /** The same with or without both kinds of route refresh. */
  public SessionCapabilities withRefresh(boolean value) {
    return new SessionCapabilities(
        value,
        value,
        extendedMessages,
        addPathSend,
        addPathReceive,
        extendedNextHop,
        gracefulRestart,
        role,
        requiresRole,
        required);
  }

  /** The same with or without messages beyond 4096 octets. */
  public SessionCapabilities withExtendedMessages(boolean value) {
    return new SessionCapabilities(
        routeRefresh,
        enhancedRouteRefresh,
        value,
        addPathSend,
        addPathReceive,
        extendedNextHop,
        gracefulRestart,
        role,
        requiresRole,
        required);
  }

  /** The same with several paths to a prefix, in these families. */
  public SessionCapabilities withAddPath(Set<AddressFamily> send, Set<AddressFamily> receive) {
    return new SessionCapabilities(
        routeRefresh,
        enhancedRouteRefresh,
        extendedMessages,
        send,
        receive,
        extendedNextHop,
        gracefulRestart,
        role,
        requiresRole,
        required);
  }

  /** The same with or without IPv6 next hops of IPv4 routes. */
  public SessionCapabilities withExtendedNextHop(boolean value) {
    return new SessionCapabilities(
        routeRefresh,
        enhancedRouteRefresh,
        extendedMessages,
        addPathSend,
        addPathReceive,
        value,
        gracefulRestart,
        role,
        requiresRole,
        required);
  }

  /** The same with graceful restart. */
  public SessionCapabilities withGracefulRestart(Capability.GracefulRestart value) {
    return new SessionCapabilities(
        routeRefresh,
        enhancedRouteRefresh,
        extendedMessages,
        addPathSend,
        addPathReceive,
        extendedNextHop,
        Optional.of(value),
        role,
        requiresRole,
        required);
  }

  /** The same in a role; {@code required} refuses a neighbor that says none. */
  public SessionCapabilities withRole(BgpRole value, boolean isRequired) {
    return new SessionCapabilities(
        routeRefresh,
        enhancedRouteRefresh,
        extendedMessages,
        addPathSend,
        addPathReceive,
        extendedNextHop,
        gracefulRestart,
        Optional.of(value),
        isRequired,
        required);
  }

  /** The same with these capability codes required of the neighbor. */
  public SessionCapabilities withRequired(Set<Integer> codes) {
    return new SessionCapabilities(
        routeRefresh,
        enhancedRouteRefresh,
        extendedMessages,
        addPathSend,
        addPathReceive,
        extendedNextHop,
        gracefulRestart,
        role,
        requiresRole,
        codes);
  }

  /** As an OPEN says it; {@code external} is false when the neighbor is known to be of our AS. */
  List<Capability> toList(boolean external) {
    ArrayList<Capability> list = new ArrayList<>();
    if (routeRefresh) {
      list.add(new Capability.RouteRefresh());
    }
    if (extendedNextHop) {
      list.add(Capability.ExtendedNextHop.IPV4_OVER_IPV6);
    }
    if (extendedMessages) {
      list.add(new Capability.ExtendedMessage());
    }
    // RFC 9234 section 4.1: not within an AS.
    role.filter(value -> external).map(Capability.Role::of).ifPresent(list::add);
    gracefulRestart.ifPresent(list::add);
    List<PathFamily> paths = addPath();
    if (!paths.isEmpty()) {
      list.add(new Capability.AddPath(paths));
    }
    if (enhancedRouteRefresh) {
      list.add(new Capability.EnhancedRouteRefresh());
    }
    return list;
  }

  private List<PathFamily> addPath() {
    Set<AddressFamily> families = new LinkedHashSet<>(addPathSend);
    families.addAll(addPathReceive);
    return families.stream()
        .map(
            family ->
                new PathFamily(
                    family,
                    !addPathSend.contains(family)
                        ? Direction.RECEIVE
                        : addPathReceive.contains(family) ? Direction.BOTH : Direction.SEND))
        .sorted((one, other) -> Integer.compare(one.family().afi(), other.family().afi()))
        .toList();
  }
}
