package org.bgpannouncer.config;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.bgpannouncer.bgp.session.ConnectMode;
import org.bgpannouncer.bgp.session.PeerConfig;
import org.bgpannouncer.bgp.speaker.ExportPolicy;
import org.bgpannouncer.engine.AllowRule;
import org.bgpannouncer.route.IpAddress;

/** {@code speaker}. */
final class SpeakerReader {
  private enum Type {
    EXABGP,
    EXABGP_FIFO,
    EMBEDDED,
    BIRD
  }

  private static final Key<Type> TYPE =
      Key.choice(
              "type",
              Map.of(
                  "exabgp", Type.EXABGP,
                  "exabgp-fifo", Type.EXABGP_FIFO,
                  "embedded", Type.EMBEDDED,
                  "bird", Type.BIRD))
          .withDefault("embedded where there are `neighbors`; else required");
  private static final Key<Path> IN = Key.file("in").withDefault("/run/exabgp/exabgp.in");
  private static final Key<Path> OUT = Key.file("out").withDefault("/run/exabgp/exabgp.out");
  private static final Key<Path> SOCKET = Key.file("socket").withDefault("/run/bird/bird.ctl");
  private static final Key<Path> INCLUDE =
      Key.file("include").withDefault("/run/bgp-announcer/bird.conf");
  // BIRD's symbols, without quotes (conf/cf-lex.l).
  private static final Key<String> PROTOCOLS =
      Key.text(
              "protocols",
              "names of BIRD's protocols: letters, digits, '_', no digit first; at most 64",
              Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,63}"))
          .withDefault("every one of type BGP");
  private static final Key<IpAddress> ROUTER_ID =
      Key.routerId("router-id").withDefault("the first IPv4 `local-address` of a neighbor");
  private static final Key<InetSocketAddress> LISTEN =
      new Key<>(
          "listen",
          "ADDRESS, or ADDRESS:PORT with an IPv6 address in brackets",
          Key.NONE,
          SpeakerReader::listenAddress);
  private static final Key<Node> NEIGHBORS =
      Key.structure("neighbors", "a list, e.g. [ { address: 192.0.2.1, as: 64496 } ]")
          .withDefault(Key.NONE);

  static final KeyGroup KEYS =
      KeyGroup.of(
          "speaker", TYPE, IN, OUT, SOCKET, INCLUDE, PROTOCOLS, ROUTER_ID, LISTEN, NEIGHBORS);

  private SpeakerReader() {}

  /**
   * Reads it.
   *
   * @param localAs empty if that is wrong; neighbors are read all the same, for their own problems
   */
  static Optional<SpeakerConfig> read(
      Section section, Optional<Long> localAs, List<AllowRule> allow) {
    Optional<Type> type = section.value(TYPE);
    if (!section.has(TYPE)) {
      if (section.has(NEIGHBORS)) {
        type = Optional.of(Type.EMBEDDED);
      } else {
        section.reject(TYPE, "missing", TYPE.rule());
      }
    }
    Path in = section.value(IN, Path.of(IN.fallback()));
    Path out = section.value(OUT, Path.of(OUT.fallback()));
    Path socket = section.value(SOCKET, Path.of(SOCKET.fallback()));
    Path include = section.value(INCLUDE, Path.of(INCLUDE.fallback()));
    Set<String> protocols = Set.copyOf(section.values(PROTOCOLS));
    type.filter(found -> found != Type.BIRD)
        .ifPresent(found -> refuse(section, "bird", SOCKET, INCLUDE, PROTOCOLS));
    type.filter(found -> found != Type.EXABGP_FIFO)
        .ifPresent(found -> refuse(section, "exabgp-fifo", IN, OUT));
    type.filter(found -> found != Type.EMBEDDED)
        .ifPresent(found -> refuse(section, "embedded", ROUTER_ID, LISTEN, NEIGHBORS));
    return type.flatMap(
        found ->
            switch (found) {
              case EXABGP -> Optional.of(new SpeakerConfig.ExaBgpPipe());
              case EXABGP_FIFO -> Optional.of(new SpeakerConfig.ExaBgpFifo(in, out));
              case BIRD -> Optional.of(new SpeakerConfig.Bird(socket, include, protocols));
              case EMBEDDED -> embedded(section, localAs, allow);
            });
  }

  private static void refuse(Section section, String type, Key<?>... keys) {
    for (Key<?> key : keys) {
      if (section.has(key)) {
        section.reject(key, "given", "only with type: " + type);
      }
    }
  }

  private static Optional<SpeakerConfig> embedded(
      Section section, Optional<Long> localAs, List<AllowRule> allow) {
    if (!section.has(NEIGHBORS)) {
      section.reject(NEIGHBORS, "missing", NEIGHBORS.rule());
    }
    ExportPolicy export =
        ExportPolicy.of(
            allow.stream()
                .map(rule -> new ExportPolicy.Entry(rule.prefix(), rule.maxLength()))
                .toList());
    List<Section> sections = section.sections(NEIGHBORS, NeighborReader.KEYS);
    NeighborReader.Site site =
        new NeighborReader.Site(localAs.orElse(1L), routerId(section, sections), export);
    List<SpeakerConfig.Embedded.Entry> neighbors = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Section each : sections) {
      Optional<SpeakerConfig.Embedded.Entry> entry = NeighborReader.read(each, site);
      entry
          .map(found -> found.neighbor().name())
          .filter(name -> !names.add(name))
          .ifPresent(name -> NeighborReader.rejectRepeatedName(each, name));
      entry.ifPresent(neighbors::add);
    }
    List<InetSocketAddress> listen = section.values(LISTEN);
    boolean anyAccepts =
        neighbors.stream().anyMatch(entry -> entry.neighbor().peer().mode() != ConnectMode.ACTIVE);
    if (section.isSound() && anyAccepts && listen.isEmpty()) {
      section.reject(LISTEN, "missing", LISTEN.rule() + "; a neighbor is passive, or both");
    }
    return section.isSound()
        ? Optional.of(new SpeakerConfig.Embedded(listen, neighbors))
        : Optional.empty();
  }

  /** RFC 4271 section 4.2: the same on every session. */
  private static Optional<IpAddress> routerId(Section section, List<Section> neighbors) {
    return section.has(ROUTER_ID)
        ? section.value(ROUTER_ID)
        : neighbors.stream()
            .flatMap(each -> NeighborReader.localAddress(each).stream())
            .filter(IpAddress::isIpv4)
            .findFirst();
  }

  private static InetSocketAddress listenAddress(String text) {
    int colon = text.lastIndexOf(':');
    boolean bracketed = text.startsWith("[");
    boolean hasPort = bracketed ? text.contains("]:") : text.indexOf(':') == colon && colon > 0;
    String address = hasPort ? text.substring(0, colon) : text;
    if (bracketed) {
      address = address.substring(1, address.length() - 1);
    }
    int port = hasPort ? Integer.parseInt(text.substring(colon + 1)) : PeerConfig.DEFAULT_PORT;
    if (port < 1 || port > 65535 || (bracketed && !text.contains("]"))) {
      throw new IllegalArgumentException();
    }
    return new InetSocketAddress(IpAddress.parse(address).toInetAddress(), port);
  }
}
