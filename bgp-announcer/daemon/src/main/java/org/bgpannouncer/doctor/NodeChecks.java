package org.bgpannouncer.doctor;

import static java.util.stream.Collectors.joining;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.doctor.BitcoinConf.Setting;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig.Credentials;
import org.bgpannouncer.route.IpAddress;

/** The node's own bitcoin.conf, which RPC does not tell. */
final class NodeChecks {
  /** As Core 29 has them by default; before it was 4 and 16. */
  private static final int RPC_THREADS = 16;

  private static final int RPC_WORK_QUEUE = 64;

  /** Below it inbound peers have hardly a slot beside the outgoing ones. */
  private static final int FEWEST_CONNECTIONS = 40;

  private static final String COOKIE_USER = "__cookie__";
  private static final String RESTART = " Takes a restart of the node.";

  private final Machine machine;
  private final List<HostConfig> hosts;
  private final Optional<Path> named;
  private final List<Told> clientAddresses;

  /**
   * What peers should be told.
   *
   * @param usual the port where no other is named
   */
  private record Told(IpAddress address, int port, int usual) {
    /** ADDRESS, ADDRESS:PORT, [ADDRESS] or [ADDRESS]:PORT, in any spelling. */
    boolean is(String value) {
      Matcher parts = EXTERNAL.matcher(value);
      if (!parts.matches()) {
        return false;
      }
      try {
        String text = parts.group(1) == null ? parts.group(3) : parts.group(1);
        String named = parts.group(1) == null ? parts.group(4) : parts.group(2);
        return IpAddress.parse(text).equals(address)
            && (named == null ? usual : Integer.parseInt(named)) == port;
      } catch (IllegalArgumentException e) {
        return false; // a name, an onion service
      }
    }

    @Override
    public String toString() {
      return port == usual
          ? address.toString()
          : (address.isIpv4() ? address.toString() : "[" + address + "]") + ":" + port;
    }
  }

  private static final Pattern EXTERNAL =
      Pattern.compile(
          "\\[([0-9a-fA-F:.]+)](?::(\\d{1,5}))?|([0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)(?::(\\d{1,5}))?");

  /**
   * Those of a machine.
   *
   * @param hosts those on it, which are one node
   * @param named the file, if the user has said which
   */
  NodeChecks(Machine machine, DaemonConfig site, List<HostConfig> hosts, Optional<Path> named) {
    this.machine = machine;
    this.hosts = List.copyOf(hosts);
    this.named = named;
    int usual = network().p2pPort();
    this.clientAddresses =
        site.site().services().stream()
            .filter(
                service -> hosts.stream().anyMatch(host -> service.hosts().contains(host.name())))
            .filter(service -> service.by().contains(Aspect.P2P))
            .filter(service -> service.address().isPresent())
            .map(
                service ->
                    new Told(service.address().orElseThrow(), service.port().orElse(usual), usual))
            .distinct()
            .toList();
  }

  void askAll(Findings findings) {
    Optional<Path> file = named.or(this::usualPlace);
    if (file.isEmpty()) {
      findings.add(
          Finding.unchecked(
              Check.BITCOIN_CONF,
              "not beside the cookie, not in /etc/bitcoin (expected: --bitcoin-conf)"));
      return;
    }
    BitcoinConf conf;
    try {
      conf = BitcoinConf.read(machine, file.get(), network().chain(), dataFolder());
    } catch (CannotTellException e) {
      findings.add(Finding.unchecked(Check.BITCOIN_CONF, e.missing()));
      return;
    }
    findings.ask(Check.MAXCONNECTIONS, "enough for clients", () -> maxConnections(conf));
    if (rpc().findAny().isPresent()) {
      findings.ask(
          Check.RPCTHREADS,
          "at least " + RPC_THREADS,
          () -> atLeast(conf, Check.RPCTHREADS, RPC_THREADS));
      findings.ask(
          Check.RPCWORKQUEUE,
          "at least " + RPC_WORK_QUEUE,
          () -> atLeast(conf, Check.RPCWORKQUEUE, RPC_WORK_QUEUE));
      findings.ask(
          Check.RPCWHITELISTDEFAULT, "leaves the announcer its calls", () -> whitelists(conf));
    }
    if (!clientAddresses.isEmpty()) {
      findings.ask(Check.EXTERNALIP, "the service address", () -> externalIp(conf));
      findings.ask(Check.DISCOVER, "off", () -> discover(conf));
    }
  }

  private Stream<RpcConfig> rpc() {
    return hosts.stream().flatMap(host -> host.target().rpc().stream());
  }

  private BitcoinNetwork network() {
    return hosts.stream()
        .flatMap(host -> host.target().network().stream())
        .findFirst()
        .orElse(BitcoinNetwork.MAINNET);
  }

  /** Of each host that is asked with one. */
  private Stream<Path> cookies() {
    return rpc()
        .map(RpcConfig::credentials)
        .filter(Credentials.CookieFile.class::isInstance)
        .map(credentials -> ((Credentials.CookieFile) credentials).file());
  }

  private Optional<Path> usualPlace() {
    // DATADIR/.cookie, or DATADIR/CHAIN/.cookie.
    Stream<Path> besideCookies =
        cookies()
            .flatMap(
                cookie ->
                    Stream.of(
                        cookie.resolveSibling("bitcoin.conf"),
                        cookie.resolveSibling("../bitcoin.conf").normalize()));
    return Stream.concat(besideCookies, Stream.of(Path.of("/etc/bitcoin/bitcoin.conf")))
        .filter(Files::exists)
        .findFirst();
  }

  /** The cookie is in DATADIR, or in DATADIR/CHAIN. */
  private Optional<Path> dataFolder() {
    return cookies()
        .findFirst()
        .flatMap(cookie -> Optional.ofNullable(cookie.toAbsolutePath().getParent()))
        .flatMap(
            folder ->
                network() == BitcoinNetwork.MAINNET
                    ? Optional.of(folder)
                    : Optional.ofNullable(folder.getParent()));
  }

  private List<Finding> maxConnections(BitcoinConf conf) throws CannotTellException {
    int found = number(conf.first("maxconnections")).orElse(RpcConfig.DEFAULT_MAX_CONNECTIONS);
    int expected =
        rpc().mapToInt(RpcConfig::maxConnections).max().orElse(RpcConfig.DEFAULT_MAX_CONNECTIONS);
    if (found < FEWEST_CONNECTIONS) {
      return List.of(
          Finding.problem(
              Check.MAXCONNECTIONS,
              found + " (expected: " + Math.max(expected, FEWEST_CONNECTIONS) + ")",
              "Beside "
                  + RpcConfig.OUTBOUND_SLOTS
                  + " outgoing connections hardly a client has a place: the service is full while the"
                  + " site announces itself."
                  + RESTART,
              conf.set("maxconnections", String.valueOf(Math.max(expected, FEWEST_CONNECTIONS)))));
    }
    // Without RPC nobody counts them.
    return rpc().findAny().isPresent() && found != expected
        ? List.of(
            Finding.warning(
                Check.MAXCONNECTIONS,
                conf.first("maxconnections").map(Setting::value).orElse("not set")
                    + " (expected: "
                    + expected
                    + ")",
                "The announcer calls a node full by what the site file says (rpc.max-connections): of"
                    + " another number it sees the fullness too late, or never."
                    + RESTART,
                found > expected
                    ? "# rpc: { max-connections: "
                        + found
                        + " } of "
                        + hosts.stream().map(HostConfig::name).collect(joining(" and "))
                        + " in the site file, or "
                        + expected
                        + " in bitcoin.conf"
                    : conf.set("maxconnections", String.valueOf(expected))))
        : List.of();
  }

  private static List<Finding> atLeast(BitcoinConf conf, Check key, int least)
      throws CannotTellException {
    Optional<Integer> found = number(conf.first(key.toString()));
    return found.orElse(0) >= least
        ? List.of()
        : List.of(
            Finding.warning(
                key,
                found.map(String::valueOf).orElse("not set, which is enough from Core 29 on")
                    + " (expected: "
                    + least
                    + ")",
                "A wallet or an indexer takes all of them: the announcer's calls wait or are refused, and"
                    + " a node that serves is called slow. Core before 29 has 4 threads and a queue of 16"
                    + " by default."
                    + RESTART,
                conf.set(key.toString(), String.valueOf(least))));
  }

  /** Of each user that we are, with what all hosts on this machine are asked as that one. */
  private List<Finding> whitelists(BitcoinConf conf) {
    Map<String, Set<String>> callsByUser = new TreeMap<>();
    rpc()
        .forEach(
            rpc ->
                callsByUser
                    .computeIfAbsent(user(rpc), user -> new TreeSet<>())
                    .addAll(rpc.methods()));
    List<Finding> bad = new ArrayList<>();
    callsByUser.forEach((user, calls) -> bad.addAll(whitelist(conf, user, calls)));
    return bad;
  }

  private static String user(RpcConfig rpc) {
    return rpc.credentials() instanceof Credentials.UserAndPasswordFile named
        ? named.user()
        : COOKIE_USER;
  }

  /**
   * A user with several lists may call what is on each of them, and one without a list nothing, as
   * soon as anybody has one (Bitcoin Core, httprpc.cpp).
   */
  private static List<Finding> whitelist(BitcoinConf conf, String user, Set<String> calls) {
    List<Setting> lists = conf.all("rpcwhitelist");
    boolean closed = conf.first("rpcwhitelistdefault").map(Setting::isOn).orElse(!lists.isEmpty());
    Set<String> missing = new TreeSet<>();
    boolean listed = false;
    Optional<Setting> last = Optional.empty();
    for (Setting list : lists) {
      int colon = list.value().indexOf(':');
      String of = colon < 0 ? list.value() : list.value().substring(0, colon);
      if (of.equals(user)) {
        listed = true;
        last = Optional.of(list);
        Set<String> left = new TreeSet<>(calls);
        if (colon >= 0) {
          left.removeAll(
              List.of(list.value().substring(colon + 1).replace(" ", "").split(",", -1)));
        }
        missing.addAll(left);
      }
    }
    if (listed ? missing.isEmpty() : !closed) {
      return List.of();
    }
    String right = "rpcwhitelist=" + user + ":" + String.join(",", calls);
    return List.of(
        Finding.problem(
            Check.RPCWHITELISTDEFAULT,
            listed
                ? "the rpcwhitelist of "
                    + user
                    + " lacks "
                    + String.join(", ", missing)
                    + " (expected: the announcer's calls)"
                : "there is no rpcwhitelist of "
                    + user
                    + ", and who has none may call nothing (expected: the announcer's calls)",
            "As soon as one user has a list, who has none may call nothing: each of our calls is answered"
                + " by 403."
                + RESTART,
            last.isEmpty()
                ? conf.add(right)
                : "# each rpcwhitelist of "
                    + user
                    + " needs "
                    + String.join(",", missing)
                    + " too: Core lets through what is on all of them"));
  }

  private List<Finding> externalIp(BitcoinConf conf) {
    List<Setting> told = conf.all("externalip");
    List<Finding> bad = new ArrayList<>();
    for (Told address : clientAddresses) {
      if (told.stream().noneMatch(setting -> address.is(setting.value()))) {
        bad.add(
            Finding.warning(
                Check.EXTERNALIP,
                "no externalip=" + address + " (expected: the service address)",
                "The node tells its peers an address of its own, or none: clients come past the anycast, to"
                    + " a host that may be drained."
                    + RESTART,
                conf.add("externalip=" + address)));
      }
    }
    for (Setting setting : told) {
      if (clientAddresses.stream().noneMatch(address -> address.is(setting.value()))) {
        bad.add(
            Finding.warning(
                Check.EXTERNALIP,
                setting.value()
                    + " (expected: "
                    + clientAddresses.stream().map(Told::toString).collect(joining(", "))
                    + " only)",
                "The node tells its peers that address too: clients come past the anycast, to a host that"
                    + " may be drained."
                    + RESTART,
                BitcoinConf.remove(setting)));
      }
    }
    return bad;
  }

  /** Off by itself where there is an externalip (Bitcoin Core, InitParameterInteraction). */
  private static List<Finding> discover(BitcoinConf conf) {
    return conf.first("discover")
        .filter(Setting::isOn)
        .map(
            setting ->
                List.of(
                    Finding.warning(
                        Check.DISCOVER,
                        setting.value() + " (expected: 0)",
                        "The node tells its peers every address of this machine: clients come past the"
                            + " anycast, to a host that may be drained."
                            + RESTART,
                        conf.set("discover", "0"))))
        .orElse(List.of());
  }

  private static Optional<Integer> number(Optional<Setting> setting) throws CannotTellException {
    if (setting.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Integer.valueOf(setting.get().value()));
    } catch (NumberFormatException e) {
      throw new CannotTellException(
          setting.get().file()
              + " "
              + setting.get().key()
              + ": "
              + setting.get().value()
              + " (expected: a number)");
    }
  }
}
