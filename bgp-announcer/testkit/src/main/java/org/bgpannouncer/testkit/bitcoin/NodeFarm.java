package org.bgpannouncer.testkit.bitcoin;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.bgpannouncer.probe.time.Ticker;
import org.jspecify.annotations.Nullable;

/**
 * Many simulated nodes in one process, on consecutive addresses with the same ports each.
 *
 * <pre>
 *   arguments   COUNT FIRST-ADDRESS [P2P-PORT ZMQ-PORT [RPC-PORT]]
 *               e.g. 1000 127.1.0.1 8333 28332 8332, which are the default ports; 0 is any free
 *               one, and so is RPC-PORT where only the other two are given
 *   stdin       die N | revive N | pause N | resume N | accepts N    N counts from 0
 *   stdout      {"event":"listening","node":N,"address":...,"p2p":...,"zmq":...,"rpc":...} for
 *               each node, {"event":"ready","nodes":COUNT}, then one line for each command, with
 *               "nanos" of CLOCK_MONOTONIC taken before the command had effect; "accepts" also
 *               has how many connections the P2P port ever accepted
 * </pre>
 *
 * <p>Nodes are named {@code n0}, {@code n1}, ... Each command is for all three ports of its node.
 * The RPC lets any user in with any password. The end of stdin ends it.
 */
final class NodeFarm {
  private final ObjectMapper json = new ObjectMapper();
  private final PrintStream out;
  private final List<SimulatedBitcoind> nodes = new ArrayList<>();

  private NodeFarm(PrintStream out) {
    this.out = out;
  }

  static void runUntilEof(String[] arguments, InputStream in, PrintStream out) throws IOException {
    SimulatedBitcoind.Ports ports = portsOf(arguments);
    try (SimulatorLoop loop = new SimulatorLoop()) {
      NodeFarm farm = new NodeFarm(out);
      farm.start(loop, Integer.parseInt(arguments[0]), arguments[1], ports);
      farm.obey(in);
    }
  }

  private static SimulatedBitcoind.Ports portsOf(String[] arguments) {
    return switch (arguments.length) {
      case 2 -> SimulatedBitcoind.Ports.MAINNET;
      case 4, 5 ->
          new SimulatedBitcoind.Ports(
              Integer.parseInt(arguments[2]),
              Integer.parseInt(arguments[3]),
              arguments.length == 5 ? Integer.parseInt(arguments[4]) : 0);
      default ->
          throw new IllegalArgumentException(
              "arguments: "
                  + arguments.length
                  + " (expected: COUNT FIRST-ADDRESS [P2P-PORT ZMQ-PORT [RPC-PORT]])");
    };
  }

  private void start(
      SimulatorLoop loop, int count, String firstAddress, SimulatedBitcoind.Ports ports)
      throws IOException {
    int first = toInt(firstAddress);
    for (int i = 0; i < count; i++) {
      InetAddress address =
          InetAddress.getByAddress(ByteBuffer.allocate(4).putInt(first + i).array());
      SimulatedBitcoind node = SimulatedBitcoind.start(loop, "n" + i, address, ports);
      nodes.add(node);
      print(
          event("listening")
              .put("node", i)
              .put("address", address.getHostAddress())
              .put("p2p", node.p2p().address().getPort())
              .put("zmq", node.zmq().address().getPort())
              .put("rpc", node.rpc().address().getPort()));
    }
    print(event("ready").put("nodes", count));
  }

  private void obey(InputStream in) throws IOException {
    BufferedReader commands = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      print(perform(line.trim()));
    }
    nodes.forEach(SimulatedBitcoind::close);
  }

  private ObjectNode perform(String line) throws IOException {
    long nanos = Ticker.system().nanoTime();
    int space = line.indexOf(' ');
    String verb = space < 0 ? line : line.substring(0, space);
    SimulatedBitcoind node = space < 0 ? null : nodeOf(line.substring(space + 1));
    if (node == null) {
      return event("error").put("text", line + " (expected: VERB N)");
    }
    ObjectNode done = event(verb).put("nanos", nanos);
    switch (verb) {
      case "die" -> node.die();
      case "revive" -> node.revive();
      case "pause" -> node.pause();
      case "resume" -> node.resume();
      case "accepts" -> done.put("accepts", node.p2p().accepts().size());
      default -> {
        return event("error")
            .put("text", verb + " (expected: die, revive, pause, resume or accepts)");
      }
    }
    return done;
  }

  private @Nullable SimulatedBitcoind nodeOf(String number) {
    if (!number.matches("\\d{1,7}")) {
      return null;
    }
    int index = Integer.parseInt(number);
    return index < nodes.size() ? nodes.get(index) : null;
  }

  private static int toInt(String address) {
    if (!address.matches("\\d{1,3}(\\.\\d{1,3}){3}")) {
      throw new IllegalArgumentException(
          "address: " + address + " (expected: IPv4, e.g. 127.1.0.1)");
    }
    int bits = 0;
    for (String part : address.split("\\.", -1)) {
      bits = (bits << 8) | (Integer.parseInt(part) & 0xff);
    }
    return bits;
  }

  private ObjectNode event(String name) {
    return json.createObjectNode().put("event", name);
  }

  private void print(ObjectNode line) throws IOException {
    out.println(json.writeValueAsString(line));
  }
}
