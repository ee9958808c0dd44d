package org.bgpannouncer.bgp.interop;

import static org.bgpannouncer.bgp.interop.Settings.OUR_AS;
import static org.bgpannouncer.bgp.interop.Settings.PASSWORD;
import static org.bgpannouncer.bgp.interop.Settings.THEIR_ROUTER_ID;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bgpannouncer.route.Prefix;
import org.jspecify.annotations.Nullable;

/** BIRD 2, asked through {@code birdc -v}: each line has a code. */
final class Bird implements Implementation {
  private static final String BIRD = "/usr/sbin/bird";
  private static final String BIRDC = "/usr/sbin/birdc";

  /** What it says of four-octet neighbors when it shall have no four-octet numbers. */
  static final String FOUR_OCTETS_ONLY = "Neighbor AS number out of range (AS4 not available)";

  /** {@code 1007-text}, or five spaces for the code of the line before. */
  private static final Pattern REPLY = Pattern.compile("([0-9]{4})[- ](.*)|     (.*)");

  private static final Pattern COUNT = Pattern.compile("([0-9]+) of [0-9]+ routes.*");

  private static final int NETWORK_NOT_FOUND = 8001;

  private final Daemon daemon;
  private final Path control;

  /**
   * A line of an answer.
   *
   * @param code the reply code of BIRD's control protocol
   * @param text what follows it
   */
  private record Reply(int code, String text) {}

  Bird(Settings settings) throws IOException {
    Path home = Daemon.newHome();
    control = home.resolve("control");
    Path file = Files.writeString(home.resolve("bird.conf"), configuration(settings));
    daemon =
        Daemon.start(home, Map.of(), BIRD, "-f", "-c", file.toString(), "-s", control.toString());
  }

  static String version(Path home) throws IOException {
    return Daemon.output(home, BIRD, "--version").strip().replaceFirst("BIRD version ", "");
  }

  /** What it says of a session without four-octet AS numbers, which it does not start. */
  static String problemWithTwoOctets(Path home) throws IOException {
    String configuration =
        configuration(Settings.of(Set.of(), Duration.ofSeconds(90)))
            .replace("strict bind;", "strict bind; enable as4 off;");
    Path file = Files.writeString(home.resolve("bird.conf"), configuration);
    return Daemon.run(home, BIRD, "-p", "-c", file.toString()).text();
  }

  private static String configuration(Settings settings) {
    return String.join(
        "\n",
        "log stderr all;",
        "router id " + THEIR_ROUTER_ID + ";",
        "protocol device {}",
        settings.when(Feature.THEY_ANNOUNCE, origin()),
        "protocol bgp announcer {",
        "  local %s port %d as %d;"
            .formatted(settings.theirAddress(), settings.theirs().getPort(), settings.theirAs()),
        "  neighbor %s port %d as %d;"
            .formatted(settings.ourAddress(), settings.ours().getPort(), OUR_AS),
        "  strict bind; multihop 2; connect delay time 1; connect retry time 1;",
        settings.theyDial() ? "" : "  passive;",
        "  error wait time 1, 1;",
        settings.when(Feature.GTSM, "  ttl security;"),
        settings.when(Feature.MD5, "  password \"" + PASSWORD + "\";"),
        settings.when(Feature.ROLES, "  local role provider;"),
        settings.when(Feature.EXTENDED_MESSAGES, "  enable extended messages;"),
        "  ipv4 { import all; export filter {"
            + " if source != RTS_STATIC then reject; bgp_med = 100; accept; };"
            + " next hop address 198.51.100.2;"
            + settings.when(Feature.ADD_PATH, " add paths rx;")
            + settings.when(Feature.EXTENDED_NEXT_HOP, " extended next hop;")
            + " };",
        "  ipv6 { import all; export where source = RTS_STATIC;"
            + " next hop address 2001:db8::2; };",
        "}",
        "");
  }

  private static String origin() {
    return "protocol static s4 { ipv4; route 203.0.113.0/24 blackhole {"
        + " bgp_path.prepend(4200000009);"
        + " bgp_community.add((64496, 1)); bgp_large_community.add((64496, 1, 2));"
        + " bgp_ext_community.add((rt, 64496, 5)); }; }\n"
        + "protocol static s6 { ipv6; route 2001:db8:203::/48 blackhole; }";
  }

  @Override
  public boolean isUp() throws IOException {
    return protocol().contains("BGP state:          Established");
  }

  private String protocol() throws IOException {
    return ask("show", "protocols", "all", "announcer").stream()
        .map(Reply::text)
        .collect(Collectors.joining("\n"));
  }

  @Override
  public List<HeldRoute> held(Prefix prefix) throws IOException {
    List<Map<String, String>> paths = new ArrayList<>();
    String name = "";
    for (Reply reply : ask("show", "route", prefix.toString(), "all", "protocol", "announcer")) {
      String text = reply.text();
      if (reply.code() == 1007 && text.contains("[announcer ")) {
        paths.add(new HashMap<>());
      } else if (reply.code() == 1012) {
        // A long list goes on in lines of its own.
        boolean goesOn = text.startsWith("\t\t");
        int colon = text.indexOf(':');
        name = goesOn ? name : text.substring(0, colon).strip();
        String value = goesOn ? text : text.substring(colon + 1).strip();
        paths.get(paths.size() - 1).merge(name, value, String::concat);
      }
    }
    boolean stale = protocol().contains("Neighbor graceful restart active");
    return paths.stream().map(path -> route(path, stale)).toList();
  }

  private static HeldRoute route(Map<String, String> path, boolean stale) {
    return new HeldRoute(
        path.getOrDefault("BGP.next_hop", ""),
        Stream.of(path.getOrDefault("BGP.as_path", "").split(" "))
            .filter(each -> !each.isEmpty())
            .map(Long::valueOf)
            .toList(),
        number(path.get("BGP.med")),
        number(path.get("BGP.local_pref")),
        values(path.get("BGP.community")),
        values(path.get("BGP.large_community")),
        values(path.get("BGP.ext_community")),
        OptionalLong.empty(),
        stale);
  }

  private static OptionalLong number(@Nullable String text) {
    return text == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(text));
  }

  /** {@code (64496,1) (64496,2)}, or with blanks behind the commas. */
  private static Set<String> values(@Nullable String text) {
    return text == null
        ? Set.of()
        : Pattern.compile("\\(([^)]*)\\)")
            .matcher(text)
            .results()
            .map(each -> each.group(1).replaceAll(", *", ":"))
            .collect(Collectors.toSet());
  }

  @Override
  public long count() throws IOException {
    for (Reply reply : ask("show", "route", "table", "master4", "protocol", "announcer", "count")) {
      Matcher count = COUNT.matcher(reply.text());
      if (reply.code() == 1007 && count.matches()) {
        return Long.parseLong(count.group(1));
      }
    }
    throw new IOException("show route count: no count");
  }

  @Override
  public long updates() throws IOException {
    // The first channel is that of IPv4.
    Matcher received = Pattern.compile("Import updates: +([0-9]+) ").matcher(protocol());
    if (!received.find()) {
      throw new IOException("show protocols all: no import updates");
    }
    return Long.parseLong(received.group(1));
  }

  @Override
  public String lastEnd() throws IOException {
    return daemon
        .log()
        .lines()
        .filter(line -> line.contains("announcer: Received:") || line.contains("announcer: Error:"))
        .reduce("", (before, line) -> line.substring(line.indexOf("announcer: ") + 11));
  }

  @Override
  public void askRefresh() throws IOException {
    ask("reload", "in", "announcer");
  }

  @Override
  public Daemon daemon() {
    return daemon;
  }

  private List<Reply> ask(String... command) throws IOException {
    List<String> birdc = new ArrayList<>(List.of(BIRDC, "-v", "-s", control.toString()));
    birdc.addAll(List.of(command));
    List<Reply> replies = new ArrayList<>();
    int code = 0;
    for (String line : daemon.run(birdc.toArray(String[]::new)).text().lines().toList()) {
      Matcher reply = REPLY.matcher(line);
      if (reply.matches()) {
        code = reply.group(1) == null ? code : Integer.parseInt(reply.group(1));
        replies.add(new Reply(code, reply.group(2) == null ? reply.group(3) : reply.group(2)));
      }
    }
    if (replies.isEmpty() || (code >= 8000 && code != NETWORK_NOT_FOUND)) {
      throw new IOException(String.join(" ", birdc) + ": " + replies);
    }
    return replies;
  }
}
