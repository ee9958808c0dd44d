package org.bgpannouncer.speaker.exabgp;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Whatever ExaBGP's reports say, a neighbour has an address of one word and numbers that exist, and
 * there are no more of them than lines.
 */
final class NeighborReportFuzzTest {
  private static final long MAX_AS = 0xffff_ffffL;

  @FuzzTest
  void namesNeighboursThatCouldBe(byte[] input) {
    List<String> lines = new String(input, StandardCharsets.UTF_8).lines().toList();
    List<Neighbor> configured = NeighborReport.configured(lines);
    assertThat(configured).hasSizeLessThanOrEqualTo(lines.size());
    for (Neighbor neighbor : configured) {
      assertThat(neighbor.peer()).matches("\\S+");
      neighbor.localAs().ifPresent(as -> assertThat(as).isBetween(0L, MAX_AS));
      neighbor.peerAs().ifPresent(as -> assertThat(as).isBetween(0L, MAX_AS));
    }
    NeighborReport.established(lines)
        .forEach(
            (peer, seconds) -> {
              assertThat(peer).matches("\\S+");
              assertThat(seconds).isNotNegative();
            });
  }
}
