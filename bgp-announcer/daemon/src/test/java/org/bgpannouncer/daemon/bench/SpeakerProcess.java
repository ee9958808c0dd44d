package org.bgpannouncer.daemon.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.bgpannouncer.bgp.session.ConnectMode;
import org.bgpannouncer.bgp.session.PeerConfig;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.bgp.speaker.ExportPolicy;
import org.bgpannouncer.bgp.speaker.Neighbor;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.RibUpdate;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.bgpannouncer.speaker.embedded.EmbeddedSpeaker;

/**
 * The embedded speaker for {@code scripts/bench speaker}: speaks with a listener on port 1790 of
 * 127.0.0.1, and wishes what is said over a TCP connection. Arguments: the port to connect to, our
 * own address.
 *
 * <pre>
 * announce N  the routes of the N first prefixes of the bench
 * withdraw N  none of them
 * </pre>
 *
 * <p>Each line is answered, when the last receipt is there, with the CLOCK_MONOTONIC nanoseconds of
 * just before the wish was handed over. The first line, {@code ready}, says that the session is up.
 */
public final class SpeakerProcess {
  private static final int LISTENER_PORT = 1790;
  private static final ExportPolicy POLICY =
      ExportPolicy.of(
          List.of(
              new ExportPolicy.Entry(Prefix.parse("10.0.0.0/8"), 24),
              new ExportPolicy.Entry(Prefix.parse("11.0.0.0/8"), 24)));

  private final Map<String, RibUpdate> wishes = new HashMap<>();
  private final Semaphore receipts = new Semaphore(0);

  private SpeakerProcess() {}

  /** Runs until the connection ends. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    new SpeakerProcess().run(Integer.parseInt(arguments[0]), IpAddress.parse(arguments[1]));
  }

  private void run(int port, IpAddress local) throws IOException, InterruptedException {
    CountDownLatch up = new CountDownLatch(1);
    try (EmbeddedSpeaker speaker =
            EmbeddedSpeaker.open(List.of(), List.of(listener(local)), "measured");
        Orders orders = Orders.connect(port)) {
      speaker.start(
          event -> {
            if (event instanceof SpeakerEvent.SessionUp) {
              up.countDown();
            } else if (event instanceof SpeakerEvent.Acknowledged) {
              receipts.release();
            }
          });
      up.await();
      orders.serve(order -> obey(speaker, order));
    }
  }

  private long obey(EmbeddedSpeaker speaker, String order) {
    RibUpdate wish = wishes.computeIfAbsent(order, SpeakerProcess::wish);
    long nanos = System.nanoTime();
    speaker.apply(wish);
    receipts.acquireUninterruptibly(wish.changes().size());
    return nanos;
  }

  private static RibUpdate wish(String order) {
    String[] words = order.split(" ", -1);
    List<Route> routes =
        IntStream.range(0, Integer.parseInt(words[1]))
            .mapToObj(i -> (10 + i / 65536) + "." + i / 256 % 256 + "." + i % 256 + ".0/24")
            .map(prefix -> new Route(Prefix.parse(prefix), NextHop.SELF, PathAttributes.NONE))
            .toList();
    return switch (words[0]) {
      case "announce" ->
          new RibUpdate(
              Rib.of(routes), routes.stream().<RouteChange>map(RouteChange.Announce::new).toList());
      case "withdraw" ->
          new RibUpdate(
              Rib.EMPTY,
              routes.stream()
                  .<RouteChange>map(route -> new RouteChange.Withdraw(route.prefix()))
                  .toList());
      default ->
          throw new IllegalArgumentException(
              "order: " + order + " (expected: announce N or withdraw N)");
    };
  }

  private static Neighbor listener(IpAddress local) {
    SessionConfig session = SessionConfig.of(64496, IpAddress.parse("192.0.2.6"));
    PeerConfig peer =
        PeerConfig.of(
                session, new InetSocketAddress(InetAddress.getLoopbackAddress(), LISTENER_PORT))
            .withLocal(local)
            .withMode(ConnectMode.ACTIVE);
    return Neighbor.of("listener", peer, POLICY);
  }
}
