package org.bgpannouncer.bgp.interop;

import static org.bgpannouncer.bgp.interop.Settings.OUR_AS;
import static org.bgpannouncer.bgp.interop.Settings.PASSWORD;
import static org.bgpannouncer.bgp.interop.Settings.THEIR_ROUTER_ID;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bgpannouncer.route.Prefix;

/** FRR's bgpd without zebra, asked through {@code vtysh}, whose {@code json} is. */
final class Frr implements Implementation {
  private static final String BGPD = "/usr/lib/frr/bgpd";

  private final Daemon daemon;
  private final String neighbor;

  Frr(Settings settings) throws IOException {
    Path home = Daemon.newHome();
    neighbor = settings.ourAddress();
    Path file = Files.writeString(home.resolve("bgpd.conf"), configuration(settings));
    daemon =
        Daemon.start(
            home,
            Map.of(),
            BGPD,
            "--no_zebra",
            "--no_kernel",
            "--skip_runas",
            "--log=stdout",
            "--config_file=" + file,
            "--pid_file=" + home.resolve("pid"),
            "--vty_socket=" + home,
            "--vty_port=0",
            "--listenon=" + settings.theirAddress(),
            "--bgp_port=" + settings.theirs().getPort());
  }

  static String version(Path home) throws IOException {
    return Daemon.output(home, BGPD, "--version")
        .lines()
        .findFirst()
        .orElse("")
        .replaceFirst("bgpd version ", "");
  }

  private static String configuration(Settings settings) {
    String neighbor = " neighbor " + settings.ourAddress();
    return String.join(
        "\n",
        "frr defaults traditional",
        "log timestamp precision 3",
        "debug bgp neighbor-events",
        "route-map origin permit 10",
        " set metric 100",
        " set as-path prepend 4200000009",
        " set community 64496:1",
        " set large-community 64496:1:2",
        " set extcommunity rt 64496:5",
        "route-map everything permit 10",
        "route-map nothing deny 10",
        "router bgp " + settings.theirAs(),
        " bgp router-id " + THEIR_ROUTER_ID,
        " no bgp network import-check",
        settings.when(Feature.GRACEFUL_RESTART, " bgp graceful-restart"),
        " bgp graceful-restart stalepath-time 300",
        neighbor + " remote-as " + OUR_AS,
        neighbor + " port " + settings.ours().getPort(),
        neighbor + " update-source " + settings.theirAddress(),
        settings.theyDial() ? "" : neighbor + " passive",
        settings.has(Feature.GTSM)
            ? neighbor + " ttl-security hops 1\n" + neighbor + " disable-connected-check"
            : settings.unless(Feature.INTERNAL, neighbor + " ebgp-multihop 255"),
        neighbor + " timers connect 1",
        settings.when(Feature.MD5, neighbor + " password " + PASSWORD),
        settings.when(Feature.TWO_OCTET_AS, neighbor + " dont-capability-negotiate"),
        settings.when(Feature.ROLES, neighbor + " local-role provider"),
        settings.when(Feature.EXTENDED_NEXT_HOP, neighbor + " capability extended-nexthop"),
        family(settings, "ipv4", Settings.THEIR_IPV4 + " route-map origin"),
        family(settings, "ipv6", Settings.THEIR_IPV6.toString()),
        "");
  }

  private static String family(Settings settings, String family, String network) {
    String neighbor = "  neighbor " + settings.ourAddress();
    return String.join(
        "\n",
        " address-family " + family + " unicast",
        neighbor + " activate",
        settings.unless(Feature.THEY_ANNOUNCE, neighbor + " route-map nothing out"),
        // RFC 8212: without a policy, FRR takes nothing.
        neighbor + " route-map everything in",
        settings.when(Feature.THEY_ANNOUNCE, neighbor + " route-map everything out"),
        settings.when(Feature.THEY_ANNOUNCE, "  network " + network),
        " exit-address-family");
  }

  @Override
  public boolean isUp() throws IOException {
    return neighbor().path("bgpState").asText().equals("Established");
  }

  private JsonNode neighbor() throws IOException {
    return ask("show bgp neighbors " + neighbor + " json").path(neighbor);
  }

  @Override
  public List<HeldRoute> held(Prefix prefix) throws IOException {
    String family = prefix.isIpv4() ? "ipv4" : "ipv6";
    List<HeldRoute> routes = new ArrayList<>();
    for (JsonNode path : ask("show bgp " + family + " unicast " + prefix + " json").path("paths")) {
      routes.add(
          new HeldRoute(
              path.path("nexthops").path(0).path("ip").asText(),
              Stream.of(path.path("aspath").path("string").asText().split(" "))
                  .filter(each -> each.matches("[0-9]+"))
                  .map(Long::valueOf)
                  .toList(),
              number(path, "metric"),
              number(path, "locPrf"),
              texts(path.path("community").path("list")),
              texts(path.path("largeCommunity").path("list")),
              Stream.of(path.path("extendedCommunity").path("string").asText().split(" "))
                  .filter(each -> !each.isEmpty())
                  .map(each -> each.replaceFirst("^RT:", "rt:"))
                  .collect(Collectors.toSet()),
              number(path, "addpathRxId"),
              path.path("stale").asBoolean()));
    }
    return routes;
  }

  static OptionalLong number(JsonNode object, String name) {
    return object.has(name) ? OptionalLong.of(object.get(name).asLong()) : OptionalLong.empty();
  }

  private static Set<String> texts(JsonNode list) {
    Set<String> texts = new HashSet<>();
    list.forEach(each -> texts.add(each.asText()));
    return texts;
  }

  @Override
  public long count() throws IOException {
    return ask("show bgp ipv4 unicast summary json")
        .path("peers")
        .path(neighbor)
        .path("pfxRcd")
        .asLong();
  }

  @Override
  public long updates() throws IOException {
    return neighbor().path("messageStats").path("updatesRecv").asLong();
  }

  @Override
  public String lastEnd() throws IOException {
    JsonNode now = neighbor();
    return now.path("lastResetDueTo").asText()
        + " "
        + now.path("lastNotificationReason").asText()
        + " "
        + now.path("lastShutdownDescription").asText();
  }

  @Override
  public void askRefresh() throws IOException {
    daemon.output(vtysh("clear bgp ipv4 unicast " + neighbor + " soft in"));
  }

  @Override
  public Daemon daemon() {
    return daemon;
  }

  private JsonNode ask(String command) throws IOException {
    return Daemon.json(daemon.output(vtysh(command)));
  }

  private String[] vtysh(String command) {
    return new String[] {
      "vtysh", "--vty_socket", daemon.home().toString(), "-d", "bgpd", "-c", command
    };
  }
}
