package org.bgpannouncer.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.bgpannouncer.doctor.BirdSessions.Session;
import org.junit.jupiter.api.Test;

/** What BIRD 2.0.12 prints of its protocols. */
final class BirdSessionsTest {
  private static final String PRINTED =
      """
      BIRD 2.0.12 ready.
      Access restricted
      Name       Proto      Table      State  Since         Info
      device1    Device     ---        up     08:08:58.400 \s

      announcer_ann1 BGP        ---        up     08:09:33.494  Established  \s
        BGP state:          Established
          Neighbor address: 10.9.0.21
          Neighbor AS:      42275
          Local capabilities
            Multiprotocol
              AF announced: ipv4
            Graceful restart
            Long-lived graceful restart
          Neighbor capabilities
            Graceful restart
              Restart time: 120
          Session:          internal multihop AS4
          Hold timer:       68.403/90
          Keepalive timer:  22.308/30
        Channel ipv4
          State:          UP

      announcer_ann2 BGP        ---        start  08:08:58.400  Passive      \s
        BGP state:          Passive
          Neighbor address: fe80::21%eth0

      b          BGP        ---        up     08:09:33.494  Established  \s
        BGP state:          Established
          Neighbor address: 10.9.0.1
          Local capabilities
            Graceful restart
              Restart time: 120
          Neighbor capabilities
            Route refresh
      """;

  @Test
  void whatWasAgreed() {
    assertThat(BirdSessions.parse(PRINTED))
        .containsExactly(
            new Session("announcer_ann1", "10.9.0.21", Optional.of(90), true, false),
            new Session("announcer_ann2", "fe80::21", Optional.empty(), false, false),
            new Session("b", "10.9.0.1", Optional.of(0), true, true));
    assertThat(BirdSessions.parse("")).isEmpty();
  }
}
