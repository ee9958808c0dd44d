package org.bgpannouncer.probe.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.ProbeRuntime;
import org.bgpannouncer.probe.Reason;
import org.junit.jupiter.api.Test;

final class TcpProbeIT {
  @Test
  void anEmbedderRunsOneProbeByItself() throws Exception {
    try (ProbeRuntime runtime = new ProbeRuntime()) {
      InetSocketAddress address;
      try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        address = (InetSocketAddress) server.getLocalSocketAddress();
        Observation open = first(runtime, address);
        assertThat(open.outcome()).isEqualTo(Outcome.OK);
        assertThat(open.check()).hasToString("tcp.127.0.0.1:" + address.getPort());
      }
      Observation refused = first(runtime, address);
      assertThat(refused.outcome()).isEqualTo(Outcome.HARD);
      assertThat(refused.reason()).isEqualTo(Reason.REFUSED);
    }
  }

  private static Observation first(ProbeRuntime runtime, InetSocketAddress address)
      throws Exception {
    CompletableFuture<Observation> first = new CompletableFuture<>();
    TcpConfig config = new TcpConfig(address, Optional.empty(), Cadence.DEFAULT);
    try (TcpProbe probe = TcpProbe.create("web1", config, runtime.nextLoop())) {
      probe.start(first::complete);
      return first.get(10, TimeUnit.SECONDS);
    }
  }
}
