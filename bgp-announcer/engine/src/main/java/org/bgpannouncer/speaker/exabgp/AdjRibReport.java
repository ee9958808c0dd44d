package org.bgpannouncer.speaker.exabgp;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code show adj-rib out extensive}, e.g.
 *
 * <pre>
 * neighbor 192.0.2.1 local-ip 192.0.2.2 local-as 65001 peer-as 65000 router-id 192.0.2.2
 *     family-allowed in-open ipv4 unicast 198.51.100.1/32 next-hop self as-path [ 65001 ] med 4
 * </pre>
 *
 * <p>(one line). 4.2 says {@code next-hop self} where 5.x says the address, and brackets where 5.x
 * has parentheses. Lines that are no unicast route are skipped; an attribute not known here is left
 * out, so that such a route never equals a wish and is announced anew.
 */
final class AdjRibReport {
  private AdjRibReport() {}

  /** The routes held; of several neighbours' routes for one prefix the first. */
  static Rib parse(List<String> lines) {
    Map<Prefix, Route> routes = new LinkedHashMap<>();
    for (String line : lines) {
      unicastRoute(line).ifPresent(route -> routes.putIfAbsent(route.prefix(), route));
    }
    return Rib.of(routes.values());
  }

  /** Empty for what is no route, or of a kind that we never announce. */
  private static Optional<Route> unicastRoute(String line) {
    try {
      return Optional.of(route(List.of(line.trim().split("\\s+"))));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Route route(List<String> words) {
    int unicast = words.indexOf("unicast");
    if (unicast < 1 || unicast + 1 >= words.size()) {
      throw new IllegalArgumentException("route: " + words + " (expected: ... unicast PREFIX ...)");
    }
    List<String> session = words.subList(0, unicast);
    Map<String, List<String>> attributes = attributes(words.subList(unicast + 2, words.size()));
    return new Route(
        Prefix.parse(words.get(unicast + 1)),
        nextHop(attributes.getOrDefault("next-hop", List.of()), after("local-ip", session)),
        new PathAttributes(
            number(attributes.get("med")),
            number(attributes.get("local-preference")),
            prepends(attributes.getOrDefault("as-path", List.of()), session),
            map(attributes.getOrDefault("community", List.of()), AdjRibReport::community),
            map(attributes.getOrDefault("large-community", List.of()), LargeCommunity::parse)));
  }

  /** {@code name value} and {@code name [ value ... ]} pairs. */
  private static Map<String, List<String>> attributes(List<String> words) {
    Map<String, List<String>> found = new LinkedHashMap<>();
    int i = 0;
    while (i + 1 < words.size()) {
      String name = words.get(i++);
      List<String> values = new ArrayList<>();
      if (words.get(i).equals("[") || words.get(i).equals("(")) {
        i++;
        while (i < words.size() && !words.get(i).equals("]") && !words.get(i).equals(")")) {
          values.add(words.get(i++));
        }
      } else {
        values.add(words.get(i));
      }
      i++;
      found.put(name, values);
    }
    return found;
  }

  private static NextHop nextHop(List<String> values, String localIp) {
    if (values.isEmpty() || values.get(0).equals("self") || values.get(0).equals(localIp)) {
      return NextHop.SELF;
    }
    return NextHop.of(IpAddress.parse(values.get(0)));
  }

  /** The path without the own AS that {@link CommandText} had to add for eBGP. */
  private static List<Long> prepends(List<String> values, List<String> session) {
    List<Long> path = map(values, AdjRibReport::as);
    String own = after("local-as", session);
    boolean external = !own.equals(after("peer-as", session));
    return external && !path.isEmpty() && own.equals(String.valueOf(path.get(path.size() - 1)))
        ? path.subList(0, path.size() - 1)
        : path;
  }

  private static String after(String name, List<String> words) {
    int at = words.indexOf(name);
    return at < 0 || at + 1 >= words.size() ? "" : words.get(at + 1);
  }

  private static OptionalLong number(@Nullable List<String> values) {
    return values == null || values.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(as(values.get(0)));
  }

  private static long as(String text) {
    if (!text.matches("[0-9]{1,10}")) {
      throw new IllegalArgumentException("number: " + text + " (expected: 0 to 4294967295)");
    }
    return Long.parseLong(text);
  }

  /** ExaBGP prints the well-known communities by name. */
  private static Community community(String text) {
    return switch (text) {
      case "no-export" -> Community.NO_EXPORT;
      case "no-advertise" -> new Community(65535, 65282);
      case "no-export-subconfed" -> new Community(65535, 65283);
      case "no-peer", "nopeer" -> new Community(65535, 65284);
      case "blackhole" -> new Community(65535, 666);
      case "graceful-shutdown" -> Community.GRACEFUL_SHUTDOWN;
      default -> Community.parse(text);
    };
  }

  private static <T> List<T> map(List<String> values, Function<String, T> each) {
    return values.stream().map(each).toList();
  }
}
