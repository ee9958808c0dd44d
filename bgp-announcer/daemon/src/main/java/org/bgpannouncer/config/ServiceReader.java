package org.bgpannouncer.config;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.announcement.ServiceConfig.NextHopChoice;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.ExtendedCommunity;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;

/** One entry of {@code services}. */
final class ServiceReader {
  private static final Key<String> NAME = Key.name("name");
  private static final Key<IpAddress> ADDRESS = Key.address("address").withDefault(Key.NONE);
  private static final Key<Integer> PORT = Key.integer("port", 1, 65535).withDefault(Key.NONE);
  private static final Key<Prefix> PREFIXES = Key.prefix("prefixes");
  private static final Key<NextHopChoice> NEXT_HOP =
      new Key<>(
          "next-hop",
          "self, host, hosts, or a numeric unicast address",
          "self",
          ServiceReader::nextHop);
  private static final Key<Long> ORIGIN_AS =
      Key.number("origin-as", 1, 4294967294L).withDefault("local-as");
  private static final Key<Long> LOCAL_PREFERENCE =
      Key.number("local-preference", 0, 4294967295L).withDefault(Key.NONE);
  private static final Key<Community> COMMUNITIES =
      Key.community("communities").withDefault(Key.NONE);
  private static final Key<ExtendedCommunity> EXTENDED_COMMUNITIES =
      new Key<>(
          "extended-communities",
          "rt:ASN:N, ro:ASN:N, rt:IPV4:N, ro:IPV4:N, or 0x and 16 digits",
          Key.NONE,
          ExtendedCommunity::parse);
  private static final Key<LargeCommunity> LARGE_COMMUNITIES =
      Key.largeCommunity("large-communities").withDefault(Key.NONE);
  private static final Key<Node> HEALTHY =
      Key.structure("healthy", "a mapping, e.g. { at-least: 1, of: [host1, host2] }");
  private static final Key<Integer> AT_LEAST = Key.integer("at-least", 1, 1000).withDefault("1");
  private static final Key<String> OF = Key.name("of");
  private static final Key<Aspect> BY =
      Key.choice(
              "by",
              Arrays.stream(Aspect.values())
                  .collect(Collectors.toMap(Aspect::key, aspect -> aspect)))
          .withDefault("p2p");

  static final KeyGroup KEYS =
      KeyGroup.of(
          "services[]",
          NAME,
          ADDRESS,
          PORT,
          PREFIXES,
          NEXT_HOP,
          ORIGIN_AS,
          LOCAL_PREFERENCE,
          COMMUNITIES,
          EXTENDED_COMMUNITIES,
          LARGE_COMMUNITIES,
          HEALTHY);
  static final KeyGroup HEALTHY_KEYS = KeyGroup.of("services[].healthy", AT_LEAST, OF, BY);

  private ServiceReader() {}

  /**
   * Reads one service.
   *
   * @param rules what may be announced
   * @param hosts the site's hosts by name
   * @param speaker through whom it is announced, if known
   */
  static Optional<ServiceConfig> read(
      Section section,
      PrefixRules rules,
      Map<String, HostReader.Found> hosts,
      Optional<SpeakerConfig> speaker,
      Optional<Long> localAs) {
    Optional<String> name = section.value(NAME);
    name.filter(known -> !rules.isNewService(known))
        .ifPresent(known -> section.reject(NAME, known, "a name of its own"));
    Optional<IpAddress> address = section.value(ADDRESS);
    Optional<Integer> port = section.value(PORT);
    List<Prefix> prefixes = section.values(PREFIXES);
    List<Node.Location> prefixesAt = section.itemsAt(PREFIXES);
    if (prefixes.size() == prefixesAt.size()) {
      for (int i = 0; i < prefixes.size(); i++) {
        rules.check(prefixes.get(i), prefixesAt.get(i));
      }
      address
          .filter(dialled -> prefixes.stream().noneMatch(p -> p.contains(dialled)))
          .ifPresent(
              dialled -> section.reject(ADDRESS, dialled.toString(), "an address in its prefixes"));
    }
    NextHopChoice nextHop = section.value(NEXT_HOP, new NextHopChoice.Self());
    checkFamily(section, prefixes, nextHop);
    PathAttributes attributes =
        new PathAttributes(
            OptionalLong.empty(),
            section.value(LOCAL_PREFERENCE).map(OptionalLong::of).orElse(OptionalLong.empty()),
            // Ours is put in front of it at the border.
            section.value(ORIGIN_AS).filter(as -> !localAs.equals(Optional.of(as))).stream()
                .toList(),
            section.values(COMMUNITIES),
            section.values(EXTENDED_COMMUNITIES),
            section.values(LARGE_COMMUNITIES));
    Optional<Section> healthy = section.section(HEALTHY, HEALTHY_KEYS);
    Optional<Healthy> quorum = healthy.map(inner -> healthy(inner, hosts));
    if (nextHop instanceof NextHopChoice.HealthyHost) {
      quorum.ifPresent(inner -> checkFamilyOfHosts(section, prefixes, inner, hosts));
    } else if (nextHop instanceof NextHopChoice.HealthyHosts) {
      checkSpeaker(section, speaker);
      quorum.ifPresent(inner -> checkPaths(section, prefixes, addresses(inner, hosts)));
    }
    if (!section.isSound() || name.isEmpty() || quorum.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new ServiceConfig(
            name.get(),
            address,
            port,
            prefixes,
            nextHop,
            quorum.get().atLeast(),
            quorum.get().of(),
            quorum.get().by(),
            attributes));
  }

  private record Healthy(int atLeast, List<String> of, Set<Aspect> by) {}

  private static Healthy healthy(Section section, Map<String, HostReader.Found> hosts) {
    List<String> of = section.values(OF);
    List<Node.Location> ofAt = section.itemsAt(OF);
    Set<Aspect> by = section.has(BY) ? new LinkedHashSet<>(section.values(BY)) : Set.of(Aspect.P2P);
    int atLeast = section.value(AT_LEAST, 1);
    if (of.size() != ofAt.size() || hosts.isEmpty()) {
      return new Healthy(atLeast, of, by);
    }
    for (int i = 0; i < of.size(); i++) {
      String host = of.get(i);
      HostReader.Found found = hosts.get(host);
      if (found == null) {
        section
            .problems()
            .add(ofAt.get(i), host, "one of the hosts: " + String.join(", ", hosts.keySet()));
      } else if (of.indexOf(host) != i) {
        section.problems().add(ofAt.get(i), host, "each host once");
      } else {
        for (Aspect aspect : by) {
          if (!found.aspects().contains(aspect)) {
            section
                .problems()
                .add(ofAt.get(i), host, "a host with " + aspect.key() + ", which `by` names");
          }
        }
        checkNodeOfItsOwn(section, ofAt.get(i), found, of.subList(0, i), hosts);
      }
    }
    if (!of.isEmpty() && atLeast > of.size()) {
      section.reject(
          AT_LEAST, String.valueOf(atLeast), "1 to " + of.size() + ", the number of hosts");
    }
    return new Healthy(atLeast, of, by);
  }

  // One node under two names would be counted twice.
  private static void checkNodeOfItsOwn(
      Section section,
      Node.Location at,
      HostReader.Found found,
      List<String> before,
      Map<String, HostReader.Found> hosts) {
    for (String name : before) {
      HostReader.Found other = hosts.get(name);
      if (other == null) {
        continue;
      }
      Optional<String> shared =
          found
              .p2pAddress()
              .filter(address -> other.p2pAddress().equals(Optional.of(address)))
              .map(address -> "while p2p of " + name + " is " + Check.nameOf(address) + " too")
              .or(
                  () ->
                      found
                          .machine()
                          .filter(machine -> other.machine().equals(Optional.of(machine)))
                          .map(machine -> "while " + name + " is on machine " + machine + " too"));
      if (shared.isPresent()) {
        section.problems().add(at, found.name().orElse(""), "a node of its own, " + shared.get());
        return;
      }
    }
  }

  // All prefixes point to one fit host, and any of them may be that one.
  private static void checkFamilyOfHosts(
      Section section, List<Prefix> prefixes, Healthy quorum, Map<String, HostReader.Found> hosts) {
    for (String name : quorum.of()) {
      Optional.ofNullable(hosts.get(name))
          .flatMap(HostReader.Found::host)
          .flatMap(
              host ->
                  prefixes.stream()
                      .filter(prefix -> prefix.isIpv4() != host.address().isIpv4())
                      .findFirst())
          .ifPresent(
              prefix ->
                  section.reject(
                      NEXT_HOP,
                      "host",
                      "hosts with an address of the family of "
                          + prefix
                          + ", which "
                          + name
                          + " has not"));
    }
  }

  private static void checkSpeaker(Section section, Optional<SpeakerConfig> speaker) {
    if (speaker.filter(SpeakerConfig.Bird.class::isInstance).isPresent()) {
      section.reject(
          NEXT_HOP,
          "hosts",
          "self, host or an address with speaker.type bird, whose static routes hold one path to a"
              + " prefix");
    }
  }

  /** The addresses of the hosts that are known, by name. */
  private static Map<String, IpAddress> addresses(
      Healthy quorum, Map<String, HostReader.Found> hosts) {
    Map<String, IpAddress> addresses = new LinkedHashMap<>();
    for (String name : quorum.of()) {
      Optional.ofNullable(hosts.get(name))
          .flatMap(HostReader.Found::host)
          .ifPresent(host -> addresses.put(name, host.address()));
    }
    return addresses;
  }

  private static void checkPaths(
      Section section, List<Prefix> prefixes, Map<String, IpAddress> addresses) {
    Map<Nlri, String> owners = new HashMap<>();
    for (Prefix prefix : prefixes) {
      boolean reachable = addresses.isEmpty(); // then something else is wrong
      for (Map.Entry<String, IpAddress> host : addresses.entrySet()) {
        if (host.getValue().isIpv4() != prefix.isIpv4()) {
          continue;
        }
        reachable = true;
        Nlri path = NextHopChoice.HealthyHosts.path(prefix, host.getValue());
        String owner = owners.put(path, host.getKey());
        if (owner != null) {
          section.reject(
              NEXT_HOP,
              "hosts",
              "a path identifier for each host, while %s has the last 32 bits of the address of %s"
                  .formatted(host.getKey(), owner));
        }
      }
      if (!reachable) {
        section.reject(NEXT_HOP, "hosts", "a host with an address of the family of " + prefix);
      }
    }
  }

  private static void checkFamily(Section section, List<Prefix> prefixes, NextHopChoice nextHop) {
    boolean ipv6 = prefixes.stream().anyMatch(p -> !p.isIpv4());
    boolean ipv4 = prefixes.stream().anyMatch(Prefix::isIpv4);
    if (nextHop instanceof NextHopChoice.Address at && (at.address().isIpv4() ? ipv6 : ipv4)) {
      section.reject(
          NEXT_HOP, at.address().toString(), "an address of the same family as the prefixes");
    }
  }

  private static NextHopChoice nextHop(String text) {
    return switch (text) {
      case "self" -> new NextHopChoice.Self();
      case "host" -> new NextHopChoice.HealthyHost();
      case "hosts" -> new NextHopChoice.HealthyHosts();
      default -> new NextHopChoice.Address(Key.unicast(text));
    };
  }
}
