package org.bgpannouncer.testkit.bgp;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.bgp.PathAttribute.MpReach;
import org.bgpannouncer.bgp.PathAttribute.MpUnreach;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.session.BgpDialer;
import org.bgpannouncer.bgp.session.BgpListener;
import org.bgpannouncer.bgp.session.BgpSession;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.bgp.session.SessionEvent;
import org.bgpannouncer.bgp.session.SessionListener;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;

/**
 * A process that listens as a router does and prints one JSON object a line for each change of a
 * route: the clock of the benchmarks, outside of everything it measures.
 *
 * <pre>
 * {"event":"listening","address":"127.0.0.1","port":40111}
 * {"event":"established","session":1,"peer":"127.0.0.2","as":64496,"nanos":81240}
 * {"event":"announce","session":1,"peer":"127.0.0.2","nanos":81300,"prefix":"192.0.2.0/24",
 *  "nextHop":"198.51.100.1","asPath":[64496],"med":100}
 * {"event":"withdraw","session":1,"peer":"127.0.0.2","nanos":93310,"prefix":"192.0.2.0/24"}
 * {"event":"end-of-rib","session":1,"peer":"127.0.0.2","nanos":93310,"family":"ipv4 unicast"}
 * {"event":"ended","session":1,"peer":"127.0.0.2","nanos":99999,"reason":"closed by the peer"}
 * </pre>
 *
 * <p>{@code nanos} is CLOCK_MONOTONIC, which is what {@link System#nanoTime} reads on Linux, of an
 * UPDATE taken when its last octet came off the socket; other processes of the machine may compare
 * it with theirs. Arguments: address, port (0 for a free one), AS number, detail: {@code routes} as
 * above, or {@code counts} for one line an UPDATE instead of one a route. Ends when its stdin does.
 *
 * <pre>
 * {"event":"update","session":1,"peer":"127.0.0.2","nanos":81300,"announce":900,"withdraw":0}
 * </pre>
 */
public final class RouteListener {
  /** Lines that wait to be printed; beyond it the session waits, and its peer with it. */
  private static final int MAX_PENDING = 200_000;

  /** UPDATEs before the first real one: HotSpot compiles a method at some 256 calls. */
  private static final int WARM_UP = 600;

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final boolean counts;
  private final ObjectMapper json = new ObjectMapper();
  private final BlockingQueue<ObjectNode> pending = new LinkedBlockingQueue<>(MAX_PENDING);

  /** Of which session a line tells, with whom, and of what time. */
  private record Source(long session, String peer, long nanos) {}

  private RouteListener(boolean counts) {
    this.counts = counts;
  }

  /** Runs until stdin ends. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 4 || !List.of("routes", "counts").contains(arguments[3])) {
      throw new IllegalArgumentException(
          "arguments: "
              + String.join(" ", arguments)
              + " (expected: ADDRESS PORT AS routes, or ADDRESS PORT AS counts)");
    }
    InetSocketAddress local =
        new InetSocketAddress(
            IpAddress.parse(arguments[0]).toInetAddress(), Integer.parseInt(arguments[1]));
    new RouteListener(arguments[3].equals("counts")).run(local, Long.parseLong(arguments[2]));
  }

  private void run(InetSocketAddress local, long as) throws IOException {
    SessionConfig config = SessionConfig.of(as, IpAddress.parse("192.0.2.254"));
    warmUp(config);
    // The printer has a thread of its own, so that a slow reader does not delay the time stamps.
    Thread printer = new Thread(this::print, "route-printer");
    printer.setDaemon(true);
    try (ArrivalTap tap = new ArrivalTap(local);
        BgpListener listener = listen(tap, config)) {
      tap.passTo(listener.address());
      ObjectNode listening = json.createObjectNode().put("event", "listening");
      listening.put("address", tap.address().getAddress().getHostAddress());
      listening.put("port", tap.address().getPort());
      enqueue(listening);
      printer.start();
      while (System.in.read() >= 0) {
        // Nothing is said here: the end of stdin is the end of us.
      }
    }
  }

  /** Hears a peer of this process, one UPDATE at a time: interpreted, the clock would be late. */
  private void warmUp(SessionConfig config) throws IOException {
    UpdateMessage update =
        new UpdateMessage(List.of(Nlri.of(Prefix.parse("192.0.2.0/24"))), List.of(), List.of());
    SessionConfig theirs = SessionConfig.of(64496, IpAddress.parse("192.0.2.253"));
    BlockingQueue<BgpSession> up = new LinkedBlockingQueue<>();
    SessionListener peer =
        (session, event) -> {
          if (event instanceof SessionEvent.Established) {
            up.add(session);
          }
        };
    try (ArrivalTap tap = new ArrivalTap(loopback());
        BgpListener listener = listen(tap, config)) {
      tap.passTo(listener.address());
      BgpDialer dialer = BgpDialer.dial(tap.address(), theirs, peer, PATIENCE);
      BgpSession session = next(up);
      next(pending); // "established"
      for (int i = 0; i < WARM_UP; i++) {
        session.send(List.of(update));
        next(pending);
      }
      dialer.close();
    }
    pending.clear();
  }

  private static <T> T next(BlockingQueue<T> queue) throws IOException {
    try {
      T next = queue.poll(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
      if (next == null) {
        throw new IOException("warm-up: nothing within " + PATIENCE);
      }
      return next;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private BgpListener listen(ArrivalTap tap, SessionConfig config) throws IOException {
    return BgpListener.open(
        loopback(),
        config,
        (session, event) -> happened(tap, session.remote(), session.id(), event));
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private void happened(ArrivalTap tap, InetSocketAddress end, long session, SessionEvent event) {
    String peer = tap.peer(end).getHostAddress();
    if (event instanceof SessionEvent.Established established) {
      Source source = new Source(session, peer, System.nanoTime());
      enqueue(line("established", source).put("as", established.negotiated().peerAs()));
    } else if (event instanceof SessionEvent.Ended ended) {
      Source source = new Source(session, peer, System.nanoTime());
      enqueue(line("ended", source).put("reason", ended.text()));
      tap.forget(end);
    } else if (event instanceof SessionEvent.Received received
        && received.message() instanceof UpdateMessage update) {
      Source source = new Source(session, peer, tap.nextUpdateNanos(end));
      if (counts) {
        counted(update, source);
      } else {
        updated(update, source);
      }
    }
  }

  private void counted(UpdateMessage update, Source source) {
    int announced =
        update.nlri().size()
            + update.attribute(MpReach.class).map(reach -> reach.nlri().size()).orElse(0);
    int withdrawn =
        update.withdrawn().size()
            + update.attribute(MpUnreach.class).map(unreach -> unreach.nlri().size()).orElse(0);
    enqueue(line("update", source).put("announce", announced).put("withdraw", withdrawn));
  }

  private void updated(UpdateMessage update, Source source) {
    update
        .endOfRib()
        .ifPresent(family -> enqueue(line("end-of-rib", source).put("family", family.toString())));
    for (RouteChange change : update.changes()) {
      if (change instanceof RouteChange.Announce announce) {
        enqueue(announced(announce.route(), source));
      } else {
        enqueue(line("withdraw", source).put("prefix", change.prefix().toString()));
      }
    }
  }

  private ObjectNode announced(Route route, Source source) {
    ObjectNode line = line("announce", source);
    line.put("prefix", route.prefix().toString());
    line.put("nextHop", route.nextHop().toString());
    var asPath = line.putArray("asPath");
    route.attributes().asPath().forEach(asPath::add);
    route.attributes().med().ifPresent(med -> line.put("med", med));
    return line;
  }

  private ObjectNode line(String event, Source source) {
    return json.createObjectNode()
        .put("event", event)
        .put("session", source.session())
        .put("peer", source.peer())
        .put("nanos", source.nanos());
  }

  private void enqueue(ObjectNode line) {
    try {
      pending.put(line);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void print() {
    try (OutputStream out =
        new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16)) {
      while (true) {
        ObjectNode line = pending.take();
        out.write(json.writeValueAsBytes(line));
        out.write('\n');
        if (pending.isEmpty()) {
          out.flush();
        }
      }
    } catch (IOException | InterruptedException e) {
      // Nobody reads any more; the end of stdin follows.
      Thread.currentThread().interrupt();
    }
  }
}
