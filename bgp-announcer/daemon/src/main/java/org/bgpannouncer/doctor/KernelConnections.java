package org.bgpannouncer.doctor;

import static java.util.stream.Collectors.toSet;
import static org.bgpannouncer.probe.Check.RPC_PINNING;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.probe.bitcoin.rpc.NodeConnection;
import org.bgpannouncer.probe.bitcoin.rpc.PinningRules;
import org.bgpannouncer.probe.bitcoin.rpc.PinningView;
import org.bgpannouncer.route.IpAddress;

/**
 * Which addresses a node's connections have by the word of its own kernel, before NAT: what {@code
 * ss} shows of the process that listens on the P2P port. Works for a node that RPC cannot ask.
 */
public final class KernelConnections {
  private static final Pattern PID = Pattern.compile("pid=(\\d+)");

  /** An IPv4 connection of an IPv6 socket is shown as [::ffff:192.0.2.1]:8333. */
  private static final Pattern END =
      Pattern.compile("\\[?(?:::ffff:(?=.*\\.))?([^\\]%]+)(?:%[^\\]:]+)?\\]?:(\\d{1,5})");

  private final Machine machine;

  KernelConnections(Machine machine) {
    this.machine = machine;
  }

  /**
   * What is found of each host of the site that is this machine: as of {@code rpc.pinning}, and
   * UNKNOWN with the reason where the kernel cannot tell.
   */
  public static List<Observation> here(DaemonConfig site) {
    Machine machine = new Machine();
    KernelConnections kernel = new KernelConnections(machine);
    List<Observation> found = new ArrayList<>();
    for (HostConfig host : site.site().hosts()) {
      try {
        if (site.pinningRules(host).isPresent()
            && host.target().p2p().isPresent()
            && machine.addresses().containsKey(host.address().toString())) {
          found.add(
              kernel.observe(
                  host.name(), site.pinningRules(host).get(), host.target().p2p().get()));
        }
      } catch (CannotTellException e) {
        found.add(
            new Observation(
                host.name(),
                RPC_PINNING,
                Outcome.UNKNOWN,
                Reason.UNOBSERVED,
                e.missing(),
                List.of(),
                Map.of(),
                System.nanoTime()));
      }
    }
    return found;
  }

  Observation observe(String host, PinningRules rules, P2pConfig p2p) throws CannotTellException {
    int port = p2p.address().getPort();
    Set<String> processes = new HashSet<>();
    Set<Integer> ports = new HashSet<>();
    List<String> listening = ss("-tlnpH");
    // Of two nodes on one machine each has an address of its own.
    InetAddress own = p2p.address().getAddress();
    for (Predicate<InetAddress> fits :
        List.<Predicate<InetAddress>>of(own::equals, InetAddress::isAnyLocalAddress, any -> true)) {
      if (processes.isEmpty()) {
        listening.stream()
            .filter(
                line ->
                    end(line, 3)
                        .filter(at -> at.getPort() == port && fits.test(at.getAddress()))
                        .isPresent())
            .forEach(line -> processes.addAll(pids(line)));
      }
    }
    if (processes.isEmpty()) {
      throw new CannotTellException(
          "no process is seen to listen on port " + port + " (expected: the node, and to be root)");
    }
    for (String line : listening) {
      if (!Collections.disjoint(pids(line), processes)) {
        end(line, 3).map(InetSocketAddress::getPort).ifPresent(ports::add);
      }
    }
    List<NodeConnection> connections = new ArrayList<>();
    for (String line : ss("-tnpH", "state", "established")) {
      Optional<InetSocketAddress> ours = end(line, 2);
      Optional<InetSocketAddress> theirs = end(line, 3);
      if (ours.isEmpty() || theirs.isEmpty() || Collections.disjoint(pids(line), processes)) {
        continue;
      }
      boolean inbound = ports.contains(ours.get().getPort());
      // Those to its other ports are of RPC or ZMQ.
      if (!inbound || ours.get().getPort() == port) {
        connections.add(new NodeConnection(ours.get().getAddress(), theirs.get(), inbound));
      }
    }
    return PinningView.ofKernel(host, rules, connections, System.nanoTime());
  }

  private List<String> ss(String... options) throws CannotTellException {
    List<String> command = new ArrayList<>(List.of("ss"));
    command.addAll(List.of(options));
    Machine.Answer answer = machine.run(command.toArray(String[]::new));
    if (answer.code() != 0) {
      throw new CannotTellException("ss: exit " + answer.code() + " (expected: 0)");
    }
    return answer.out().lines().toList();
  }

  private static Set<String> pids(String line) {
    return PID.matcher(line).results().map(found -> found.group(1)).collect(toSet());
  }

  /** ADDRESS:PORT in that column; empty where it is no address, as "*" is none. */
  private static Optional<InetSocketAddress> end(String line, int column) {
    String[] columns = line.strip().split(" +", -1);
    Matcher end = END.matcher(columns.length > column ? columns[column] : "");
    if (!end.matches()) {
      return Optional.empty();
    }
    String address = end.group(1).equals("*") ? "::" : end.group(1);
    try {
      return Optional.of(
          new InetSocketAddress(
              IpAddress.parse(address).toInetAddress(), Integer.parseInt(end.group(2))));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
