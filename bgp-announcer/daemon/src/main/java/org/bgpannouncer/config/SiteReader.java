package org.bgpannouncer.config;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofMinutes;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.config.Deployment.AnnouncerMachine;
import org.bgpannouncer.engine.AllowRule;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Prefix;

/** The keys of one site. */
final class SiteReader {
  /** RFC 6793; 0 is reserved (RFC 7607), and so is the last (RFC 7300). */
  private static final Key<Long> LOCAL_AS = Key.number("local-as", 1, 4294967294L);

  private static final Key<String> SITE =
      Key.name("site").withDefault("required, unless under `sites`");
  private static final Key<Node> SPEAKER =
      Key.structure("speaker", "a mapping, e.g. { type: exabgp }");
  private static final Key<AllowRule> ALLOW =
      new Key<>(
          "allow",
          "ADDRESS/LENGTH without host bits, or { prefix, le, scope: internal }",
          Key.REQUIRED,
          text -> AllowRule.exact(Prefix.parse(text)));
  private static final Key<Prefix> PHYSICAL_RANGE =
      Key.prefix("physical-range").withDefault(Key.NONE);
  private static final Key<IpAddress> SOURCE =
      Key.address("source").withDefault("the kernel's choice");
  private static final Key<Node> HEALTH =
      Key.structure("health", "a mapping of timers").withDefault("each at its default");
  private static final Key<Duration> ADOPT_FOR =
      Key.duration("adopt-for", ZERO, ofMinutes(10))
          .withDefault(Durations.print(SiteConfig.DEFAULT_ADOPT_FOR));
  private static final Key<Boolean> DRY_RUN = Key.flag("dry-run").withDefault("false");
  private static final Key<Node> CONTROL =
      Key.structure("control", "a mapping, e.g. { socket: PATH }").withDefault("`socket` as below");
  private static final Key<Node> ANNOUNCERS =
      Key.structure("announcers", "a list, e.g. [ { name: ann1, address: 192.0.2.1 } ]")
          .withDefault(Key.NONE);
  private static final Key<Node> PINNING =
      Key.structure("pinning", "a mapping, e.g. { interface: eth0, gateway: 192.0.2.1 }")
          .withDefault(Key.NONE);
  private static final Key<Node> ROUTER =
      Key.structure("router", "a mapping, e.g. { router-id: 192.0.2.1, lans: [...] }")
          .withDefault(Key.NONE);
  private static final Key<Node> HOSTS = Key.structure("hosts", "a list of hosts");
  private static final Key<Node> SERVICES = Key.structure("services", "a list of services");

  private static final Key<Path> SOCKET = socket().withDefault("/run/bgp-announcer/SITE.sock");

  static final KeyGroup KEYS =
      KeyGroup.of(
          "site",
          SITE,
          LOCAL_AS,
          SPEAKER,
          ALLOW,
          PHYSICAL_RANGE,
          SOURCE,
          HEALTH,
          ADOPT_FOR,
          DRY_RUN,
          CONTROL,
          ANNOUNCERS,
          PINNING,
          ROUTER,
          HOSTS,
          SERVICES);
  static final KeyGroup CONTROL_KEYS = KeyGroup.of("control", SOCKET);

  private SiteReader() {}

  /**
   * Reads one site.
   *
   * @param name the site's name where it stands under {@code sites}
   * @param otherRanges the physical ranges of the sites beside it
   */
  static Optional<DaemonConfig> read(
      Node.Mapping mapping,
      Optional<String> name,
      Map<String, List<Prefix>> otherRanges,
      Problems problems) {
    Section section = new Section(mapping, KEYS, problems);
    Optional<String> site = siteName(section, name);
    Optional<Long> localAs = section.value(LOCAL_AS);
    List<Prefix> physicalRanges = section.values(PHYSICAL_RANGE);
    section.oneAFamily(PHYSICAL_RANGE, physicalRanges, Prefix::isIpv4);
    section.value(SOURCE);
    section.section(HEALTH, HealthReader.KEYS).ifPresent(HealthReader::read);
    Duration adoptFor = section.value(ADOPT_FOR, SiteConfig.DEFAULT_ADOPT_FOR);
    boolean dryRun = section.value(DRY_RUN, false);
    Optional<Path> socket = section.section(CONTROL, CONTROL_KEYS).flatMap(s -> s.value(SOCKET));

    List<HostReader.Found> hosts =
        section.sections(HOSTS, HostReader.KEYS, HostReader.inherited(mapping)).stream()
            .map(HostReader::read)
            .toList();
    checkHosts(hosts, physicalRanges, section.has(ROUTER));
    List<AnnouncerMachine> announcers =
        DeploymentReader.announcers(
            section.sections(ANNOUNCERS, DeploymentReader.ANNOUNCER_KEYS), section.has(ROUTER));
    Deployment deployment =
        new Deployment(
            announcers,
            section
                .section(PINNING, DeploymentReader.PINNING_KEYS)
                .flatMap(pinning -> DeploymentReader.pinning(pinning, hosts)),
            section
                .section(ROUTER, RouterReader.KEYS)
                .flatMap(router -> RouterReader.read(router, localAs, announcers, hosts)),
            machines(hosts));
    List<AllowRule> allow = section.items(ALLOW, AllowReader.KEYS, AllowReader::read);
    Optional<SpeakerConfig> speaker =
        section
            .section(SPEAKER, SpeakerReader.KEYS)
            .flatMap(found -> SpeakerReader.read(found, localAs, allow));
    PrefixRules rules =
        new PrefixRules(
            allow,
            !allow.isEmpty() && allow.size() == section.itemsAt(ALLOW).size(),
            physicalRanges,
            otherRanges,
            problems);
    Map<String, HostReader.Found> byName = new LinkedHashMap<>();
    hosts.forEach(found -> found.name().ifPresent(host -> byName.putIfAbsent(host, found)));
    List<ServiceConfig> services =
        section.sections(SERVICES, ServiceReader.KEYS).stream()
            .flatMap(s -> ServiceReader.read(s, rules, byName, speaker, localAs).stream())
            .toList();
    if (services.size() == section.itemsAt(SERVICES).size()) {
      hosts.forEach(found -> HostReader.checkServiceAddress(found, services));
    }
    if (!section.isSound() || site.isEmpty() || localAs.isEmpty() || speaker.isEmpty()) {
      return Optional.empty();
    }
    List<HostConfig> sound = hosts.stream().flatMap(found -> found.host().stream()).toList();
    List<HostConfig> addressed =
        sound.stream()
            .map(host -> addressed(host, sound, physicalRanges, deployment, services))
            .toList();
    return Optional.of(
        new DaemonConfig(
            new SiteConfig(
                site.get(),
                localAs.get(),
                allow,
                physicalRanges,
                addressed,
                services,
                adoptFor,
                dryRun),
            speaker.get(),
            socket.orElseGet(() -> DaemonConfig.defaultControlSocket(site.get())),
            deployment));
  }

  private static Map<String, String> machines(List<HostReader.Found> hosts) {
    Map<String, String> machines = new LinkedHashMap<>();
    for (HostReader.Found found : hosts) {
      found
          .name()
          .ifPresent(
              name ->
                  found
                      .machine()
                      .filter(machine -> !machine.equals(name))
                      .ifPresent(machine -> machines.put(name, machine)));
    }
    return machines;
  }

  /** With what RPC shall find of the host's connections, where their source is said. */
  private static HostConfig addressed(
      HostConfig host,
      List<HostConfig> hosts,
      List<Prefix> physicalRanges,
      Deployment deployment,
      List<ServiceConfig> services) {
    return PinnedAddresses.rules(
            host, deployment.onMachineOf(host, hosts), physicalRanges, deployment, services)
        .flatMap(
            rules -> host.target().rpc().map(rpc -> host.with(host.target().with(rpc.with(rules)))))
        .orElse(host);
  }

  /** A site's physical ranges, before the site is read; without those that are wrong. */
  static List<Prefix> physicalRanges(Node.Mapping site) {
    return new Section(site, KEYS, new Problems("")).values(PHYSICAL_RANGE);
  }

  private static Optional<String> siteName(Section section, Optional<String> underSites) {
    if (underSites.isPresent()) {
      if (section.has(SITE)) {
        section.reject(SITE, "given", "no site beside or under sites, whose keys are the names");
      }
      return underSites;
    }
    if (!section.has(SITE)) {
      section.reject(SITE, "missing", SITE.rule());
    }
    return section.value(SITE);
  }

  private static void checkHosts(
      List<HostReader.Found> hosts, List<Prefix> physicalRanges, boolean hasRouter) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < hosts.size(); i++) {
      HostReader.Found found = hosts.get(i);
      found.name().filter(names::contains).ifPresent(n -> HostReader.rejectRepeatedName(found));
      found.name().ifPresent(names::add);
      HostReader.checkMachine(found, hosts.subList(0, i));
      HostReader.checkMachineName(found, hosts, hasRouter);
      HostReader.checkOutbound(found, physicalRanges);
    }
  }

  // sun_path holds 108 bytes with the final NUL (unix(7)); the socket is bound under a temporary
  // name in the same directory first.
  private static Key<Path> socket() {
    Key<Path> file = Key.file("socket");
    return new Key<>(
        file.name(),
        "an absolute path of at most 90 bytes",
        Key.REQUIRED,
        text -> {
          if (text.getBytes(StandardCharsets.UTF_8).length > 90) {
            throw new IllegalArgumentException();
          }
          return file.parse().apply(text);
        });
  }
}
