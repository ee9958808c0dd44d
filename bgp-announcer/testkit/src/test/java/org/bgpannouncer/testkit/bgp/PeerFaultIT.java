package org.bgpannouncer.testkit.bgp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.Octets;
import org.bgpannouncer.route.Prefix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a real BIRD sees of a simulated peer's faults, in its own words. */
@Timeout(120)
class PeerFaultIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Prefix PREFIX = Prefix.parse("192.0.2.0/24");

  @TempDir Path home;
  private final SimulatedPeer peer = SimulatedPeer.start();
  private Process bird;

  @BeforeEach
  void start() throws IOException {
    Path file =
        Files.writeString(
            home.resolve("bird.conf"),
            """
            router id 192.0.2.2;
            protocol device {}
            protocol static { ipv4; route 192.0.2.0/24 blackhole; }
            protocol bgp r {
              local 127.0.0.1 as 64496;
              neighbor 127.0.0.1 port %d as 65000;
              multihop; hold time 3; connect delay time 1; connect retry time 1;
              error wait time 1, 1;
              ipv4 { import all; export all; next hop address 198.51.100.1; };
            }
            """
                .formatted(peer.address().getPort()));
    bird =
        new ProcessBuilder("/usr/sbin/bird", "-f", "-c", file.toString(), "-s", control())
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("log").toFile())
            .start();
    peer.awaitAnnounced(PREFIX, SOON);
  }

  @AfterEach
  void stop() throws InterruptedException {
    bird.destroy();
    if (!bird.waitFor(5, TimeUnit.SECONDS)) {
      bird.destroyForcibly().waitFor();
    }
    peer.close();
  }

  @Test
  void birdIsRefusedAndComesBack() {
    peer.inject(new PeerFault.Refuse());
    peer.awaitWithdrawn(PREFIX, SOON);
    awaitBird("Socket: Connection refused");
    peer.heal();
    peer.awaitAnnounced(PREFIX, SOON);
  }

  @Test
  void birdRefusesAnotherAs() {
    peer.inject(new PeerFault.WrongAs(65551));
    awaitBird("Bad peer AS");
    assertThat(peer.awaitNotification(SOON).message().error()).contains(BgpError.BAD_PEER_AS);
    peer.heal();
    peer.awaitAnnounced(PREFIX, SOON);
  }

  @Test
  void birdsHoldTimerExpires() {
    peer.inject(new PeerFault.Silence());
    // First, because a BIRD 2.0.12 that nobody wakes does not send what its timer has left to send.
    awaitBird("Hold timer expired");
    assertThat(peer.awaitNotification(SOON).message())
        .isEqualTo(NotificationMessage.of(BgpError.HOLD_TIMER_EXPIRED));
  }

  @Test
  void birdAnswersAMalformedUpdate() {
    peer.inject(
        new PeerFault.Malformed(Octets.parse("ff".repeat(16) + "001702" + "0000" + "0010")));
    assertThat(peer.awaitNotification(SOON).message().error())
        .contains(BgpError.MALFORMED_ATTRIBUTE_LIST);
    awaitBird("Malformed attribute list");
  }

  private String control() {
    return home.resolve("bird.ctl").toString();
  }

  private void awaitBird(String words) {
    await("BIRD saying " + words).atMost(SOON).until(() -> show().contains(words));
  }

  private String show() throws IOException, InterruptedException {
    Process birdc =
        new ProcessBuilder("/usr/sbin/birdc", "-s", control(), "show", "protocols", "all", "r")
            .redirectErrorStream(true)
            .start();
    String output = new String(birdc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    birdc.waitFor();
    return output;
  }
}
