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
import org.bgpannouncer.route.Prefix;

/** GoBGP, asked through {@code gobgp -j}; the ends of sessions stand in its log, JSON as well. */
final class GoBgp implements Implementation {
  private final Daemon daemon;
  private final String neighbor;
  private final String target;
  private final boolean announces;
  private boolean announced;

  GoBgp(Settings settings) throws IOException {
    Path home = Daemon.newHome();
    neighbor = settings.ourAddress();
    target = "unix://" + home.resolve("control");
    announces = settings.has(Feature.THEY_ANNOUNCE);
    Path file = Files.writeString(home.resolve("gobgpd.toml"), configuration(settings));
    daemon =
        Daemon.start(
            home,
            Map.of(),
            "gobgpd",
            "--config-file=" + file,
            "--api-hosts=" + target,
            "--pprof-disable");
  }

  static String version(Path home) throws IOException {
    return Daemon.output(home, "gobgpd", "--version").strip().replaceFirst("gobgpd version ", "");
  }

  private static String configuration(Settings settings) {
    return String.join(
        "\n",
        "[global.config]",
        "as = " + settings.theirAs(),
        "router-id = '" + THEIR_ROUTER_ID + "'",
        "port = " + settings.theirs().getPort(),
        "local-address-list = ['" + settings.theirAddress() + "']",
        "[[neighbors]]",
        "[neighbors.config]",
        "neighbor-address = '" + settings.ourAddress() + "'",
        "peer-as = " + OUR_AS,
        settings.when(Feature.MD5, "auth-password = '" + PASSWORD + "'"),
        "[neighbors.transport.config]",
        "passive-mode = " + !settings.theyDial(),
        "local-address = '" + settings.theirAddress() + "'",
        "remote-port = " + settings.ours().getPort(),
        "[neighbors.timers.config]",
        "connect-retry = 1",
        "idle-hold-time-after-reset = 1",
        "[neighbors.ttl-security.config]",
        "enabled = " + settings.has(Feature.GTSM),
        "ttl-min = 255",
        "[neighbors.ebgp-multihop.config]",
        "enabled = " + !(settings.has(Feature.INTERNAL) || settings.has(Feature.GTSM)),
        "multihop-ttl = 10",
        "[neighbors.graceful-restart.config]",
        "enabled = " + settings.has(Feature.GRACEFUL_RESTART),
        "notification-enabled = " + settings.has(Feature.HARD_RESET),
        "restart-time = 120",
        family(settings, "ipv4-unicast"),
        family(settings, "ipv6-unicast"),
        "");
  }

  private static String family(Settings settings, String name) {
    return String.join(
        "\n",
        "[[neighbors.afi-safis]]",
        "[neighbors.afi-safis.config]",
        "afi-safi-name = '" + name + "'",
        "[neighbors.afi-safis.add-paths.config]",
        "receive = " + settings.has(Feature.ADD_PATH),
        "[neighbors.afi-safis.mp-graceful-restart.config]",
        "enabled = " + settings.has(Feature.GRACEFUL_RESTART));
  }

  @Override
  public boolean isUp() throws IOException {
    if (announces && !announced) {
      announce();
      announced = true;
    }
    // 6 is ESTABLISHED in its API.
    return ask("neighbor", neighbor).path("state").path("session_state").asInt() == 6;
  }

  private void announce() throws IOException {
    daemon.output(
        gobgp(
            ("global rib add -a ipv4 203.0.113.0/24 origin igp nexthop 198.51.100.2 med 100"
                    + " aspath 4200000009 community 64496:1 large-community 64496:1:2 rt 64496:5")
                .split(" ")));
    daemon.output(
        gobgp(
            "global rib add -a ipv6 2001:db8:203::/48 origin igp nexthop 2001:db8::2".split(" ")));
  }

  @Override
  public List<HeldRoute> held(Prefix prefix) throws IOException {
    String family = prefix.isIpv4() ? "ipv4" : "ipv6";
    JsonNode answer = ask("global", "rib", "-a", family);
    List<HeldRoute> routes = new ArrayList<>();
    for (JsonNode path : answer.path(prefix.toString())) {
      routes.add(route(path));
    }
    return routes;
  }

  private static HeldRoute route(JsonNode path) {
    String nextHop = "";
    List<Long> asPath = new ArrayList<>();
    OptionalLong med = OptionalLong.empty();
    OptionalLong localPreference = OptionalLong.empty();
    Set<String> communities = new HashSet<>();
    Set<String> large = new HashSet<>();
    Set<String> extended = new HashSet<>();
    for (JsonNode attribute : path.path("attrs")) {
      switch (attribute.path("type").asInt()) {
        case 2 ->
            attribute
                .findValues("asns")
                .forEach(list -> list.forEach(as -> asPath.add(as.asLong())));
        case 3, 14 -> nextHop = attribute.path("nexthop").asText();
        case 4 -> med = Frr.number(attribute, "metric");
        case 5 -> localPreference = Frr.number(attribute, "value");
        case 8 ->
            attribute
                .path("communities")
                .forEach(
                    each ->
                        communities.add((each.asLong() >> 16) + ":" + (each.asLong() & 0xffff)));
        case 16 ->
            attribute
                .path("value")
                .forEach(each -> extended.add("rt:" + each.path("value").asText()));
        case 32 ->
            attribute
                .path("value")
                .forEach(
                    each ->
                        large.add(
                            each.path("ASN").asText()
                                + ":"
                                + each.path("LocalData1").asText()
                                + ":"
                                + each.path("LocalData2").asText()));
        default -> {}
      }
    }
    return new HeldRoute(
        nextHop,
        asPath,
        med,
        localPreference,
        communities,
        large,
        extended,
        OptionalLong.empty(),
        path.path("stale").asBoolean());
  }

  @Override
  public long count() throws IOException {
    return ask("global", "rib", "summary", "-a", "ipv4").path("num_path").asLong();
  }

  @Override
  public long updates() throws IOException {
    return ask("neighbor", neighbor)
        .path("state")
        .path("messages")
        .path("received")
        .path("update")
        .asLong();
  }

  /** How often it has asked for a table once more. */
  long refreshesSent() throws IOException {
    return ask("neighbor", neighbor)
        .path("state")
        .path("messages")
        .path("sent")
        .path("refresh")
        .asLong();
  }

  @Override
  public String lastEnd() throws IOException {
    return daemon
        .log()
        .lines()
        .filter(line -> line.contains("notification") || line.contains("Peer Down"))
        .reduce("", (before, line) -> before + line + "\n");
  }

  @Override
  public void askRefresh() throws IOException {
    daemon.output(gobgp("neighbor", neighbor, "softresetin"));
  }

  @Override
  public Daemon daemon() {
    return daemon;
  }

  private JsonNode ask(String... command) throws IOException {
    return Daemon.json(daemon.output(gobgp(command)));
  }

  private String[] gobgp(String... command) {
    List<String> all = new ArrayList<>(List.of("gobgp", "--target", target, "-j"));
    all.addAll(List.of(command));
    return all.toArray(String[]::new);
  }
}
