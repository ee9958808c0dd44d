package org.bgpannouncer.daemon.soak;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.session.ConnectMode;
import org.bgpannouncer.bgp.session.PeerConfig;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.bgp.speaker.ExportPolicy;
import org.bgpannouncer.bgp.speaker.Neighbor;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Probe;
import org.bgpannouncer.probe.ProbeRuntime;
import org.bgpannouncer.probe.Probes;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig;
import org.bgpannouncer.probe.bitcoin.zmq.ZmqConfig;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.bgpannouncer.speaker.embedded.EmbeddedSpeaker;

/**
 * Holds one session of the embedded speaker, of hold time 3 s, while it probes many nodes and is
 * made to collect garbage all the time, until stdin ends.
 *
 * <pre>
 *   arguments   PEER-PORT HOSTS FIRST-ADDRESS P2P-PORT RPC-PORT ZMQ-PORT COOKIE-FILE
 *   stdout      {"event":"established"|"ended"|"tick",...}, a line each; a tick each second
 * </pre>
 *
 * <p>The peer is on 127.0.0.1. Each host has three probes, with the cadence of the shipped
 * defaults.
 */
public final class HoldProcess {
  private static final long AS = 64496;
  private static final int PROBES_OF_A_HOST = 3;
  private static final Duration HOLD_TIME = Duration.ofSeconds(3);
  private static final long BETWEEN_COLLECTIONS_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final int PIECE_BYTES = 64 << 10;
  private static final int PIECES = 256;

  private final PrintStream out =
      new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
  private final Map<String, Outcome> latest = new ConcurrentHashMap<>();
  private final List<byte[]> ballast = new ArrayList<>();
  private final List<Probe> probes = new ArrayList<>();

  private HoldProcess() {}

  /** Runs until the end of stdin. */
  public static void main(String[] arguments) throws IOException {
    HoldProcess process = new HoldProcess();
    try (EmbeddedSpeaker speaker = speaker(Integer.parseInt(arguments[0]));
        ProbeRuntime runtime = new ProbeRuntime()) {
      speaker.start(process::happened);
      process.probe(runtime, arguments);
      process.daemon("hold-garbage", process::provoke);
      process.daemon("hold-tick", process::tell);
      while (System.in.read() >= 0) {
        // What is said here means nothing; its end does.
      }
      process.probes.forEach(Probe::close);
    }
  }

  private void probe(ProbeRuntime runtime, String[] arguments) throws IOException {
    for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
      Probe probe = Probes.of(runtime, target(i, arguments));
      probe.start(this::observed);
      probes.add(probe);
    }
  }

  private static EmbeddedSpeaker speaker(int port) throws IOException {
    SessionConfig session =
        new SessionConfig(
            AS,
            OptionalLong.empty(),
            IpAddress.parse("192.0.2.1"),
            HOLD_TIME,
            List.of(AddressFamily.IPV4_UNICAST));
    PeerConfig peer =
        PeerConfig.of(session, new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .withMode(ConnectMode.ACTIVE);
    Neighbor neighbor = Neighbor.of("bird", peer, ExportPolicy.NONE);
    return EmbeddedSpeaker.open(List.of(), List.of(neighbor), "held");
  }

  private static HostTarget target(int index, String[] arguments) throws IOException {
    byte[] first = InetAddress.getByName(arguments[2]).getAddress();
    int number = ByteBuffer.wrap(first).getInt() + index;
    InetAddress address =
        InetAddress.getByAddress(ByteBuffer.allocate(Integer.BYTES).putInt(number).array());
    RpcConfig.Credentials cookie = new RpcConfig.Credentials.CookieFile(Path.of(arguments[6]));
    return new HostTarget(
        "h" + index,
        Optional.of(P2pConfig.of(at(address, arguments[3]), BitcoinNetwork.MAINNET)),
        Optional.of(RpcConfig.of(at(address, arguments[4]), BitcoinNetwork.MAINNET, cookie)),
        List.of(ZmqConfig.of(at(address, arguments[5]), List.of("hashblock", "sequence"))),
        List.of(),
        List.of());
  }

  private static InetSocketAddress at(InetAddress address, String port) {
    return new InetSocketAddress(address, Integer.parseInt(port));
  }

  private void happened(SpeakerEvent event) {
    if (event instanceof SpeakerEvent.SessionUp) {
      out.println("{\"event\":\"established\"}");
    } else if (event instanceof SpeakerEvent.SessionDown down) {
      out.println("{\"event\":\"ended\",\"cause\":\"" + down.reason().replace('"', '\'') + "\"}");
    }
  }

  private void observed(Observation observation) {
    latest.put(observation.host() + " " + observation.check().aspect(), observation.outcome());
  }

  /** Collects, and fills what a collection has to look at anew. */
  private void provoke() {
    while (true) {
      ballast.clear();
      for (int i = 0; i < PIECES; i++) {
        ballast.add(new byte[PIECE_BYTES]);
      }
      System.gc();
      LockSupport.parkNanos(BETWEEN_COLLECTIONS_NANOS);
    }
  }

  private void tell() {
    while (true) {
      LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
      long ok = latest.values().stream().filter(outcome -> outcome == Outcome.OK).count();
      out.println(
          "{\"event\":\"tick\",\"probes\":"
              + probes.size() * PROBES_OF_A_HOST
              + ",\"ok\":"
              + ok
              + "}");
    }
  }

  private void daemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }
}
