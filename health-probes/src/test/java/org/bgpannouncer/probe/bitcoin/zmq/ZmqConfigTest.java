package org.bgpannouncer.probe.bitcoin.zmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.probe.Cadence;
import org.junit.jupiter.api.Test;

final class ZmqConfigTest {
  private static final InetSocketAddress ENDPOINT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 28332);

  @Test
  void hasTheDocumentedDefaults() {
    ZmqConfig config = ZmqConfig.of(ENDPOINT, List.of("hashblock", "sequence"));
    assertThat(config.cadence()).isEqualTo(Cadence.DEFAULT);
    assertThat(config.heartbeatTopics()).isEmpty();
    assertThat(config.silenceSoft()).isEqualTo(Duration.ofMinutes(1));
    assertThat(config.silenceHard()).isEqualTo(Duration.ofMinutes(3));
  }

  @Test
  void namesTheValueAndTheRuleItBreaks() {
    assertRefused(List.of(), List.of(), 60, 180, "topics: [] (expected: at least one, none twice)");
    assertRefused(
        List.of("rawtx", "rawtx"),
        List.of(),
        60,
        180,
        "topics: [rawtx, rawtx] (expected: at least one, none twice)");
    assertRefused(
        List.of("pub hashblock"),
        List.of(),
        60,
        180,
        "topics: pub hashblock (expected: 1 to 64 lower-case letters and digits)");
    assertRefused(
        List.of("hashblock"),
        List.of("hashtx"),
        60,
        180,
        "heartbeat-topics: hashtx (expected: one of [hashblock])");
    assertRefused(
        List.of("hashtx"), List.of(), 60, 59, "silence: PT1M, PT59S (expected: 0 < soft <= hard)");
    assertRefused(
        List.of("hashtx"), List.of(), 0, 180, "silence: PT0S, PT3M (expected: 0 < soft <= hard)");
  }

  private static void assertRefused(
      List<String> topics, List<String> heartbeats, int soft, int hard, String message) {
    assertThatThrownBy(
            () ->
                new ZmqConfig(
                    ENDPOINT,
                    Optional.empty(),
                    topics,
                    Cadence.DEFAULT,
                    heartbeats,
                    Duration.ofSeconds(soft),
                    Duration.ofSeconds(hard)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }
}
