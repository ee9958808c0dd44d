package org.bgpannouncer.speaker.exabgp;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.bgpannouncer.route.ExtendedCommunity;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;

/**
 * The lines of ExaBGP's API, version 4 grammar, which 4.x and 5.x speak and 6.x can be told to.
 *
 * <p>Every part is rendered by a type that cannot hold a blank, a line end or a byte beyond ASCII,
 * so no value can become a second command.
 */
final class CommandText {
  static final String VERSION = "version";
  static final String GRAMMAR = "system api version 4";
  static final String CONFIGURATION = "show neighbor configuration";
  static final String SUMMARY = "show neighbor summary";
  static final String ADJ_RIB = "show adj-rib out extensive";

  /**
   * The kernel writes at most this much as a whole (PIPE_BUF, pipe(7)): a killed process of ours
   * leaves whole lines behind.
   */
  static final int MAX_LINE_BYTES = 4095;

  private CommandText() {}

  static String announce(Route route, Audience audience) {
    return audience.selector()
        + "announce route "
        + path(route.nlri())
        + " next-hop "
        + route.nextHop()
        + attributes(route.attributes(), audience.ownAs());
  }

  /**
   * Several routes of one family that differ in their prefix only, and are the only path to it: of
   * {@code path-information} in such a line 4.2 makes nothing (4.2.21: configuration/static).
   */
  static String announce(
      Collection<Prefix> prefixes, NextHop nextHop, PathAttributes attributes, Audience audience) {
    return audience.selector()
        + "announce attributes next-hop "
        + nextHop
        + attributes(attributes, audience.ownAs())
        + " nlri "
        + join(prefixes);
  }

  static String withdraw(Nlri nlri) {
    return "withdraw route " + path(nlri);
  }

  // In octets, as ExaBGP prints it: it takes the number 0 for none.
  private static String path(Nlri nlri) {
    return nlri.pathId().isEmpty()
        ? nlri.prefix().toString()
        : nlri.prefix() + " path-information " + IpAddress.ofIpv4((int) nlri.pathId().getAsLong());
  }

  /** Several prefixes of one family. The grammar wants a next hop, the UPDATE has none. */
  static String withdraw(Collection<Prefix> prefixes, boolean ipv4) {
    return "withdraw attributes next-hop " + (ipv4 ? "self" : "::1") + " nlri " + join(prefixes);
  }

  private static String attributes(PathAttributes attributes, OptionalLong ownAs) {
    StringBuilder text = new StringBuilder();
    attributes.med().ifPresent(med -> text.append(" med ").append(med));
    attributes
        .localPreference()
        .ifPresent(preference -> text.append(" local-preference ").append(preference));
    if (!attributes.asPath().isEmpty()) {
      List<Long> path = new ArrayList<>(attributes.asPath());
      ownAs.ifPresent(own -> path.add(0, own));
      text.append(" as-path ").append(list(path));
    }
    if (!attributes.communities().isEmpty()) {
      text.append(" community ").append(list(attributes.communities()));
    }
    if (!attributes.extendedCommunities().isEmpty()) {
      // In digits: ExaBGP has words of its own, and not for every kind.
      text.append(" extended-community ")
          .append(
              list(attributes.extendedCommunities().stream().map(ExtendedCommunity::hex).toList()));
    }
    if (!attributes.largeCommunities().isEmpty()) {
      text.append(" large-community ").append(list(attributes.largeCommunities()));
    }
    return text.toString();
  }

  private static String list(Collection<?> values) {
    return "[ " + join(values) + " ]";
  }

  private static String join(Collection<?> values) {
    return values.stream().map(Object::toString).collect(Collectors.joining(" "));
  }
}
