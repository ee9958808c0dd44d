package org.bgpannouncer.doctor;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.doctor.BitcoinConf.Setting;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig.Credentials;

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
  private final HostConfig host;
  private final Optional<Path> named;
  private final Set<String> clientAddresses;

  /**
   * @param named the file, if the user has said which
   */
  NodeChecks(Machine machine, DaemonConfig site, HostConfig host, Optional<Path> named) {
    this.machine = machine;
    this.host = host;
    this.named = named;
    this.clientAddresses =
        site.site().services().stream()
            .filter(service -> service.hosts().contains(host.name()))
            .filter(service -> service.by().contains(Aspect.P2P))
            .flatMap(service -> service.address().stream())
            .map(Object::toString)
            .collect(Collectors.toSet());
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
      conf = BitcoinConf.read(machine, file.get(), chain());
    } catch (CannotTellException e) {
      findings.add(Finding.unchecked(Check.BITCOIN_CONF, e.missing()));
      return;
    }
    Path to = file.get();
    findings.ask(Check.MAXCONNECTIONS, "enough for clients", () -> maxConnections(conf, to));
    rpc()
        .ifPresent(
            rpc -> {
              findings.ask(
                  Check.RPCTHREADS,
                  "at least " + RPC_THREADS,
                  () -> atLeast(conf, to, Check.RPCTHREADS, RPC_THREADS));
              findings.ask(
                  Check.RPCWORKQUEUE,
                  "at least " + RPC_WORK_QUEUE,
                  () -> atLeast(conf, to, Check.RPCWORKQUEUE, RPC_WORK_QUEUE));
              findings.ask(
                  Check.RPCWHITELISTDEFAULT,
                  "leaves the announcer its calls",
                  () -> whitelist(conf, to, rpc.credentials()));
            });
    if (!clientAddresses.isEmpty()) {
      findings.ask(Check.EXTERNALIP, "the service address", () -> externalIp(conf, to));
      findings.ask(Check.DISCOVER, "off", () -> discover(conf));
    }
  }

  private Optional<RpcConfig> rpc() {
    return host.target().rpc();
  }

  private String chain() {
    return host.target()
        .p2p()
        .map(P2pConfig::network)
        .or(() -> rpc().map(RpcConfig::network))
        .orElse(BitcoinNetwork.MAINNET)
        .chain();
  }

  private Optional<Path> usualPlace() {
    List<Path> places = new ArrayList<>();
    if (rpc().map(RpcConfig::credentials).orElse(null) instanceof Credentials.CookieFile cookie) {
      // DATADIR/.cookie, or DATADIR/CHAIN/.cookie.
      places.add(cookie.file().resolveSibling("bitcoin.conf"));
      places.add(cookie.file().resolveSibling("../bitcoin.conf").normalize());
    }
    places.add(Path.of("/etc/bitcoin/bitcoin.conf"));
    return places.stream().filter(Files::exists).findFirst();
  }

  private List<Finding> maxConnections(BitcoinConf conf, Path file) throws CannotTellException {
    int expected = rpc().map(RpcConfig::maxConnections).orElse(RpcConfig.DEFAULT_MAX_CONNECTIONS);
    int found = number(conf.first("maxconnections")).orElse(RpcConfig.DEFAULT_MAX_CONNECTIONS);
    String why =
        "The announcer calls a node full by what the site file says (rpc.max-connections): of another"
            + " number it sees the fullness too late, or never.";
    if (found < FEWEST_CONNECTIONS) {
      why =
          "Beside "
              + RpcConfig.OUTBOUND_SLOTS
              + " outgoing connections hardly a client has a place: the service is full while the site"
              + " announces itself.";
      return List.of(
          Finding.problem(
              Check.MAXCONNECTIONS,
              found + " (expected: " + expected + ")",
              why + RESTART,
              set(conf, file, "maxconnections", String.valueOf(expected))));
    }
    return wrongIf(conf, file, Check.MAXCONNECTIONS, expected, n -> n != expected, found, why);
  }

  private List<Finding> atLeast(BitcoinConf conf, Path file, Check key, int least)
      throws CannotTellException {
    return wrongIf(
        conf,
        file,
        key,
        least,
        found -> found < least,
        number(conf.first(key.toString())).orElse(0),
        "A wallet or an indexer takes all of them: the announcer's calls wait or are refused, and a node"
            + " that serves is called slow. Core before 29 has 4 threads and a queue of 16 by default.");
  }

  private static List<Finding> wrongIf(
      BitcoinConf conf,
      Path file,
      Check key,
      int expected,
      IntPredicate wrong,
      int found,
      String why) {
    return wrong.test(found)
        ? List.of(
            Finding.warning(
                key,
                conf.first(key.toString()).map(Setting::value).orElse("not set")
                    + " (expected: "
                    + expected
                    + ")",
                why + RESTART,
                set(conf, file, key.toString(), String.valueOf(expected))))
        : List.of();
  }

  private List<Finding> whitelist(BitcoinConf conf, Path file, Credentials credentials) {
    String user =
        credentials instanceof Credentials.UserAndPasswordFile named ? named.user() : COOKIE_USER;
    List<Setting> lists = conf.all("rpcwhitelist");
    boolean listed = lists.stream().anyMatch(list -> list.value().startsWith(user + ":"));
    boolean open = conf.first("rpcwhitelistdefault").filter(s -> s.value().equals("0")).isPresent();
    if (lists.isEmpty() || listed || open) {
      return List.of();
    }
    return List.of(
        Finding.problem(
            Check.RPCWHITELISTDEFAULT,
            "there is an rpcwhitelist, and none of "
                + user
                + " (expected: rpcwhitelistdefault=0, or one with the announcer's calls)",
            "As soon as one user has a list, who has none may call nothing: each of our calls is answered"
                + " by 403."
                + RESTART,
            set(conf, file, "rpcwhitelistdefault", "0")));
  }

  private List<Finding> externalIp(BitcoinConf conf, Path file) {
    List<Setting> told = conf.all("externalip");
    List<Finding> bad = new ArrayList<>();
    for (String address : clientAddresses) {
      if (told.stream().noneMatch(setting -> isAt(setting.value(), address))) {
        bad.add(
            Finding.warning(
                Check.EXTERNALIP,
                "no externalip=" + address,
                "The node tells its peers an address of its own, or none: clients come past the anycast, to"
                    + " a host that may be drained."
                    + RESTART,
                Remedy.firstLine(file, "externalip=" + address)));
      }
    }
    for (Setting setting : told) {
      if (clientAddresses.stream().noneMatch(address -> isAt(setting.value(), address))) {
        bad.add(
            Finding.warning(
                Check.EXTERNALIP,
                setting.value() + " (expected: " + String.join(", ", clientAddresses) + " only)",
                "The node tells its peers that address too: clients come past the anycast, to a host that"
                    + " may be drained."
                    + RESTART,
                Remedy.line(setting.file(), setting.line(), "#")));
      }
    }
    return bad;
  }

  /** ADDRESS, ADDRESS:PORT, [ADDRESS] or [ADDRESS]:PORT. */
  private static boolean isAt(String value, String address) {
    return value.equals(address)
        || (address.indexOf(':') < 0 && value.startsWith(address + ":"))
        || value.equals("[" + address + "]")
        || value.startsWith("[" + address + "]:");
  }

  /** Off by itself where there is an externalip (Bitcoin Core, InitParameterInteraction). */
  private static List<Finding> discover(BitcoinConf conf) {
    Optional<Setting> on = conf.first("discover").filter(setting -> !setting.value().equals("0"));
    return on.map(
            setting ->
                List.of(
                    Finding.warning(
                        Check.DISCOVER,
                        setting.value() + " (expected: 0)",
                        "The node tells its peers every address of this machine: clients come past the"
                            + " anycast, to a host that may be drained."
                            + RESTART,
                        Remedy.line(setting.file(), setting.line(), "discover=0"))))
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

  private static String set(BitcoinConf conf, Path file, String key, String value) {
    String line = key + "=" + value;
    return conf.first(key)
        .map(setting -> Remedy.line(setting.file(), setting.line(), line))
        .orElse(Remedy.firstLine(file, line));
  }
}
