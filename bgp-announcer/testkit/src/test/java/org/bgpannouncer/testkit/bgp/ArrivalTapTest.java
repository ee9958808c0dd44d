package org.bgpannouncer.testkit.bgp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ArrivalTapTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final String MARKER = "ff".repeat(16);
  private static final String KEEPALIVE = MARKER + "001304";
  private static final String UPDATE = MARKER + "001702" + "00000000";

  /** What the sessions of both sides say, in the order of their coming. */
  private record Heard(BgpSession session, SessionEvent event) {}

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 19, 23, 4096})
  void countsAnUpdateWithItsLastOctetHoweverTheOctetsCome(int atOnce) {
    byte[] octets = HexFormat.of().parseHex(UPDATE + KEEPALIVE + UPDATE + UPDATE.substring(0, 44));
    ArrivalTap.UpdateCount count = new ArrivalTap.UpdateCount();
    List<Integer> endsAt = new ArrayList<>();
    for (int at = 0; at < octets.length; at += atOnce) {
      byte[] chunk = Arrays.copyOfRange(octets, at, Math.min(octets.length, at + atOnce));
      for (int i = count.completedBy(chunk, chunk.length); i > 0; i--) {
        endsAt.add(at + chunk.length);
      }
    }
    // Each in the first chunk that reaches its end.
    assertThat(endsAt).containsExactly(reach(23, atOnce, octets), reach(65, atOnce, octets));
  }

  private static int reach(int end, int atOnce, byte[] octets) {
    return Math.min(octets.length, (end + atOnce - 1) / atOnce * atOnce);
  }

  @Test
  void givesTheSessionBehindItThePeerAndTheTimeOfEachUpdate() throws Exception {
    BlockingQueue<Heard> inside = new LinkedBlockingQueue<>();
    BlockingQueue<Heard> outside = new LinkedBlockingQueue<>();
    SessionListener listener = (session, event) -> inside.add(new Heard(session, event));
    SessionListener dialler = (session, event) -> outside.add(new Heard(session, event));
    InetSocketAddress free = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (ArrivalTap tap = new ArrivalTap(free);
        BgpListener behind = BgpListener.open(free, config(65000), listener)) {
      tap.passTo(behind.address());
      BgpDialer dialer = BgpDialer.dial(tap.address(), config(64496), dialler, SOON);
      BgpSession ours = next(outside, SessionEvent.Established.class).session();
      InetSocketAddress end = next(inside, SessionEvent.Established.class).session().remote();
      assertThat(tap.peer(end)).isEqualTo(InetAddress.getLoopbackAddress());

      long before = System.nanoTime();
      for (int i = 0; i < 3; i++) {
        ours.send(withdraw(i));
        assertThat(receivedUpdate(inside)).isEqualTo(withdraw(i));
        long read = tap.nextUpdateNanos(end);
        assertThat(read).isBetween(before, System.nanoTime());
        before = read;
      }

      dialer.close();
      assertThat(next(inside, SessionEvent.Ended.class).session().remote()).isEqualTo(end);
      tap.forget(end);
      assertThatThrownBy(() -> tap.peer(end))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("connection: " + end + " (expected: one of this tap)");
    }
  }

  @Test
  void endsItsConnectionsWithTheListenersSessions() throws Exception {
    BlockingQueue<Heard> outside = new LinkedBlockingQueue<>();
    SessionListener dialler = (session, event) -> outside.add(new Heard(session, event));
    InetSocketAddress free = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (ArrivalTap tap = new ArrivalTap(free)) {
      BgpListener behind = BgpListener.open(free, config(65000), (session, event) -> {});
      tap.passTo(behind.address());
      BgpDialer dialer = BgpDialer.dial(tap.address(), config(64496), dialler, SOON);
      next(outside, SessionEvent.Established.class);
      behind.close();
      next(outside, SessionEvent.Ended.class);
      dialer.close();
    }
  }

  private static SessionConfig config(long as) {
    return SessionConfig.of(as, IpAddress.parse("192.0.2.1"));
  }

  private static UpdateMessage withdraw(int i) {
    Prefix prefix = Prefix.parse("192.0.2." + i + "/32");
    return new UpdateMessage(List.of(Nlri.of(prefix)), List.of(), List.of());
  }

  private static UpdateMessage receivedUpdate(BlockingQueue<Heard> heard) throws Exception {
    while (true) {
      var received = (SessionEvent.Received) next(heard, SessionEvent.Received.class).event();
      if (received.message() instanceof UpdateMessage update) {
        return update;
      }
    }
  }

  private static Heard next(BlockingQueue<Heard> heard, Class<? extends SessionEvent> wanted)
      throws Exception {
    while (true) {
      Heard next = heard.poll(SOON.toSeconds(), TimeUnit.SECONDS);
      assertThat(next).as("nothing within %s", SOON).isNotNull();
      if (wanted.isInstance(next.event())) {
        return next;
      }
    }
  }
}
