package org.bgpannouncer.bgp.interop;

import static org.bgpannouncer.bgp.interop.Settings.OUR_AS;
import static org.bgpannouncer.bgp.interop.Settings.PASSWORD;
import static org.bgpannouncer.bgp.interop.Settings.THEIR_ROUTER_ID;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Prefix;

/**
 * ExaBGP, which keeps no routes: what it holds is the sum of what it told its process in its JSON
 * encoding.
 */
final class ExaBgp implements Implementation {
  /** What it says of a shutdown communication, which it then answers with 1/0. */
  static final String SHUTDOWN_UNREADABLE = "can not decode update message of type";

  private final Daemon daemon;
  private final Path events;
  private final Path commands;

  /** By prefix, then by path id, or by nothing. */
  private final Map<String, Map<String, HeldRoute>> routes = new LinkedHashMap<>();

  private long read;
  private long updates;
  private boolean up;
  private String lastEnd = "";

  ExaBgp(Settings settings) throws IOException {
    Path home = Daemon.newHome();
    events = Files.createFile(home.resolve("events"));
    commands = Files.createFile(home.resolve("commands"));
    Path process =
        Files.writeString(
            home.resolve("process"),
            "#!/bin/sh\ntail --pid=$$ -n +1 -f %s &\nexec cat >>%s\n".formatted(commands, events));
    Files.setPosixFilePermissions(process, PosixFilePermissions.fromString("rwx------"));
    Path file = Files.writeString(home.resolve("exabgp.conf"), configuration(settings, process));
    daemon =
        Daemon.start(
            home,
            Map.of(
                "exabgp_daemon_user", "root",
                "exabgp_api_cli", "false",
                "exabgp_api_ack", "false"),
            "exabgp",
            file.toString());
  }

  static String version(Path home) throws IOException {
    return Daemon.output(home, "exabgp", "--version")
        .lines()
        .findFirst()
        .orElse("")
        .replaceFirst("ExaBGP *: *", "");
  }

  private static String configuration(Settings settings, Path process) {
    // The others look for our number in the capability that they do not use.
    long peerAs = settings.has(Feature.TWO_OCTET_AS) ? OpenMessage.AS_TRANS : OUR_AS;
    return String.join(
        "\n",
        "process sink {",
        "  run " + process + ";",
        "  encoder json;",
        "}",
        "neighbor " + settings.ourAddress() + " {",
        "  router-id " + THEIR_ROUTER_ID + "; local-address " + settings.theirAddress() + ";",
        "  local-as " + settings.theirAs() + "; peer-as " + peerAs + ";",
        settings.theyDial() ? "  connect " + settings.ours().getPort() + ";" : "  passive true;",
        settings.unless(Feature.THEY_DIAL, "  listen " + settings.theirs().getPort() + ";"),
        settings.when(Feature.GTSM, "  outgoing-ttl 255; incoming-ttl 255;"),
        settings.when(Feature.MD5, "  md5-password \"" + PASSWORD + "\"; md5-base64 false;"),
        "  family { ipv4 unicast; ipv6 unicast; }",
        settings.when(Feature.EXTENDED_NEXT_HOP, "  nexthop { ipv4 unicast ipv6; }"),
        "  capability {",
        "    route-refresh enable;",
        settings.when(Feature.GRACEFUL_RESTART, "    graceful-restart 120;"),
        settings.when(Feature.TWO_OCTET_AS, "    asn4 disable;"),
        settings.when(Feature.ADD_PATH, "    add-path receive;"),
        settings.when(Feature.EXTENDED_NEXT_HOP, "    nexthop enable;"),
        "    extended-message "
            + (settings.has(Feature.EXTENDED_MESSAGES) ? "enable" : "disable")
            + ";",
        "  }",
        "  api {",
        "    processes [ sink ];",
        "    neighbor-changes;",
        "    receive { parsed; update; notification; }",
        "  }",
        settings.when(
            Feature.THEY_ANNOUNCE,
            "  static {\n"
                // A route wants one line.
                + "    route 203.0.113.0/24 next-hop 198.51.100.2 med 100"
                + " as-path [ 64510 4200000009 ] community [ 64496:1 ]"
                + " large-community [ 64496:1:2 ] extended-community [ target:64496:5 ];\n"
                + "    route 2001:db8:203::/48 next-hop 2001:db8::2;\n"
                + "  }"),
        "}",
        "");
  }

  @Override
  public boolean isUp() throws IOException {
    fold();
    return up;
  }

  /** Reads what came since the last time, as far as the lines are whole. */
  private void fold() throws IOException {
    byte[] all = Files.readAllBytes(events);
    String text = new String(all, (int) read, all.length - (int) read, StandardCharsets.UTF_8);
    int end = text.lastIndexOf('\n') + 1;
    read += text.substring(0, end).getBytes(StandardCharsets.UTF_8).length;
    for (String line : text.substring(0, end).lines().toList()) {
      JsonNode event = Daemon.json(line);
      JsonNode neighbor = event.path("neighbor");
      switch (event.path("type").asText()) {
        case "state" -> {
          up = neighbor.path("state").asText().equals("up");
          if (neighbor.path("state").asText().equals("down")) {
            routes.clear();
            lastEnd += line + "\n";
          }
        }
        case "notification" -> lastEnd += line + "\n";
        case "update" -> fold(neighbor.path("message").path("update"));
        default -> {}
      }
    }
  }

  private void fold(JsonNode update) {
    if (update.path("announce").has("ipv4 unicast")) {
      updates++;
    }
    update
        .path("withdraw")
        .forEach(family -> family.forEach(each -> paths(each).remove(pathId(each))));
    for (JsonNode family : update.path("announce")) {
      for (Map.Entry<String, JsonNode> byNextHop : family.properties()) {
        for (JsonNode nlri : byNextHop.getValue()) {
          HeldRoute route = route(byNextHop.getKey(), update.path("attribute"), pathId(nlri));
          paths(nlri).put(pathId(nlri), route);
        }
      }
    }
  }

  private Map<String, HeldRoute> paths(JsonNode nlri) {
    return routes.computeIfAbsent(nlri.path("nlri").asText(), prefix -> new TreeMap<>());
  }

  private static String pathId(JsonNode nlri) {
    return nlri.path("path-information").asText();
  }

  private static HeldRoute route(String nextHop, JsonNode attributes, String pathId) {
    List<Long> asPath = new ArrayList<>();
    attributes.path("as-path").forEach(as -> asPath.add(as.asLong()));
    Set<String> extended = new HashSet<>();
    attributes
        .path("extended-community")
        .forEach(each -> extended.add(each.path("string").asText().replace("target:", "rt:")));
    return new HeldRoute(
        nextHop,
        asPath,
        Frr.number(attributes, "med"),
        Frr.number(attributes, "local-preference"),
        joined(attributes.path("community")),
        joined(attributes.path("large-community")),
        extended,
        pathId.isEmpty()
            ? OptionalLong.empty()
            // Printed as an address.
            : OptionalLong.of(IpAddress.parse(pathId).highBits() >>> 32),
        false);
  }

  private static Set<String> joined(JsonNode lists) {
    Set<String> joined = new HashSet<>();
    for (JsonNode list : lists) {
      List<String> numbers = new ArrayList<>();
      list.forEach(number -> numbers.add(number.asText()));
      joined.add(String.join(":", numbers));
    }
    return joined;
  }

  @Override
  public List<HeldRoute> held(Prefix prefix) throws IOException {
    fold();
    return List.copyOf(routes.getOrDefault(prefix.toString(), Map.of()).values());
  }

  @Override
  public long count() throws IOException {
    fold();
    return routes.entrySet().stream()
        .filter(each -> !each.getKey().contains(":") && !each.getValue().isEmpty())
        .count();
  }

  @Override
  public long updates() throws IOException {
    fold();
    return updates;
  }

  @Override
  public String lastEnd() throws IOException {
    fold();
    return lastEnd;
  }

  @Override
  public void askRefresh() throws IOException {
    Files.writeString(commands, "announce route-refresh ipv4 unicast\n", StandardOpenOption.APPEND);
  }

  @Override
  public Daemon daemon() {
    return daemon;
  }
}
