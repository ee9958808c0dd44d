package org.bgpannouncer.testkit.bgp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.KeepaliveMessage;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.session.SessionEvent.EndCause;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.testkit.bgp.HeardChange.Cause;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The simulated peer, against octets written by hand. */
@Timeout(60)
class SimulatedPeerTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration AT_ONCE = Duration.ofMillis(1);
  private static final Duration A_WHILE = Duration.ofMillis(50);
  private static final Prefix PREFIX = Prefix.parse("192.0.2.0/24");

  private static final String MARKER = "ff".repeat(16);
  private static final String OPEN = MARKER + "0025 01 04 fbf0 005a c0000201 08 020641040000fbf0";
  private static final String KEEPALIVE = MARKER + "0013 04";
  private static final String ANNOUNCE =
      MARKER + "002f 02 0000 0014 40010100 400206 0201 0000fbf0 400304 c6336401 18c00002";
  private static final Prefix SECOND_PREFIX = Prefix.parse("198.51.100.0/24");
  private static final String ANNOUNCE_TWO =
      MARKER + "0033 02 0000 0014 40010100 400206 0201 0000fbf0 400304 c6336401 18c00002 18c63364";
  private static final String WITHDRAW = MARKER + "001b 02 0004 18c00002 0000";

  private final SimulatedPeer peer = SimulatedPeer.start();

  @AfterEach
  void close() {
    peer.close();
  }

  @Test
  void keepsWhatIsAdvertisedAndWhenItWasHeard() throws IOException {
    try (Socket speaker = speak(OPEN + KEEPALIVE + ANNOUNCE)) {
      long beforeNanos = System.nanoTime();
      HeardChange announced = peer.awaitAnnounced(PREFIX, SOON);
      assertThat(peer.adjRibIn().routes()).containsOnlyKeys(Nlri.of(PREFIX));
      write(speaker, WITHDRAW);
      HeardChange withdrawn = peer.awaitWithdrawn(PREFIX, SOON);
      assertThat(peer.adjRibIn().routes()).isEmpty();
      assertThat(peer.changes()).containsExactly(announced, withdrawn);
      assertThat(withdrawn.cause()).isEqualTo(Cause.UPDATE);
      assertThat(withdrawn.nanos() - announced.nanos()).isPositive();
      assertThat(System.nanoTime() - beforeNanos).isGreaterThan(0);
    }
  }

  @Test
  void theEndOfASessionVoidsItsRoutes() throws IOException {
    try (Socket speaker = speak(OPEN + KEEPALIVE + ANNOUNCE)) {
      assertThat(speaker.isConnected()).isTrue();
    }
    HeardChange withdrawn = peer.awaitWithdrawn(PREFIX, SOON);
    assertThat(withdrawn.cause()).isEqualTo(Cause.SESSION_ENDED);
  }

  @Test
  void aRouteOfAnotherSessionStays() throws IOException {
    try (Socket first = speak(OPEN + KEEPALIVE + ANNOUNCE);
        Socket second = speak(OPEN + KEEPALIVE + ANNOUNCE_TWO)) {
      peer.awaitAnnounced(SECOND_PREFIX, SOON);
      write(first, WITHDRAW + ANNOUNCE_TWO);
      for (int update = 0; update < 4; update++) {
        peer.take(UpdateMessage.class, SOON); // what two connections bring has no order by itself
      }
      write(second, WITHDRAW);
      write(first, WITHDRAW);
      assertThat(peer.awaitWithdrawn(PREFIX, SOON).cause()).isEqualTo(Cause.UPDATE);
      assertThat(peer.adjRibIn().routes()).containsOnlyKeys(Nlri.of(SECOND_PREFIX));
    }
  }

  @Test
  void whatWasNeverAnnouncedWasNotWithdrawn() {
    assertThatThrownBy(() -> peer.awaitWithdrawn(PREFIX, AT_ONCE))
        .isInstanceOf(AssertionError.class)
        .hasMessage("expected 192.0.2.0/24 withdrawn within PT0.001S; heard:\n  nobody connected");
  }

  @Test
  void aFailedWaitTellsTheConversation() throws IOException {
    try (Socket speaker = speak(OPEN + KEEPALIVE + ANNOUNCE)) {
      peer.awaitAnnounced(PREFIX, SOON);
      assertThatThrownBy(() -> peer.awaitWithdrawn(PREFIX, AT_ONCE))
          .hasMessageContaining("<- OPEN as 64496")
          .hasMessageContaining("<- UPDATE announce 192.0.2.0/24 next-hop");
      assertThat(speaker.isConnected()).isTrue();
    }
  }

  @Test
  void sendsToEverySession() throws IOException {
    try (Socket speaker = speak(OPEN + KEEPALIVE)) {
      peer.awaitSession(SOON);
      peer.send(UpdateMessage.endOfRib(AddressFamily.IPV4_UNICAST));
      peer.inject(new PeerFault.Refuse());
      assertThat(HexFormat.of().formatHex(speaker.getInputStream().readAllBytes()))
          .endsWith(MARKER + "00170200000000");
    }
  }

  @Test
  void refusesAndHealsOnTheSamePort() throws IOException {
    peer.inject(new PeerFault.Refuse());
    assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
    peer.heal();
    try (Socket speaker = speak(OPEN + KEEPALIVE)) {
      assertThat(peer.awaitSession(SOON).remote().getPort()).isEqualTo(speaker.getLocalPort());
    }
  }

  @Test
  void takesAConnectionAndSaysNothing() throws IOException {
    peer.inject(new PeerFault.Stall());
    try (Socket speaker = connect()) {
      speaker.setSoTimeout(50);
      assertThatThrownBy(() -> speaker.getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void notifiesSessionsThatStandAndThoseToCome() throws IOException {
    try (Socket standing = speak(OPEN + KEEPALIVE)) {
      peer.awaitSession(SOON);
      peer.inject(new PeerFault.Notify(NotificationMessage.of(BgpError.ADMINISTRATIVE_SHUTDOWN)));
      String notification = MARKER + "0015030602";
      assertThat(HexFormat.of().formatHex(standing.getInputStream().readAllBytes()))
          .endsWith(notification);
      try (Socket later = connect()) {
        assertThat(HexFormat.of().formatHex(later.getInputStream().readAllBytes()))
            .endsWith(notification);
      }
    }
  }

  @Test
  void takesWhatCameInOrder() throws IOException {
    try (Socket speaker = speak(OPEN + KEEPALIVE + ANNOUNCE + WITHDRAW)) {
      assertThat(peer.take(OpenMessage.class, SOON).message().as()).isEqualTo(64496);
      assertThat(peer.take(UpdateMessage.class, SOON).message().nlri()).hasSize(1);
      assertThat(peer.take(UpdateMessage.class, SOON).message().withdrawn()).hasSize(1);
      assertThatThrownBy(() -> peer.take(UpdateMessage.class, AT_ONCE))
          .hasMessageStartingWith("expected UpdateMessage within PT0.001S; heard:\n");
      // The KEEPALIVE was passed over.
      assertThatThrownBy(() -> peer.take(KeepaliveMessage.class, AT_ONCE))
          .isInstanceOf(AssertionError.class);
      assertThat(peer.messages(UpdateMessage.class)).hasSize(2);
      assertThat(speaker.isConnected()).isTrue();
    }
  }

  @Test
  void aPrefixThatStaysIsToldFromOneThatFlaps() throws IOException {
    try (Socket speaker = speak(OPEN + KEEPALIVE + ANNOUNCE)) {
      peer.awaitAnnounced(PREFIX, SOON);
      peer.assertStaysAnnounced(PREFIX, A_WHILE);
      peer.assertNotAnnounced(SECOND_PREFIX, A_WHILE);
      assertThatThrownBy(() -> peer.assertNotAnnounced(PREFIX, SOON))
          .hasMessageStartingWith("expected no announcement of 192.0.2.0/24 for PT10S");
      assertThatThrownBy(() -> peer.assertStaysAnnounced(SECOND_PREFIX, SOON))
          .hasMessageStartingWith("expected 198.51.100.0/24 to be announced");
      CompletableFuture<Void> flap = new CompletableFuture<>();
      assertThatThrownBy(
              () -> {
                flap.completeAsync(() -> flap(speaker));
                peer.assertStaysAnnounced(PREFIX, SOON);
              })
          .hasMessageStartingWith("expected no withdraw of 192.0.2.0/24 for PT10S");
      flap.join();
    }
  }

  private static Void flap(Socket speaker) {
    try {
      write(speaker, WITHDRAW + ANNOUNCE);
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void tellsTheNotificationAndTheEnd() throws IOException {
    try (Socket speaker = speak(OPEN + KEEPALIVE)) {
      peer.awaitSession(SOON);
      write(speaker, MARKER + "0015 03 0602");
      assertThat(peer.awaitNotification(SOON).message())
          .isEqualTo(NotificationMessage.of(BgpError.ADMINISTRATIVE_SHUTDOWN));
      HeardEnd end = peer.awaitEnded(SOON);
      assertThat(end.wasEstablished()).isTrue();
      assertThat(end.ended().cause()).isEqualTo(EndCause.NOTIFICATION_RECEIVED);
    }
  }

  @Test
  void waitsForARouteOfAKind() throws IOException {
    try (Socket speaker = speak(OPEN + KEEPALIVE + ANNOUNCE)) {
      assertThat(
              peer.awaitAnnounced(
                      PREFIX, "one hop", route -> route.attributes().asPath().size() == 1, SOON)
                  .change()
                  .prefix())
          .isEqualTo(PREFIX);
      assertThatThrownBy(
              () ->
                  peer.awaitAnnounced(
                      PREFIX, "MED 100", route -> route.attributes().med().isPresent(), AT_ONCE))
          .hasMessageStartingWith("expected 192.0.2.0/24 announced with MED 100 within");
      assertThat(speaker.isConnected()).isTrue();
    }
  }

  @Test
  void playsAScriptOnEachSessionInTurn() throws IOException {
    peer.script(
        new PeerStep.AwaitAnnounced(PREFIX),
        new PeerStep.Send(UpdateMessage.endOfRib(AddressFamily.IPV4_UNICAST)),
        new PeerStep.AwaitWithdrawn(PREFIX),
        new PeerStep.Misbehave(new PeerFault.HalfClose()));
    peer.script(
        new PeerStep.Misbehave(
            new PeerFault.Notify(NotificationMessage.of(BgpError.OUT_OF_RESOURCES))));
    try (Socket first = speak(OPEN + KEEPALIVE + ANNOUNCE)) {
      peer.awaitAnnounced(PREFIX, SOON);
      write(first, WITHDRAW);
      assertThat(HexFormat.of().formatHex(first.getInputStream().readAllBytes()))
          .endsWith(MARKER + "00170200000000");
    }
    try (Socket second = speak(OPEN + KEEPALIVE)) {
      assertThat(HexFormat.of().formatHex(second.getInputStream().readAllBytes()))
          .endsWith(MARKER + "0015030608");
    }
    peer.awaitPlayed(SOON);
  }

  @Test
  void aScriptEndsWithItsSession() throws IOException {
    peer.script(new PeerStep.Pass(Duration.ofHours(1)));
    peer.script(new PeerStep.AwaitAnnounced(SECOND_PREFIX));
    for (int i = 0; i < 2; i++) {
      try (Socket speaker = speak(OPEN + KEEPALIVE)) {
        peer.awaitSession(SOON);
        assertThatThrownBy(() -> peer.awaitPlayed(AT_ONCE)).isInstanceOf(AssertionError.class);
        assertThat(speaker.isConnected()).isTrue();
      }
      peer.awaitEnded(SOON);
    }
    peer.awaitPlayed(SOON);
  }

  private Socket connect() throws IOException {
    return new Socket(peer.address().getAddress(), peer.address().getPort());
  }

  private Socket speak(String hex) throws IOException {
    Socket speaker = connect();
    write(speaker, hex);
    return speaker;
  }

  private static void write(Socket speaker, String hex) throws IOException {
    speaker.getOutputStream().write(HexFormat.of().parseHex(hex.replace(" ", "")));
  }
}
