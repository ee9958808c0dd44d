package org.bgpannouncer.testkit.exabgp;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.ExtendedCommunity;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Route;

/**
 * Reads {@code next-hop 192.0.2.1 med 100 as-path [ 65001 65001 ] ...}, as ExaBGP's API takes it.
 */
final class RouteText {
  private RouteText() {}

  /**
   * The route.
   *
   * @throws IllegalArgumentException when there is a word that it does not know
   */
  static Route parse(Nlri nlri, String attributes) {
    NextHop nextHop = NextHop.SELF;
    OptionalLong med = OptionalLong.empty();
    OptionalLong localPreference = OptionalLong.empty();
    List<String> asPath = List.of();
    List<String> communities = List.of();
    List<String> extendedCommunities = List.of();
    List<String> largeCommunities = List.of();
    Iterator<String> words = Arrays.asList(attributes.split(" ")).iterator();
    while (words.hasNext()) {
      String word = words.next();
      switch (word) {
        case "next-hop" -> {
          String address = words.next();
          nextHop = address.equals("self") ? NextHop.SELF : NextHop.of(IpAddress.parse(address));
        }
        case "med" -> med = OptionalLong.of(Long.parseLong(words.next()));
        case "local-preference" -> localPreference = OptionalLong.of(Long.parseLong(words.next()));
        case "as-path" -> asPath = list(words);
        case "community" -> communities = list(words);
        case "extended-community" -> extendedCommunities = list(words);
        case "large-community" -> largeCommunities = list(words);
        default ->
            throw new IllegalArgumentException(
                "attribute: " + word + " (expected: one that the API grammar has)");
      }
    }
    return new Route(
        nlri,
        nextHop,
        new PathAttributes(
            med,
            localPreference,
            asPath.stream().map(Long::valueOf).toList(),
            communities.stream().map(Community::parse).toList(),
            extendedCommunities.stream().map(ExtendedCommunity::parse).toList(),
            largeCommunities.stream().map(LargeCommunity::parse).toList()));
  }

  /** One word, or several between brackets. */
  private static List<String> list(Iterator<String> words) {
    String first = words.next();
    if (!first.equals("[")) {
      return List.of(first);
    }
    List<String> all = new ArrayList<>();
    for (String word = words.next(); !word.equals("]"); word = words.next()) {
      all.add(word);
    }
    return all;
  }
}
