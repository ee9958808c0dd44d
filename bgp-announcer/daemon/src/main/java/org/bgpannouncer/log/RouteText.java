package org.bgpannouncer.log;

import java.util.List;
import java.util.stream.Collectors;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Route;

/** A route in one line, without its prefix: {@code next-hop self med 100 as-path 64496}. */
public final class RouteText {
  private RouteText() {}

  /** The text of {@code route}. */
  public static String of(Route route) {
    StringBuilder text = new StringBuilder("next-hop ").append(route.nextHop());
    PathAttributes attributes = route.attributes();
    attributes.med().ifPresent(med -> text.append(" med ").append(med));
    attributes
        .localPreference()
        .ifPresent(preference -> text.append(" local-preference ").append(preference));
    list(text, "as-path", attributes.asPath());
    list(text, "community", attributes.communities());
    list(text, "large-community", attributes.largeCommunities());
    return text.toString();
  }

  private static void list(StringBuilder text, String name, List<?> values) {
    if (!values.isEmpty()) {
      text.append(' ')
          .append(name)
          .append(' ')
          .append(values.stream().map(String::valueOf).collect(Collectors.joining(",")));
    }
  }
}
