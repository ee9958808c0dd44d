package org.bgpannouncer.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.bgpannouncer.config.Deployment.AnnouncerMachine;
import org.bgpannouncer.config.Deployment.Method;
import org.bgpannouncer.config.Deployment.Pinning;
import org.bgpannouncer.route.IpAddress;

/** How a site's machines are set up. */
final class DeploymentReader {
  private static final Key<String> NAME = Key.name("name");
  private static final Key<IpAddress> ADDRESS = Key.address("address");

  private static final Key<IpAddress> ROUTER_ID =
      Key.routerId("router-id").withDefault("the IPv4 `address`");

  private static final Key<Method> METHOD =
      Key.choice(
              "method",
              Map.of(
                  "source-route",
                  Method.SOURCE_ROUTE,
                  "uid",
                  Method.UID,
                  "snat",
                  Method.SNAT,
                  "cgroup",
                  Method.CGROUP,
                  "netns",
                  Method.NETNS))
          .withDefault("source-route");
  // The kernel takes 15 octets without '/' and space (dev_valid_name); quotes would end nft's word.
  private static final Key<String> INTERFACE =
      Key.text(
          "interface",
          "letters, digits, '.', '_', '-'; at most 15",
          Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,14}"));
  private static final Key<IpAddress> GATEWAY = Key.address("gateway");
  private static final Key<Long> UID = Key.number("uid", 1, 4294967294L).withDefault(Key.NONE);
  private static final Key<String> CGROUP =
      Key.text(
              "cgroup",
              "a path below the root, e.g. system.slice/bitcoind.service",
              Pattern.compile("[A-Za-z0-9_.@-]{1,64}(/[A-Za-z0-9_.@-]{1,64}){0,7}"))
          .withDefault(Key.NONE);
  private static final Key<String> NAMESPACE =
      Key.text(
              "namespace",
              "letters, digits, '.', '_', '-'; at most 63",
              Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}"))
          .withDefault(Key.NONE);
  // 253 to 255 are default, main and local (rtnetlink(7)).
  private static final Key<Integer> TABLE = Key.integer("table", 1, 252).withDefault("70");
  private static final Key<Integer> MSS = Key.integer("mss", 536, 8960).withDefault("1400");

  static final KeyGroup ANNOUNCER_KEYS = KeyGroup.of("announcers[]", NAME, ADDRESS, ROUTER_ID);
  static final KeyGroup PINNING_KEYS =
      KeyGroup.of("pinning", METHOD, INTERFACE, GATEWAY, UID, CGROUP, NAMESPACE, TABLE, MSS);

  private DeploymentReader() {}

  /**
   * Reads {@code announcers}.
   *
   * @param hasRouter whether each needs a BGP identifier, for what is rendered
   */
  static List<AnnouncerMachine> announcers(List<Section> sections, boolean hasRouter) {
    Set<String> names = new HashSet<>();
    Set<IpAddress> routerIds = new HashSet<>();
    List<AnnouncerMachine> announcers = new ArrayList<>();
    for (Section section : sections) {
      Optional<String> name = section.value(NAME);
      List<IpAddress> addresses = section.values(ADDRESS);
      section.oneAFamily(ADDRESS, addresses, IpAddress::isIpv4);
      Optional<IpAddress> routerId =
          section
              .value(ROUTER_ID)
              .or(() -> addresses.stream().filter(IpAddress::isIpv4).findFirst());
      name.filter(given -> !names.add(given))
          .ifPresent(given -> section.reject(NAME, given, "each name once"));
      routerId
          .filter(id -> !routerIds.add(id))
          .ifPresent(
              id ->
                  section.reject(
                      section.has(ROUTER_ID) ? ROUTER_ID : ADDRESS,
                      id.toString(),
                      "each router-id once, which is the IPv4 address where it is not given"));
      if (hasRouter && !addresses.isEmpty() && routerId.isEmpty() && !section.has(ROUTER_ID)) {
        section.reject(ROUTER_ID, "missing", "an IPv4 address, as it has none");
      }
      if (name.isPresent() && !addresses.isEmpty()) {
        announcers.add(new AnnouncerMachine(name.get(), addresses, routerId));
      }
    }
    return announcers;
  }

  /**
   * Reads {@code pinning}; a host with a Bitcoin node that has no fitting {@code outbound} is a
   * problem from then on.
   */
  static Optional<Pinning> pinning(Section section, List<HostReader.Found> hosts) {
    Method method = section.value(METHOD, Method.SOURCE_ROUTE);
    Optional<String> networkInterface = section.value(INTERFACE);
    List<IpAddress> gateways = section.values(GATEWAY);
    section.oneAFamily(GATEWAY, gateways, IpAddress::isIpv4);
    Optional<Long> uid = section.value(UID);
    int table = section.value(TABLE, 70);
    int mss = section.value(MSS, 1400);
    Optional<String> cgroup = section.value(CGROUP);
    Optional<String> namespace = section.value(NAMESPACE);
    boolean byUser = method == Method.UID || method == Method.SNAT;
    goesWith(section, UID, byUser, "uid or snat");
    goesWith(section, CGROUP, method == Method.CGROUP, "cgroup");
    goesWith(section, NAMESPACE, method == Method.NETNS, "netns");
    if (networkInterface.isEmpty() || gateways.isEmpty() || !section.isSound()) {
      return Optional.empty();
    }
    for (HostReader.Found host : hosts) {
      HostReader.checkGateway(host, gateways);
    }
    return Optional.of(
        new Pinning(method, networkInterface.get(), gateways, uid, cgroup, namespace, table, mss));
  }

  private static <T> void goesWith(Section section, Key<T> key, boolean needed, String methods) {
    if (needed != section.has(key)) {
      section.reject(
          key,
          section.value(key).map(String::valueOf).orElse("missing"),
          needed ? key.rule() + ", with this method" : "none, but with method " + methods);
    }
  }
}
