package org.bgpannouncer.testkit.bgp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.PathAttribute;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.session.BgpListener;
import org.bgpannouncer.bgp.session.BgpSession;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.bgp.session.SessionEvent;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Peers that dial, on both families, several at a time, each against a session of ours. */
@Timeout(60)
class PeersTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Prefix IPV4 = Prefix.parse("192.0.2.0/24");
  private static final Prefix IPV6 = Prefix.parse("2001:db8:13::/48");
  private static final SessionConfig OURS = SessionConfig.of(64496, IpAddress.parse("192.0.2.1"));

  private final BlockingQueue<BgpSession> established = new LinkedBlockingQueue<>();

  @Test
  void onePeerListensOnIpv6AndAnotherDialsIt() throws IOException {
    try (SimulatedPeer passive =
            SimulatedPeer.start(
                OURS, new InetSocketAddress(IpAddress.parse("::1").toInetAddress(), 0));
        SimulatedPeer active = SimulatedPeer.dial(passive.address())) {
      PeerSession session = active.awaitSession(SOON);
      assertThat(session.remote()).isEqualTo(passive.address());
      assertThat(session.negotiated().peerAs()).isEqualTo(64496);
      assertThat(passive.awaitSession(SOON).remote().getAddress())
          .isEqualTo(IpAddress.parse("::1").toInetAddress());
      session.send(announce(IPV4));
      session.send(announce(IPV6));
      passive.awaitAnnounced(IPV4, SOON);
      passive.awaitAnnounced(IPV6, SOON);
      assertThat(active.adjRibIn().routes()).isEmpty();
    }
  }

  @Test
  void severalPeersKeepApartWhatTheyHear() throws IOException {
    SessionConfig other = SessionConfig.of(65001, IpAddress.parse("192.0.2.253"));
    try (BgpListener ours = listen(0);
        SimulatedPeer first = SimulatedPeer.dial(ours.address());
        SimulatedPeer second =
            SimulatedPeer.dial(
                other,
                ours.address(),
                new InetSocketAddress(IpAddress.parse("127.0.0.2").toInetAddress(), 0))) {
      first.awaitSession(SOON);
      second.awaitSession(SOON);
      BgpSession toSecond = sessionFrom("127.0.0.2");
      toSecond.send(announce(IPV4));
      second.awaitAnnounced(IPV4, SOON);
      first.assertNotAnnounced(IPV4, Duration.ofMillis(50));
    }
  }

  @Test
  void aPeerDialsUntilSomebodyListensAndAgainWhenTheSessionEnds() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    try (SimulatedPeer peer =
        SimulatedPeer.dial(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
      assertThatThrownBy(() -> peer.awaitSession(Duration.ofMillis(200)))
          .isInstanceOf(AssertionError.class);
      try (BgpListener ours = listen(port)) {
        assertThat(peer.awaitSession(SOON).id()).isEqualTo(1);
        assertThat(ours.address().getPort()).isEqualTo(port);
      }
      assertThat(peer.awaitEnded(SOON).wasEstablished()).isTrue();
      try (BgpListener ours = listen(port)) {
        assertThat(peer.awaitSession(SOON).id()).isEqualTo(2);
        peer.inject(new PeerFault.Refuse());
        assertThat(peer.sessions()).isEmpty();
        assertThat(ours.address().getPort()).isEqualTo(port);
      }
    }
  }

  @Test
  void closingLeavesNeitherPortNorThread() throws IOException {
    SimulatedPeer peer = SimulatedPeer.start();
    try (Socket speaker = new Socket(peer.address().getAddress(), peer.address().getPort())) {
      assertThat(speaker.getInputStream().read()).isEqualTo(0xff);
      peer.close();
    }
    try (ServerSocket again = new ServerSocket()) {
      again.setReuseAddress(true);
      again.bind(peer.address());
    }
  }

  private BgpListener listen(int port) throws IOException {
    return BgpListener.open(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
        OURS,
        (session, event) -> {
          if (event instanceof SessionEvent.Established) {
            established.add(session);
          }
        });
  }

  private BgpSession sessionFrom(String source) {
    try {
      while (true) {
        BgpSession session = established.poll(10, TimeUnit.SECONDS);
        assertThat(session).as("a session from " + source).isNotNull();
        if (session.remote().getAddress().getHostAddress().equals(source)) {
          return session;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static UpdateMessage announce(Prefix prefix) {
    IpAddress nextHop = IpAddress.parse(prefix.isIpv4() ? "198.51.100.1" : "2001:db8::1");
    PathAttribute where =
        prefix.isIpv4()
            ? new PathAttribute.NextHopAddress(nextHop)
            : new PathAttribute.MpReach(
                AddressFamily.IPV6_UNICAST, List.of(nextHop), List.of(Nlri.of(prefix)));
    return new UpdateMessage(
        List.of(),
        List.of(PathAttribute.Origin.IGP, PathAttribute.AsPath.sequence(List.of(64496L)), where),
        prefix.isIpv4() ? List.of(Nlri.of(prefix)) : List.of());
  }
}
