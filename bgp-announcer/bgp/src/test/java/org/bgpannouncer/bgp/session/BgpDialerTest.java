package org.bgpannouncer.bgp.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.session.SessionEvent.EndCause;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A session between a dialer and a listener of ours; each was held to others by itself. */
@Timeout(30)
class BgpDialerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final long AS = 65000;

  private record Heard(BgpSession session, SessionEvent event) {}

  private final BlockingQueue<Heard> atListener = new LinkedBlockingQueue<>();
  private final BlockingQueue<Heard> atDialer = new LinkedBlockingQueue<>();
  private final List<BgpDialer> dialers = new ArrayList<>();
  private BgpListener listener;

  @BeforeEach
  void listen() throws IOException {
    listener =
        BgpListener.open(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            side("192.0.2.1", AS),
            (session, event) -> atListener.add(new Heard(session, event)));
  }

  @AfterEach
  void close() {
    dialers.forEach(BgpDialer::close);
    listener.close();
  }

  @Test
  void updatesReachTheListenerOnceTheSessionStands() throws Exception {
    dial(AS);
    BgpSession session = await(atDialer, SessionEvent.Established.class).session();
    await(atListener, SessionEvent.Established.class);
    assertThat(session.remote()).isEqualTo(listener.address());
    UpdateMessage sent =
        new UpdateMessage(List.of(Nlri.of(Prefix.parse("192.0.2.0/24"))), List.of(), List.of());
    session.send(sent);
    // Whatever came before was taken while waiting for the session.
    SessionEvent.Received received =
        (SessionEvent.Received) await(atListener, SessionEvent.Received.class).event();
    assertThat(received.message()).isEqualTo(sent);
  }

  @Test
  void closingEndsTheSessionAtBothEnds() throws Exception {
    dial(AS).close();
    assertThat(ended(atDialer).cause()).isEqualTo(EndCause.CONNECTION_LOST);
    assertThat(ended(atListener).cause()).isEqualTo(EndCause.CONNECTION_LOST);
  }

  @Test
  void anotherAsIsRefused() throws Exception {
    dial(AS + 1);
    assertThat(ended(atListener).notification())
        .contains(NotificationMessage.of(BgpError.BAD_PEER_AS));
    assertThat(ended(atDialer).cause())
        .isIn(EndCause.NOTIFICATION_RECEIVED, EndCause.NOTIFICATION_SENT);
  }

  @Test
  void aPortWhereNobodyListensIsAnError() throws IOException {
    InetSocketAddress free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = new InetSocketAddress(socket.getInetAddress(), socket.getLocalPort());
    }
    assertThatThrownBy(
            () -> BgpDialer.dial(free, side("192.0.2.2", AS), (session, event) -> {}, PATIENCE))
        .isInstanceOf(IOException.class)
        .hasMessage("connect: " + free + " (expected: a peer)");
  }

  private BgpDialer dial(long as) throws IOException {
    BgpDialer dialer =
        BgpDialer.dial(
            listener.address(),
            side("192.0.2.2", as),
            (session, event) -> atDialer.add(new Heard(session, event)),
            PATIENCE);
    dialers.add(dialer);
    return dialer;
  }

  private static SessionConfig side(String routerId, long as) {
    return new SessionConfig(
        as,
        OptionalLong.of(AS),
        IpAddress.parse(routerId),
        SessionConfig.DEFAULT_HOLD_TIME,
        List.of(AddressFamily.IPV4_UNICAST));
  }

  private static SessionEvent.Ended ended(BlockingQueue<Heard> events) throws InterruptedException {
    return (SessionEvent.Ended) await(events, SessionEvent.Ended.class).event();
  }

  private static Heard await(BlockingQueue<Heard> events, Class<? extends SessionEvent> kind)
      throws InterruptedException {
    while (true) {
      Heard heard = events.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertThat(heard).as("no %s came", kind.getSimpleName()).isNotNull();
      if (kind.isInstance(heard.event())) {
        return heard;
      }
    }
  }
}
