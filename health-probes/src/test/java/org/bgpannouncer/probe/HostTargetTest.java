package org.bgpannouncer.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.rpc.PinningRules;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig;
import org.bgpannouncer.probe.bitcoin.zmq.ZmqConfig;
import org.bgpannouncer.probe.http.HttpConfig;
import org.bgpannouncer.probe.tcp.TcpConfig;
import org.junit.jupiter.api.Test;

final class HostTargetTest {
  private static InetSocketAddress at(String address, int port) {
    return new InetSocketAddress(address, port);
  }

  private static TcpConfig tcp(String address) {
    return new TcpConfig(at(address, 3000), Optional.empty(), Cadence.DEFAULT);
  }

  private static HttpConfig http(String uri, String address) {
    return new HttpConfig(
        at(address, 443),
        URI.create(uri),
        Optional.empty(),
        Cadence.DEFAULT,
        List.of(200),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Duration.ofDays(7));
  }

  private static HostTarget target(
      List<ZmqConfig> zmq, List<TcpConfig> tcp, List<HttpConfig> http) {
    return new HostTarget("h", Optional.empty(), Optional.empty(), zmq, tcp, http);
  }

  @Test
  void theSamePortOrUriAtAnotherAddressIsAnotherCheck() {
    assertThat(
            target(
                    List.of(),
                    List.of(tcp("192.0.2.1"), tcp("192.0.2.2")),
                    List.of(
                        http("https://pay.example/a", "192.0.2.1"),
                        http("https://pay.example/a", "192.0.2.2"),
                        http("https://pay.example/a?b", "192.0.2.2")))
                .repeatedChecks())
        .isEmpty();
  }

  @Test
  void aVerdictOnAddressesByOtherRulesIsNoVerdictAnyMore() {
    RpcConfig plain =
        RpcConfig.of(
            at("192.0.2.1", 8332),
            BitcoinNetwork.MAINNET,
            new RpcConfig.Credentials.CookieFile(Path.of("/cookie")));
    PinningRules rules =
        new PinningRules(Optional.empty(), Optional.empty(), Set.of(), Set.of(), Set.of());
    HostTarget before = target(List.of(), List.of(), List.of()).with(plain.with(rules));
    HostTarget after = before.with(plain);

    assertThat(before.continues(before, Check.RPC_PINNING)).isTrue();
    assertThat(after.continues(before, Check.RPC_PINNING)).isFalse();
    assertThat(after.continues(before, Check.RPC_LIVENESS)).isTrue();
  }

  @Test
  void namesEachCheckThatTwoEntriesShare() {
    ZmqConfig blocks = ZmqConfig.of(at("192.0.2.1", 28332), List.of("hashblock"));
    ZmqConfig txs = ZmqConfig.of(at("192.0.2.1", 28332), List.of("hashtx"));

    assertThat(
            target(
                    List.of(blocks, txs, blocks),
                    List.of(tcp("192.0.2.1"), tcp("192.0.2.1")),
                    List.of(
                        http("https://pay.example/a_b", "192.0.2.1"),
                        http("https://pay.example/a-b", "192.0.2.1")))
                .repeatedChecks())
        .extracting(Check::toString)
        .containsExactly(
            "zmq.192.0.2.1:28332",
            "tcp.192.0.2.1:3000",
            "http.https://pay.example/a-b-at-192.0.2.1:443");
  }

  @Test
  void anHttpCheckShowsTheAddressOnlyWhereItIsNotTheUris() {
    assertThat(http("https://192.0.2.1:443/", "192.0.2.1").check())
        .hasToString("http.https://192.0.2.1:443/");
    assertThat(http("https://pay.example/?token=secret", "192.0.2.1").check().toString())
        .startsWith("http.https://pay.example/-")
        .endsWith("-at-192.0.2.1:443")
        .doesNotContain("secret");
  }
}
