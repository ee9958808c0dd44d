package org.bgpannouncer.bgp.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
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
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Peers on real sockets of the loopback. */
@Timeout(60)
class BgpPeerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration RETRY = Duration.ofMillis(400);
  private static final NotificationMessage SHUTDOWN =
      NotificationMessage.of(BgpError.ADMINISTRATIVE_SHUTDOWN, "maintenance until 12:00");
  private static final InetAddress LOOPBACK_1 = address("127.0.0.1");
  private static final InetAddress LOOPBACK_2 = address("127.0.0.2");
  private static final InetAddress LOOPBACK_3 = address("127.0.0.3");

  /** What a peer heard, in order. */
  private static final class Heard implements SessionListener {
    private record Line(BgpSession session, SessionEvent event) {}

    private final BlockingQueue<Line> lines = new LinkedBlockingQueue<>();

    @Override
    public void happened(BgpSession session, SessionEvent event) {
      lines.add(new Line(session, event));
    }

    <E extends SessionEvent> E await(Class<E> kind) throws InterruptedException {
      return kind.cast(line(kind).event());
    }

    BgpSession awaitSession() throws InterruptedException {
      return line(SessionEvent.Established.class).session();
    }

    private Line line(Class<? extends SessionEvent> kind) throws InterruptedException {
      while (true) {
        Line line = lines.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(line).as("no %s came", kind.getSimpleName()).isNotNull();
        if (kind.isInstance(line.event())) {
          return line;
        }
      }
    }

    boolean hears(Class<? extends SessionEvent> kind, Duration within) throws InterruptedException {
      long end = System.nanoTime() + within.toNanos();
      for (long left = within.toNanos(); left > 0; left = end - System.nanoTime()) {
        Line line = lines.poll(left, TimeUnit.NANOSECONDS);
        if (line != null && kind.isInstance(line.event())) {
          return true;
        }
      }
      return false;
    }
  }

  private final List<AutoCloseable> open = new ArrayList<>();
  private final BgpRuntime ours = runtime();
  private final BgpRuntime theirs = runtime();
  private final Heard atOurs = new Heard();
  private final Heard atTheirs = new Heard();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  @Test
  void oneDialsAndTheOtherAccepts() throws Exception {
    int port = listen(theirs, LOOPBACK_2);
    BgpPeer.start(theirs, their(LOOPBACK_1, 0, ConnectMode.PASSIVE), atTheirs);
    BgpPeer peer = BgpPeer.start(ours, our(LOOPBACK_2, port, ConnectMode.ACTIVE), atOurs);
    BgpSession session = atOurs.awaitSession();
    assertThat(session.local().getAddress()).isEqualTo(LOOPBACK_1);
    assertThat(peer.status().session()).contains(session);
    UpdateMessage update = UpdateMessage.endOfRib(AddressFamily.IPV4_UNICAST);
    atTheirs.awaitSession();
    session.send(update);
    assertThat(atTheirs.await(SessionEvent.Received.class).message()).isEqualTo(update);
  }

  @Test
  void aStopTellsItsReasonAndIsForGood() throws Exception {
    int port = listen(theirs, LOOPBACK_2);
    BgpPeer.start(theirs, their(LOOPBACK_1, 0, ConnectMode.PASSIVE), atTheirs);
    BgpPeer peer = BgpPeer.start(ours, our(LOOPBACK_2, port, ConnectMode.ACTIVE), atOurs);
    atTheirs.awaitSession();
    peer.stop(SHUTDOWN);
    SessionEvent.Ended ended = atTheirs.await(SessionEvent.Ended.class);
    assertThat(ended.cause()).isEqualTo(EndCause.NOTIFICATION_RECEIVED);
    assertThat(ended.notification().orElseThrow().communication())
        .contains("maintenance until 12:00");
    assertThat(atTheirs.hears(SessionEvent.Connected.class, RETRY.multipliedBy(3))).isFalse();
    assertThat(peer.status().phase()).isEqualTo(SessionPhase.IDLE);
  }

  @Test
  void bothDialAndOneConnectionStays() throws Exception {
    int ourPort = listen(ours, LOOPBACK_1);
    int theirPort = listen(theirs, LOOPBACK_2);
    BgpPeer mine = BgpPeer.start(ours, our(LOOPBACK_2, theirPort, ConnectMode.BOTH), atOurs);
    BgpPeer other = BgpPeer.start(theirs, their(LOOPBACK_1, ourPort, ConnectMode.BOTH), atTheirs);
    BgpSession session = atOurs.awaitSession();
    atTheirs.awaitSession();
    // Both sides mean the same connection, and it stays.
    assertThat(atOurs.hears(SessionEvent.Ended.class, RETRY.multipliedBy(2))).isFalse();
    BgpSession seenByThem = other.status().session().orElseThrow();
    assertThat(mine.status().session()).contains(session);
    assertThat(seenByThem.remote()).isEqualTo(session.local());
  }

  @Test
  void comesBackAfterTheOtherSideDid() throws Exception {
    int port = listen(theirs, LOOPBACK_2);
    BgpPeer.start(theirs, their(LOOPBACK_1, 0, ConnectMode.PASSIVE), atTheirs);
    BgpPeer.start(ours, our(LOOPBACK_2, port, ConnectMode.ACTIVE), atOurs);
    long first = atOurs.awaitSession().id();
    theirs.close();
    assertThat(atOurs.await(SessionEvent.Ended.class).cause()).isEqualTo(EndCause.CONNECTION_LOST);
    BgpRuntime again = runtime();
    open.add(again.listen(new InetSocketAddress(LOOPBACK_2, port)));
    BgpPeer.start(again, their(LOOPBACK_1, 0, ConnectMode.PASSIVE), new Heard());
    assertThat(atOurs.awaitSession().id()).isGreaterThan(first);
  }

  @Test
  void peersOfOneListenerComeAndGoByThemselves() throws Exception {
    int port = listen(theirs, LOOPBACK_2);
    Heard second = new Heard();
    BgpPeer first = BgpPeer.start(theirs, their(LOOPBACK_1, 0, ConnectMode.PASSIVE), atTheirs);
    BgpPeer.start(theirs, their(LOOPBACK_3, 0, ConnectMode.PASSIVE), second);
    BgpPeer.start(ours, our(LOOPBACK_2, port, ConnectMode.ACTIVE), atOurs);
    BgpPeer.start(
        ours,
        our(LOOPBACK_2, port, ConnectMode.ACTIVE).withLocal(IpAddress.of(LOOPBACK_3)),
        new Heard());
    atTheirs.awaitSession();
    second.awaitSession();
    first.stop(SHUTDOWN);
    atTheirs.await(SessionEvent.Ended.class);
    assertThat(second.hears(SessionEvent.Ended.class, RETRY)).isFalse();
  }

  @Test
  void aStrangerIsToldAndClosed() throws Exception {
    int port = listen(theirs, LOOPBACK_2);
    BgpPeer.start(theirs, their(LOOPBACK_3, 0, ConnectMode.PASSIVE), atTheirs);
    try (Socket stranger = new Socket(LOOPBACK_2, port, LOOPBACK_1, 0)) {
      byte[] all = new DataInputStream(stranger.getInputStream()).readAllBytes();
      assertThat(all).hasSize(21).endsWith(3, 6, 5);
    }
  }

  @Test
  void ipv6PeersHaveSessionsToo() throws Exception {
    InetAddress loopback = address("::1");
    int port = listen(theirs, loopback);
    BgpPeer.start(
        theirs, their(loopback, 0, ConnectMode.PASSIVE).withTtl(TtlPolicy.gtsm(1)), atTheirs);
    BgpPeer.start(ours, our(loopback, port, ConnectMode.ACTIVE).withTtl(TtlPolicy.gtsm(1)), atOurs);
    atOurs.awaitSession();
    atTheirs.awaitSession();
  }

  @Test
  void aPeerThatIsNotThereYetIsDialledUntilItIs() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, LOOPBACK_2)) {
      port = free.getLocalPort();
    }
    BgpPeer.start(ours, our(LOOPBACK_2, port, ConnectMode.ACTIVE), atOurs);
    assertThat(atOurs.hears(SessionEvent.Connected.class, RETRY)).isFalse();
    open.add(theirs.listen(new InetSocketAddress(LOOPBACK_2, port)));
    BgpPeer.start(theirs, their(LOOPBACK_1, 0, ConnectMode.PASSIVE), atTheirs);
    atOurs.awaitSession();
  }

  @Test
  void theSameKeyMakesASession() throws Exception {
    keyed("secret", "secret");
    atOurs.awaitSession();
    atTheirs.awaitSession();
  }

  @Test
  void anotherKeyIsNotHeard() throws Exception {
    BgpPeer peer = keyed("secret", "other");
    assertThat(atTheirs.hears(SessionEvent.Connected.class, Duration.ofSeconds(2))).isFalse();
    assertThat(peer.status().session()).isEmpty();
    assertThat(peer.config().toString()).doesNotContain("secret").contains("***");
  }

  private BgpPeer keyed(String our, String their) throws IOException {
    int port = listen(theirs, LOOPBACK_2);
    BgpPeer.start(theirs, their(LOOPBACK_1, 0, ConnectMode.PASSIVE).withMd5(key(their)), atTheirs);
    return BgpPeer.start(ours, our(LOOPBACK_2, port, ConnectMode.ACTIVE).withMd5(key(our)), atOurs);
  }

  @Test
  void bothWithTtlSecurityHearEachOther() throws Exception {
    secured(TtlPolicy.gtsm(1));
    atOurs.awaitSession();
    atTheirs.awaitSession();
  }

  @Test
  void aPeerThatIsFurtherAwayThanItsTtlAllowsIsNotHeard() throws Exception {
    secured(TtlPolicy.multihop(254));
    assertThat(atTheirs.hears(SessionEvent.Connected.class, Duration.ofSeconds(2))).isFalse();
  }

  @Test
  void besideAPeerWithoutTtlSecurityWhoIsNearIsHeard() throws Exception {
    BgpPeer.start(theirs, their(LOOPBACK_3, 0, ConnectMode.PASSIVE), new Heard());
    secured(TtlPolicy.gtsm(1));
    atOurs.awaitSession();
    atTheirs.awaitSession();
  }

  @Test
  void besideAPeerWithoutTtlSecurityItHoldsForTheConnection() throws Exception {
    BgpPeer.start(theirs, their(LOOPBACK_3, 0, ConnectMode.PASSIVE), new Heard());
    secured(TtlPolicy.multihop(254));
    // The listener must let it in for the other's sake, and the peer then does not.
    assertThat(atTheirs.hears(SessionEvent.Connected.class, Duration.ofSeconds(2))).isFalse();
  }

  private void secured(TtlPolicy our) throws IOException {
    int port = listen(theirs, LOOPBACK_2);
    BgpPeer.start(
        theirs, their(LOOPBACK_1, 0, ConnectMode.PASSIVE).withTtl(TtlPolicy.gtsm(1)), atTheirs);
    BgpPeer.start(ours, our(LOOPBACK_2, port, ConnectMode.ACTIVE).withTtl(our), atOurs);
  }

  @Test
  void aListenerInUseIsAnError() throws Exception {
    int port = listen(theirs, LOOPBACK_2);
    InetSocketAddress taken = new InetSocketAddress(LOOPBACK_2, port);
    assertThatThrownBy(() -> ours.listen(taken))
        .isInstanceOf(IOException.class)
        .hasMessage("listen: " + taken + " (expected: free)");
  }

  @Test
  void aPeerThatStopsReadingLosesItsSessionOverAWithdraw() throws Exception {
    try (ServerSocket server = new ServerSocket()) {
      server.setReceiveBufferSize(4096);
      server.bind(new InetSocketAddress(LOOPBACK_2, 0));
      BgpPeer peer =
          BgpPeer.start(ours, our(LOOPBACK_2, server.getLocalPort(), ConnectMode.ACTIVE), atOurs);
      try (Socket socket = server.accept()) {
        socket.getOutputStream().write(Octets4271.open(65001, 90));
        socket.getOutputStream().write(Octets4271.KEEPALIVE);
        BgpSession session = atOurs.awaitSession();
        UpdateMessage filler = UpdateMessage.endOfRib(AddressFamily.IPV4_UNICAST);
        // On the loop: elsewhere one could send faster than it looks.
        CompletableFuture<Void> full = new CompletableFuture<>();
        ours.execute(
            () -> {
              while (session.isWritable()) {
                session.send(filler);
              }
              full.complete(null);
            });
        full.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        UpdateMessage withdraw =
            new UpdateMessage(List.of(Nlri.of(Prefix.parse("192.0.2.0/24"))), List.of(), List.of());
        long since = System.nanoTime();
        session.send(withdraw);
        SessionEvent.Ended ended = atOurs.await(SessionEvent.Ended.class);
        long afterMillis = (System.nanoTime() - since) / 1_000_000;
        assertThat(ended.notification())
            .contains(NotificationMessage.of(BgpError.SEND_HOLD_TIMER_EXPIRED));
        assertThat(ended.text()).startsWith("withdraw: not taken for 10 s");
        assertThat(afterMillis).isBetween(9_900L, 13_000L);
        assertThat(peer.status().session()).isEmpty();
        // It is reset, so that the peer drops the routes though it reads nothing.
        assertThatThrownBy(() -> socket.getInputStream().readAllBytes())
            .isInstanceOf(IOException.class);
      }
    }
  }

  private int listen(BgpRuntime runtime, InetAddress address) throws IOException {
    BgpAcceptor acceptor = runtime.listen(new InetSocketAddress(address, 0));
    open.add(acceptor);
    return acceptor.address().getPort();
  }

  private BgpRuntime runtime() {
    BgpRuntime runtime = BgpRuntime.start("bgp-test");
    open.add(runtime);
    return runtime;
  }

  private static PeerConfig our(InetAddress remote, int port, ConnectMode mode) {
    PeerConfig config = config(65000, 65001, "192.0.2.1", remote, port, mode);
    return IpAddress.of(remote).isIpv4() ? config.withLocal(IpAddress.of(LOOPBACK_1)) : config;
  }

  private static PeerConfig their(InetAddress remote, int port, ConnectMode mode) {
    PeerConfig config = config(65001, 65000, "192.0.2.2", remote, port, mode);
    return IpAddress.of(remote).isIpv4() ? config.withLocal(IpAddress.of(LOOPBACK_2)) : config;
  }

  private static PeerConfig config(
      long localAs, long peerAs, String id, InetAddress remote, int port, ConnectMode mode) {
    SessionConfig session =
        new SessionConfig(
            localAs,
            OptionalLong.of(peerAs),
            IpAddress.parse(id),
            SessionConfig.DEFAULT_HOLD_TIME,
            List.of(AddressFamily.IPV4_UNICAST));
    return PeerConfig.of(session, new InetSocketAddress(remote, port))
        .withMode(mode)
        .withConnectRetry(RETRY);
  }

  private static Md5Key key(String text) {
    return Md5Key.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static InetAddress address(String text) {
    return IpAddress.parse(text).toInetAddress();
  }
}
