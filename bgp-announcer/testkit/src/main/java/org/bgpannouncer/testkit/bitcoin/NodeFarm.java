package org.bgpannouncer.testkit.bitcoin;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.bgpannouncer.probe.time.Ticker;

/**
 * Many simulated nodes in one process, on consecutive addresses with the same ports each.
 *
 * <pre>
 *   arguments   COUNT FIRST-ADDRESS [P2P-PORT ZMQ-PORT]   e.g. 1000 127.1.0.1 8333 28332
 *   stdin       die N | revive N | pause N | resume N | accepts N    N counts from 0
 *   stdout      {"event":"listening","node":N,"address":...,"p2p":...,"zmq":...} for each node,
 *               {"event":"ready","nodes":COUNT}, then one line for each command, with "nanos" of
 *               CLOCK_MONOTONIC taken before the command had effect
 * </pre>
 *
 * <p>Nodes are named {@code n0}, {@code n1}, ... The end of stdin ends it.
 */
final class NodeFarm {
  private final ObjectMapper json = new ObjectMapper();
  private final PrintStream out =
      new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
  private final List<SimulatedBitcoind> nodes = new ArrayList<>();

  private NodeFarm() {}

  static void runUntilEof(String[] arguments) throws IOException {
    if (arguments.length != 2 && arguments.length != 4) {
      throw new IllegalArgumentException(
          "arguments: "
              + arguments.length
              + " (expected: COUNT FIRST-ADDRESS [P2P-PORT ZMQ-PORT])");
    }
    SimulatedBitcoind.Ports ports =
        arguments.length == 4
            ? new SimulatedBitcoind.Ports(
                Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]))
            : SimulatedBitcoind.Ports.MAINNET;
    try (SimulatorLoop loop = new SimulatorLoop()) {
      new NodeFarm().run(loop, Integer.parseInt(arguments[0]), arguments[1], ports);
    }
  }

  private void run(
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
              .put("zmq", node.zmq().address().getPort()));
    }
    print(event("ready").put("nodes", count));
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
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

  private @org.jspecify.annotations.Nullable SimulatedBitcoind nodeOf(String number) {
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
