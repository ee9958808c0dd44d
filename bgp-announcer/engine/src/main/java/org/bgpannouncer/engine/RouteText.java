package org.bgpannouncer.engine;

import java.util.stream.Collectors;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Route;

/** Writes a route for people: {@code 192.0.2.0/24 next-hop self med 100}. */
final class RouteText {
  private RouteText() {}

  /** The route, with those attributes it has. */
  static String of(Route route) {
    PathAttributes attributes = route.attributes();
    StringBuilder text = new StringBuilder(64);
    text.append(route.prefix()).append(" next-hop ").append(route.nextHop());
    attributes.med().ifPresent(med -> text.append(" med ").append(med));
    attributes.localPreference().ifPresent(pref -> text.append(" local-preference ").append(pref));
    if (!attributes.asPath().isEmpty()) {
      text.append(" as-path ").append(attributes.asPath());
    }
    if (!attributes.communities().isEmpty()) {
      text.append(" community ").append(attributes.communities());
    }
    if (!attributes.largeCommunities().isEmpty()) {
      text.append(" large-community ")
          .append(
              attributes.largeCommunities().stream()
                  .map(Object::toString)
                  .collect(Collectors.joining(", ", "[", "]")));
    }
    return text.toString();
  }
}
