package org.bgpannouncer.speaker.exabgp;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;

/**
 * Reads {@code show adj-rib out extensive}, e.g.
 *
 * <pre>
 * neighbor 192.0.2.1 local-ip 192.0.2.2 local-as 65001 peer-as 65000 router-id 192.0.2.2
 *     family-allowed in-open ipv4 unicast 198.51.100.1/32 next-hop self as-path [ 65001 ] med 4
 * </pre>
 *
 * <p>(one line). 4.2 says {@code next-hop self} where 5.x says the address, and brackets where 5.x
 * has parentheses. Every neighbour's route is listed, also while its session is down.
 *
 * <p>A prefix that is held must never be overlooked, whatever stands behind it: somebody's AS_SET
 * or extended community does not make a leftover less of a leftover. So a route is kept as far as
 * it could be read, and its prefix is {@linkplain #inexact} if that is not all of it. Lines that
 * are no unicast route are skipped. Takes the report line by line, because 10,000 are too many for
 * one go. Not thread-safe.
 */
final class AdjRibReport {
  /** A router's worth would fill the memory of a daemon that announces a handful. */
  static final int MAX_ROUTES = 50_000;

  // A name without a value (4.2.21, 5.0.15: attributes.py, "boolean").
  private static final String FLAG = "atomic-aggregate";

  private final Map<Nlri, Route> routes = new LinkedHashMap<>();
  private final Map<Nlri, Integer> holders = new HashMap<>();
  private final Set<Nlri> inexact = new HashSet<>();
  private boolean whole = true;

  /** Takes a line; whether it is that of a unicast route. */
  boolean add(String line) {
    List<String> words = List.of(line.trim().split("\\s+"));
    int unicast = words.indexOf("unicast");
    if (unicast < 1 || unicast + 1 >= words.size()) {
      return false;
    }
    Prefix prefix;
    try {
      prefix = Prefix.parse(words.get(unicast + 1));
    } catch (IllegalArgumentException e) {
      return false;
    }
    Reading reading =
        new Reading(words.subList(0, unicast), words.subList(unicast + 2, words.size()));
    Route route = reading.route(prefix);
    if (routes.size() >= MAX_ROUTES && !routes.containsKey(route.nlri())) {
      whole = false;
      return true;
    }
    Route other = routes.putIfAbsent(route.nlri(), route);
    holders.merge(route.nlri(), 1, Integer::sum);
    if (!reading.exact || (other != null && !other.equals(route))) {
      inexact.add(route.nlri());
    }
    return true;
  }

  /** The routes held, as far as they could be read; of several neighbours' the first. */
  Rib held() {
    return Rib.of(routes.values());
  }

  /**
   * The paths of {@link #held} whose route is not known to be held just so: there is more to it
   * than could be read, or not every neighbour has it, or not the same.
   *
   * @param neighbors how many should hold a route of this prefix
   */
  Set<Nlri> inexact(ToIntFunction<Prefix> neighbors) {
    Set<Nlri> all = new HashSet<>(inexact);
    holders.forEach(
        (nlri, count) -> {
          if (count < neighbors.applyAsInt(nlri.prefix())) {
            all.add(nlri);
          }
        });
    return all;
  }

  /** Whether nothing had to be left out for its size. */
  boolean isWhole() {
    return whole;
  }

  /** One line. */
  private static final class Reading {
    private final List<String> session;
    private final Map<String, List<String>> attributes = new LinkedHashMap<>();
    private boolean exact = true;

    Reading(List<String> session, List<String> words) {
      this.session = session;
      int i = 0;
      while (i < words.size()) {
        String name = words.get(i++);
        List<String> values = new ArrayList<>();
        if (!name.equals(FLAG)) {
          i = values(words, i, values);
        }
        attributes.put(name, values);
      }
    }

    /** One word, or a list in brackets that may hold lists; returns the index of what follows. */
    private static int values(List<String> words, int from, List<String> values) {
      int depth = 0;
      int i = from;
      while (i < words.size()) {
        String word = words.get(i++);
        boolean opens = word.equals("[") || word.equals("(");
        boolean closes = word.equals("]") || word.equals(")");
        depth += opens ? 1 : closes ? -1 : 0;
        boolean outermost = (opens && depth == 1) || (closes && depth == 0);
        if (!outermost) {
          values.add(word);
        }
        if (depth <= 0) {
          break;
        }
      }
      return i;
    }

    Route route(Prefix prefix) {
      Nlri nlri = Nlri.of(prefix);
      NextHop nextHop = NextHop.SELF;
      OptionalLong med = OptionalLong.empty();
      OptionalLong preference = OptionalLong.empty();
      List<Long> prepends = List.of();
      List<Community> communities = List.of();
      List<LargeCommunity> largeCommunities = List.of();
      for (Map.Entry<String, List<String>> attribute : attributes.entrySet()) {
        List<String> values = attribute.getValue();
        try {
          switch (attribute.getKey()) {
            case "path-information" -> nlri = Nlri.of(prefix, pathId(only(values)));
            case "next-hop" -> nextHop = nextHop(only(values));
            case "med" -> med = OptionalLong.of(number(only(values)));
            case "local-preference" -> preference = OptionalLong.of(number(only(values)));
            case "as-path" -> prepends = prepends(map(values, Reading::as));
            case "community" -> communities = map(values, Reading::community);
            case "large-community" -> largeCommunities = map(values, LargeCommunity::parse);
            case "origin" -> exact &= values.equals(List.of("igp")); // what we send, unsaid
            default -> exact = false;
          }
        } catch (IllegalArgumentException e) {
          exact = false;
        }
      }
      return new Route(
          nlri,
          nextHop,
          new PathAttributes(med, preference, prepends, communities, List.of(), largeCommunities));
    }

    /** Four octets with dots between. */
    private static long pathId(String value) {
      IpAddress octets = IpAddress.parse(value);
      if (!octets.isIpv4()) {
        throw new IllegalArgumentException("path-information: " + value + " (expected: A.B.C.D)");
      }
      return octets.highBits() >>> 32;
    }

    private NextHop nextHop(String value) {
      return value.equals("self") || value.equals(after("local-ip"))
          ? NextHop.SELF
          : NextHop.of(IpAddress.parse(value));
    }

    /** The path without the own AS that {@link CommandText} had to add for eBGP. */
    private List<Long> prepends(List<Long> path) {
      String own = after("local-as");
      if (path.isEmpty() || own.equals(after("peer-as"))) {
        return path;
      }
      if (own.equals(String.valueOf(path.get(0)))) {
        return path.subList(1, path.size());
      }
      exact = false; // nothing that we could say
      return path;
    }

    private String after(String name) {
      int at = session.indexOf(name);
      return at < 0 || at + 1 >= session.size() ? "" : session.get(at + 1);
    }

    private static String only(List<String> values) {
      if (values.size() != 1) {
        throw new IllegalArgumentException("value: " + values + " (expected: one)");
      }
      return values.get(0);
    }

    private static long number(String text) {
      if (!text.matches("[0-9]{1,10}") || Long.parseLong(text) > 0xffff_ffffL) {
        throw new IllegalArgumentException("number: " + text + " (expected: 0 to 4294967295)");
      }
      return Long.parseLong(text);
    }

    private static long as(String text) {
      long as = number(text);
      if (as == 0) {
        throw new IllegalArgumentException("AS: 0 (expected: 1 to 4294967295; RFC 7607)");
      }
      return as;
    }

    /** ExaBGP prints the well-known communities by name. */
    private static Community community(String text) {
      return text.equals("no-peer") ? Community.NOPEER : Community.parse(text);
    }

    private static <T> List<T> map(List<String> values, Function<String, T> each) {
      return values.stream().map(each).toList();
    }
  }
}
