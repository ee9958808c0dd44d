package org.bgpannouncer.speaker.bird;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.ExtendedCommunity;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code show route protocol NAME all} line by line:
 *
 * <pre>
 * 1007-Table master4:
 *  192.0.2.0/24         unreachable [bgp_announcer4 10:00:00.000] * (200)
 * 1008-  Type: static univ
 * 1012-  BGP.med: 100                                  (BIRD 3: bgp_med: 100)
 *        BGP.community: (65535,65281) (64496,7)
 * </pre>
 *
 * <p>A prefix that is held must never be overlooked: a route is kept as far as it could be read,
 * and its prefix is {@linkplain #inexact} if that is not all of it. A line that could be a route
 * and is not understood makes the report {@linkplain #isWhole unwhole}. Not thread-safe.
 */
final class RouteReport {
  /** A router's worth would fill the memory of a daemon that announces a handful. */
  static final int MAX_ROUTES = 50_000;

  // Prefix, kind of next hop, in brackets the protocol and a time of the operator's format, then a
  // mark at the best route of its prefix: BIRD exports no other.
  private static final Pattern ROUTE =
      Pattern.compile("(\\S+/\\d+) +\\S+ \\[(\\S+) [^]]*]( [*!])? .*");
  private static final int BEST = 3;
  private static final Pattern ATTRIBUTE = Pattern.compile("\\t(?:BGP\\.|bgp_)([a-z0-9_]+): ?(.*)");
  private static final Pattern VALUES_GO_ON = Pattern.compile("\\t\\t\\S.*");
  private static final Pattern EXTENDED =
      Pattern.compile("\\(generic, 0x([0-9a-f]{1,8}), 0x([0-9a-f]{1,8})\\)");
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,10}");
  private static final int MAX_LINES_OF_A_VALUE = 256;

  private final Map<Prefix, Route> routes = new TreeMap<>();
  private final Set<Nlri> inexact = new HashSet<>();
  private final Map<String, StringBuilder> attributes = new TreeMap<>();
  private boolean whole = true;
  private boolean exact = true;
  private int lines;
  private @Nullable Prefix prefix;
  private @Nullable StringBuilder value;

  /** Takes a line of the reply, the last one too. */
  void add(ReplyLine line) {
    switch (line.code()) {
      case ReplyLine.ROUTE -> route(line.text());
      case ReplyLine.ROUTE_ATTRIBUTE -> attribute(line.text());
      case ReplyLine.LINE_TOO_LONG -> exact = false;
      default -> {}
    }
    if (line.last()) {
      finish();
    }
  }

  private void route(String text) {
    if (text.isEmpty() || text.startsWith("\t") || text.startsWith("Table ")) {
      return; // a next hop of the route before, or whose routes follow
    }
    finish();
    Matcher route = ROUTE.matcher(text);
    if (!route.matches() || routes.size() >= MAX_ROUTES) {
      whole = false;
      return;
    }
    try {
      Prefix found = Prefix.parse(route.group(1));
      prefix = found;
      exact = RouteFile.protocolOf(found).equals(route.group(2)) && route.start(BEST) >= 0;
    } catch (IllegalArgumentException e) {
      whole = false;
    }
  }

  private void attribute(String text) {
    Matcher attribute = ATTRIBUTE.matcher(text);
    if (attribute.matches()) {
      lines = 1;
      value = new StringBuilder(attribute.group(2));
      exact &= attributes.put(attribute.group(1), value) == null;
    } else if (VALUES_GO_ON.matcher(text).matches() && value != null) {
      exact &= ++lines <= MAX_LINES_OF_A_VALUE;
      if (lines <= MAX_LINES_OF_A_VALUE) {
        value.append(' ').append(text.strip());
      }
    } else {
      value = null; // no attribute of BGP's: what a route is worth inside this BIRD
    }
  }

  private void finish() {
    Prefix of = prefix;
    if (of != null) {
      Route route = new Route(of, nextHop(), attributes());
      if (routes.put(of, route) != null || !exact) {
        inexact.add(route.nlri());
      }
    }
    prefix = null;
    value = null;
    exact = true;
    attributes.clear();
  }

  private NextHop nextHop() {
    List<NextHop> found = list("next_hop", "\\s+", text -> NextHop.of(IpAddress.parse(text)));
    exact &= found.size() <= 1;
    return found.isEmpty() ? NextHop.SELF : found.get(0);
  }

  private PathAttributes attributes() {
    PathAttributes read =
        new PathAttributes(
            number("med"),
            number("local_pref"),
            list("path", "\\s+", RouteReport::as),
            list("community", "(?<=\\)) ", RouteReport::community),
            list("ext_community", "(?<=\\)) ", RouteReport::extendedCommunity),
            list("large_community", "(?<=\\)) ", RouteReport::largeCommunity));
    // Whatever was not taken out by a name above is not ours.
    exact &= attributes.isEmpty();
    return read;
  }

  private OptionalLong number(String name) {
    List<Long> found = list(name, "\\s+", RouteReport::uint32);
    exact &= found.size() <= 1;
    return found.isEmpty() ? OptionalLong.empty() : OptionalLong.of(found.get(0));
  }

  private <T> List<T> list(String name, String separator, Function<String, T> parse) {
    StringBuilder text = attributes.remove(name.equals("path") ? pathName() : name);
    List<T> found = new ArrayList<>();
    if (text == null || text.toString().isBlank()) {
      return found;
    }
    try {
      Stream.of(text.toString().strip().split(separator, -1)).map(parse).forEach(found::add);
    } catch (IllegalArgumentException e) {
      exact = false;
    }
    return found;
  }

  /** BIRD 2 says BGP.as_path, BIRD 3 bgp_path. */
  private String pathName() {
    return attributes.containsKey("path") ? "path" : "as_path";
  }

  private static long uint32(String text) {
    long number = NUMBER.matcher(text).matches() ? Long.parseLong(text) : -1;
    if (number < 0 || number > 0xffff_ffffL) {
      throw new IllegalArgumentException("number: " + text);
    }
    return number;
  }

  private static long as(String text) {
    long as = uint32(text);
    if (as == 0) {
      throw new IllegalArgumentException("as: 0");
    }
    return as;
  }

  private static Community community(String text) {
    return Community.parse(colons(text));
  }

  /** "(rt, 64496, 1)", or two halves in hexadecimal: "(generic, 0x43000000, 0x1)". */
  private static ExtendedCommunity extendedCommunity(String text) {
    Matcher halves = EXTENDED.matcher(text);
    if (!halves.matches()) {
      return ExtendedCommunity.parse(colons(text));
    }
    return new ExtendedCommunity(
        (Long.parseLong(halves.group(1), 16) << 32) | Long.parseLong(halves.group(2), 16));
  }

  private static LargeCommunity largeCommunity(String text) {
    return LargeCommunity.parse(colons(text));
  }

  /** "(64496, 1)" or "(64496,1)" as 64496:1. */
  private static String colons(String text) {
    return text.replaceAll("[() ]", "").replace(',', ':');
  }

  /** The routes held, as far as they could be read. */
  Rib held() {
    return Rib.of(routes.values());
  }

  /** The paths whose route has something that could not be read. */
  Set<Nlri> inexact() {
    return Set.copyOf(inexact);
  }

  /** Whether every route was understood and kept. */
  boolean isWhole() {
    return whole;
  }
}
