package org.bgpannouncer.bgp.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.HexFormat;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.session.SessionEvent.EndCause;
import org.bgpannouncer.route.IpAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The Netty adapter against a plain socket that writes octets by hand. */
@Timeout(30)
class BgpListenerTest {
  private static final String MARKER = "ff".repeat(16);
  // AS 4200000000 by capability, hold time 90 s, IPv4 unicast implied.
  private static final String OPEN = MARKER + "0025 01 04 5ba0 005a c0000201 08 02064104fa56ea00";
  private static final String KEEPALIVE = MARKER + "0013 04";
  // 192.0.2.0/24 from AS 4200000000, four octets a number.
  private static final String UPDATE =
      MARKER + "002f 02 0000 0014 40010100 400206 0201 fa56ea00 400304 c6336401 18c00002";

  // Cease, administrative shutdown.
  private static final String NOTIFICATION = MARKER + "0015 03 0602";

  private final BlockingQueue<SessionEvent> events = new LinkedBlockingQueue<>();
  private final CompletableFuture<BgpSession> session = new CompletableFuture<>();
  private BgpListener listener;
  private Socket peer;

  @BeforeEach
  void connect() throws IOException {
    listener =
        BgpListener.open(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            SessionConfig.of(65000, IpAddress.parse("192.0.2.254")),
            (current, event) -> {
              session.complete(current);
              events.add(event);
            });
    peer = new Socket(InetAddress.getLoopbackAddress(), listener.address().getPort());
  }

  @AfterEach
  void close() throws IOException {
    peer.close();
    listener.close();
  }

  @Test
  void readsAnUpdateThatArrivesInOnePieceWithTheOpen() throws Exception {
    write(OPEN + KEEPALIVE + UPDATE);
    assertThat(await(SessionEvent.Established.class).negotiated().peerAs())
        .isEqualTo(4_200_000_000L);
    UpdateMessage update = (UpdateMessage) await(SessionEvent.Received.class).message();
    // Read with the width that the OPEN before it settled.
    assertThat(update.pathAttributes().asPath()).containsExactly(4_200_000_000L);
  }

  @Test
  void answersAnUnreadableStreamWithANotificationAndCloses() throws Exception {
    write("00".repeat(19));
    SessionEvent.Ended ended = await(SessionEvent.Ended.class);
    assertThat(ended.cause()).isEqualTo(EndCause.NOTIFICATION_SENT);
    byte[] all = peer.getInputStream().readAllBytes();
    assertThat(HexFormat.of().formatHex(all)).endsWith(MARKER + "0015030101");
  }

  @Test
  void reportsALostConnection() throws Exception {
    write(OPEN + KEEPALIVE);
    await(SessionEvent.Established.class);
    peer.close();
    assertThat(await(SessionEvent.Ended.class).cause()).isEqualTo(EndCause.CONNECTION_LOST);
  }

  @Test
  void nothingFollowsTheEndThoughItCameInTheSamePiece() throws Exception {
    write(OPEN + KEEPALIVE + NOTIFICATION + UPDATE);
    assertThat(await(SessionEvent.Ended.class).cause()).isEqualTo(EndCause.NOTIFICATION_RECEIVED);
    listener.close();
    assertThat(events).isEmpty();
  }

  @Test
  void sendsUpdatesAndStops() throws Exception {
    write(OPEN + KEEPALIVE);
    await(SessionEvent.Established.class);
    session.join().send(UpdateMessage.endOfRib(AddressFamily.IPV4_UNICAST));
    session.join().stop(NotificationMessage.of(BgpError.ADMINISTRATIVE_SHUTDOWN));
    byte[] all = peer.getInputStream().readAllBytes();
    assertThat(HexFormat.of().formatHex(all))
        .endsWith(MARKER + "0017 02 0000 0000".replace(" ", "") + MARKER + "0015030602");
    assertThat(await(SessionEvent.Ended.class).notification())
        .contains(NotificationMessage.of(BgpError.ADMINISTRATIVE_SHUTDOWN));
  }

  @Test
  void aFurtherPeerIsServedBesideABrokenOne() throws Exception {
    write("00".repeat(19));
    await(SessionEvent.Ended.class);
    try (Socket second =
        new Socket(InetAddress.getLoopbackAddress(), listener.address().getPort())) {
      byte[] header = new byte[19];
      new DataInputStream(second.getInputStream()).readFully(header);
      assertThat(header[18]).isEqualTo((byte) 1);
    }
  }

  private void write(String hex) throws IOException {
    peer.getOutputStream().write(HexFormat.of().parseHex(hex.replace(" ", "")));
  }

  private <E extends SessionEvent> E await(Class<E> kind) throws InterruptedException {
    while (true) {
      SessionEvent event = events.poll(10, TimeUnit.SECONDS);
      assertThat(event).as("no %s came", kind.getSimpleName()).isNotNull();
      if (kind.isInstance(event)) {
        return kind.cast(event);
      }
    }
  }
}
