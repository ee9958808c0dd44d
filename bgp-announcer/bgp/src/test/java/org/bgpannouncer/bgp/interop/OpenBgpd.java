package org.bgpannouncer.bgp.interop;

import static org.bgpannouncer.bgp.interop.Settings.OUR_AS;
import static org.bgpannouncer.bgp.interop.Settings.PASSWORD;
import static org.bgpannouncer.bgp.interop.Settings.THEIR_ROUTER_ID;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.bgpannouncer.route.Prefix;

/**
 * OpenBGPD, asked through {@code bgpctl -j}. It locks its parts into /run/openbgpd, which systemd
 * makes elsewhere and a mount namespace of its own makes here.
 */
final class OpenBgpd implements Implementation {
  private final Daemon daemon;
  private final Path control;
  private final String neighbor;

  OpenBgpd(Settings settings) throws IOException {
    Path home = Daemon.newHome();
    control = home.resolve("control");
    neighbor = settings.ourAddress();
    Path file = Files.writeString(home.resolve("bgpd.conf"), configuration(settings, control));
    // It takes no file that others may read.
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    daemon =
        Daemon.start(
            home,
            Map.of(),
            "unshare",
            "--mount",
            "sh",
            "-ec",
            "mount -t tmpfs none /run; mkdir /run/openbgpd; exec /usr/sbin/bgpd -dvf \"$0\"",
            file.toString());
  }

  static String version(Path home) throws IOException {
    return Daemon.output(home, "/usr/sbin/bgpd", "-V").strip().replaceFirst("OpenBGPD ", "");
  }

  private static String configuration(Settings settings, Path control) {
    return String.join(
        "\n",
        "AS " + settings.theirAs(),
        "router-id " + THEIR_ROUTER_ID,
        "listen on %s port %d".formatted(settings.theirAddress(), settings.theirs().getPort()),
        "socket \"" + control + "\"",
        "fib-update no",
        "connect-retry 1",
        settings.when(
            Feature.THEY_ANNOUNCE,
            "network 203.0.113.0/24 set { metric 100 community 64496:1"
                + " large-community 64496:1:2 ext-community rt 64496:5 nexthop 198.51.100.2 }\n"
                + "network 2001:db8:203::/48 set { nexthop 2001:db8::2 }"),
        "neighbor " + settings.ourAddress() + " {",
        "  remote-as " + OUR_AS,
        "  port " + settings.ours().getPort(),
        // With one, it hears no signed segments on the address that it listens on.
        settings.theyDial() ? "  local-address " + settings.theirAddress() : "  passive",
        settings.has(Feature.GTSM)
            ? "  ttl-security yes"
            : settings.unless(Feature.INTERNAL, "  multihop 8"),
        "  announce IPv4 unicast",
        "  announce IPv6 unicast",
        settings.when(Feature.ADD_PATH, "  announce add-path recv yes"),
        settings.when(Feature.TWO_OCTET_AS, "  announce as-4byte no"),
        settings.when(Feature.ROLES, "  announce policy provider"),
        settings.when(Feature.MD5, "  tcp md5sig password \"" + PASSWORD + "\""),
        "}",
        "allow from any",
        settings.when(Feature.THEY_ANNOUNCE, "allow to any"),
        "");
  }

  @Override
  public boolean isUp() throws IOException {
    return neighbor().path("state").asText().equals("Established");
  }

  private JsonNode neighbor() throws IOException {
    return ask("show", "neighbor", neighbor).path("neighbors").path(0);
  }

  @Override
  public List<HeldRoute> held(Prefix prefix) throws IOException {
    List<HeldRoute> routes = new ArrayList<>();
    for (JsonNode route : ask("show", "rib", "in", "detail", prefix.toString()).path("rib")) {
      routes.add(
          new HeldRoute(
              route.path("exit_nexthop").asText(),
              Stream.of(route.path("aspath").asText().split(" "))
                  .filter(each -> !each.isEmpty())
                  .map(Long::valueOf)
                  .toList(),
              Frr.number(route, "metric"),
              Frr.number(route, "localpref"),
              texts(route.path("communities")),
              texts(route.path("large_communities")),
              texts(route.path("extended_communities")),
              Frr.number(route, "path_id"),
              route.path("stale").asBoolean()));
    }
    return routes;
  }

  private static Set<String> texts(JsonNode list) {
    Set<String> texts = new HashSet<>();
    list.forEach(each -> texts.add(each.asText().replace(' ', ':')));
    return texts;
  }

  @Override
  public long count() throws IOException {
    return neighbor().path("stats").path("prefixes").path("received").asLong();
  }

  @Override
  public long updates() throws IOException {
    return neighbor().path("stats").path("update").path("received").path("updates").asLong();
  }

  @Override
  public String lastEnd() throws IOException {
    JsonNode now = neighbor();
    return now.path("last_error_received").asText()
        + " "
        + now.path("last_error_sent").asText()
        + " "
        + now.path("last_shutdown_reason").asText();
  }

  @Override
  public void askRefresh() throws IOException {
    daemon.output(bgpctl("neighbor", neighbor, "refresh"));
  }

  @Override
  public Daemon daemon() {
    return daemon;
  }

  private JsonNode ask(String... command) throws IOException {
    List<String> json = new ArrayList<>(List.of("-j"));
    json.addAll(List.of(command));
    return Daemon.json(daemon.output(bgpctl(json.toArray(String[]::new))));
  }

  private String[] bgpctl(String... command) {
    List<String> all = new ArrayList<>(List.of("/usr/sbin/bgpctl", "-s", control.toString()));
    all.addAll(List.of(command));
    return all.toArray(String[]::new);
  }
}
