package org.bgpannouncer.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.bgp.session.BgpSession;
import org.bgpannouncer.bgp.session.SessionEvent;
import org.bgpannouncer.bgp.session.SessionEvent.EndCause;
import org.junit.jupiter.api.Test;

final class PeerCollectorTest {
  private static final SessionEvent ENDED =
      new SessionEvent.Ended(EndCause.CONNECTION_LOST, Optional.empty(), "closed by the peer");

  private final PeerCollector collector =
      new PeerCollector(new PeerLines(false), new PeerExpectations(List.of(), List.of()));

  @Test
  void whoComesWhenItIsOverIsNotHeard() throws InterruptedException {
    BgpSession first = session();
    BgpSession second = session();
    var listener = collector.listener();
    listener.happened(first, new SessionEvent.Connected());
    collector.stop(Duration.ZERO);
    // As a peer does that dials again as soon as its session was shut down.
    listener.happened(second, new SessionEvent.Connected());
    listener.happened(second, ENDED);
    assertThat(collector.next(Duration.ZERO)).isEmpty();
    listener.happened(first, ENDED);
    assertThat(collector.next(Duration.ZERO))
        .hasValueSatisfying(
            line -> assertThat(line).endsWith("#1 192.0.2.1 ended closed by the peer"));
  }

  private static BgpSession session() {
    BgpSession session = mock();
    when(session.remote()).thenReturn(new InetSocketAddress("192.0.2.1", 179));
    return session;
  }
}
