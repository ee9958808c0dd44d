package org.bgpannouncer.speaker.exabgp;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;

/**
 * Whatever ExaBGP's report says, each of its lines is a route held or none, and a route that is
 * called exact is one that we could say in a command, and would read the same in the next report.
 */
final class AdjRibReportFuzzTest {
  /** Without an address of ours, which as a next hop reads as self. */
  private static final String INTERNAL =
      "neighbor 192.0.2.1 local-ip - local-as 65001 peer-as 65001 router-id 192.0.2.2"
          + " family-allowed in-open ipv4 unicast ";

  @FuzzTest
  void readsTheSameAgain(byte[] input) {
    List<String> lines = new String(input, StandardCharsets.UTF_8).lines().toList();
    AdjRibReport report = new AdjRibReport();
    int routes = 0;
    for (String line : lines) {
      routes += report.add(line) ? 1 : 0;
    }
    Set<Nlri> inexact = report.inexact(prefix -> 1);
    Rib held = report.held();
    assertThat(held.routes()).hasSizeLessThanOrEqualTo(routes);
    assertThat(held.routes().isEmpty()).isEqualTo(routes == 0);
    for (Route route : held.routes().values()) {
      if (!inexact.contains(route.nlri())) {
        assertThat(again(route)).isEqualTo(Rib.of(List.of(route)));
      }
    }
  }

  private static Rib again(Route route) {
    String command = CommandText.announce(route, Audience.all(OptionalLong.empty()));
    AdjRibReport report = new AdjRibReport();
    report.add(INTERNAL + command.substring("announce route ".length()));
    assertThat(report.inexact(prefix -> 1)).isEmpty();
    return report.held();
  }
}
