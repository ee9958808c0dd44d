package org.bgpannouncer.announcement;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.bgpannouncer.announcement.ServiceConfig.NextHopChoice;
import org.bgpannouncer.decision.ServiceState;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;

/**
 * What one service wishes to announce. Immutable.
 *
 * @param routes one per prefix that shall be announced; under {@code next-hop: hosts} one per such
 *     prefix and fit host of its family, by configured order
 * @param nextHopHost whose address they point to under {@code next-hop: host}; it changes only when
 *     that host is no longer fit, and then to the first fit one by configured order
 * @param refused why a prefix is not announced although the state says so, one line each
 */
public record ServiceRoutes(
    List<Route> routes, Optional<String> nextHopHost, List<String> refused) {

  /** Nothing. */
  public static final ServiceRoutes NONE =
      new ServiceRoutes(List.of(), Optional.empty(), List.of());

  /** Copies the lists. */
  public ServiceRoutes {
    routes = List.copyOf(routes);
    refused = List.copyOf(refused);
  }

  /** These, as if they had pointed at {@code host} before. */
  public ServiceRoutes pointingAt(String host) {
    return new ServiceRoutes(routes, Optional.of(host), refused);
  }

  /**
   * The routes of a service in a state.
   *
   * @param service the service
   * @param state its state; in {@link ServiceState#FROZEN} the routes stay as they are
   * @param fitHosts the hosts that are fit, by configured order
   * @param addresses the address of each host
   * @param scopes how far each prefix may go
   * @param localAs what is prepended
   */
  public ServiceRoutes next(
      ServiceConfig service,
      ServiceState state,
      List<String> fitHosts,
      Map<String, IpAddress> addresses,
      Function<Prefix, Scope> scopes,
      long localAs) {
    if (state == ServiceState.FROZEN) {
      return this;
    }
    Optional<Preference> preference = Preference.of(state);
    if (preference.isEmpty()) {
      return NONE;
    }
    Optional<String> host = chosenHost(service, fitHosts);
    List<NextHop> nextHops = nextHops(service, host, fitHosts, addresses);
    PathAttributes attributes = preference.get().apply(service.attributes(), localAs);
    List<Route> wished = new ArrayList<>();
    List<String> refusals = new ArrayList<>();
    for (Prefix prefix : service.prefixes()) {
      Scope scope = scopes.apply(prefix);
      if (scope == Scope.FORBIDDEN) {
        refusals.add(prefix + ": outside allow");
        continue;
      }
      int before = wished.size();
      PathAttributes scoped = scoped(attributes, scope);
      for (NextHop nextHop : nextHops) {
        if (!isOtherFamily(nextHop, prefix)) {
          wished.add(new Route(path(service, prefix, nextHop), nextHop, scoped));
        }
      }
      if (wished.size() == before) {
        refusals.add(prefix + ": " + refusal(service, nextHops));
      }
    }
    return new ServiceRoutes(wished, host, refusals);
  }

  private static Nlri path(ServiceConfig service, Prefix prefix, NextHop nextHop) {
    return service.nextHop() instanceof NextHopChoice.HealthyHosts
            && nextHop instanceof NextHop.At host
        ? NextHopChoice.HealthyHosts.path(prefix, host.address())
        : Nlri.of(prefix);
  }

  private static String refusal(ServiceConfig service, List<NextHop> nextHops) {
    if (nextHops.isEmpty()) {
      return "no fit host to point to";
    }
    return service.nextHop() instanceof NextHopChoice.HealthyHosts
        ? "no fit host of its family to point to"
        : "next hop " + nextHops.get(0) + " is of the other family";
  }

  private Optional<String> chosenHost(ServiceConfig service, List<String> fitHosts) {
    if (!(service.nextHop() instanceof NextHopChoice.HealthyHost)) {
      return Optional.empty();
    }
    return nextHopHost.filter(fitHosts::contains).or(() -> fitHosts.stream().findFirst());
  }

  private static List<NextHop> nextHops(
      ServiceConfig service,
      Optional<String> host,
      List<String> fitHosts,
      Map<String, IpAddress> addresses) {
    if (service.nextHop() instanceof NextHopChoice.Address explicit) {
      return List.of(NextHop.of(explicit.address()));
    }
    if (service.nextHop() instanceof NextHopChoice.Self) {
      return List.of(NextHop.SELF);
    }
    Stream<String> chosen =
        service.nextHop() instanceof NextHopChoice.HealthyHosts ? fitHosts.stream() : host.stream();
    return chosen
        .flatMap(name -> Optional.ofNullable(addresses.get(name)).stream())
        .map(NextHop::of)
        .toList();
  }

  // An IPv4 next hop of an IPv6 prefix makes ExaBGP 4.2 send a malformed MP_REACH; the reverse
  // needs RFC 8950, which not every speaker has.
  private static boolean isOtherFamily(NextHop nextHop, Prefix prefix) {
    return nextHop instanceof NextHop.At at && at.address().isIpv4() != prefix.isIpv4();
  }

  private static PathAttributes scoped(PathAttributes attributes, Scope scope) {
    if (scope != Scope.INTERNAL) {
      return attributes;
    }
    List<Community> communities = new ArrayList<>(attributes.communities());
    communities.add(Community.NO_EXPORT);
    return attributes.withCommunities(
        communities, attributes.extendedCommunities(), attributes.largeCommunities());
  }
}
