package org.bgpannouncer.probe.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.probe.net.DialOnce.Dialling;
import org.bgpannouncer.probe.net.DialOnce.Spec;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the Linux kernel really says, under both transports; namespaces end with their process. */
final class DialFailureIT {
  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio"})
  void aClosedPortRefuses(String transport) throws Exception {
    int port;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    assertThat(dial(transport, "127.0.0.1 " + port + " -")).startsWith("HARD REFUSED");
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio"})
  void aSourceThatIsNotOursIsOurFault(String transport) throws Exception {
    assertThat(dial(transport, "127.0.0.1 9 192.0.2.1")).startsWith("UNKNOWN LOCAL_ADDRESS");
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio"})
  void theConfiguredSourceIsUsed(String transport) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
      assertThat(dial(transport, "127.0.0.1 " + server.getLocalPort() + " 127.0.0.77"))
          .isEqualTo("CONNECTED");
      try (Socket accepted = server.accept()) {
        assertThat(accepted.getInetAddress().getHostAddress()).isEqualTo("127.0.0.77");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio"})
  void aFullBacklogTimesOut(String transport) throws Exception {
    List<Socket> fillers = new ArrayList<>();
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      InetSocketAddress address =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), full.getLocalPort());
      for (int i = 0; i < 2; i++) {
        Socket filler = new Socket();
        filler.connect(address, 1000);
        fillers.add(filler);
      }
      assertThat(dial(transport, "127.0.0.1 " + full.getLocalPort() + " -"))
          .startsWith("HARD CONNECT_TIMEOUT");
    } finally {
      for (Socket filler : fillers) {
        filler.close();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio"})
  void aNamespaceTellsTheOtherErrorsApart(String transport) throws Exception {
    String network =
        "ip link set lo up && ip link add v0 type veth peer name v1 && ip link set v0 up"
            + " && ip link set v1 up && ip addr add 10.9.0.1/24 dev v0"
            + " && ip route add prohibit 203.0.113.0/25"
            + " && ip route add blackhole 203.0.113.128/25"
            + " && ip route add unreachable 198.51.100.0/24"
            + " && nft add table inet t"
            + " && nft 'add chain inet t o { type filter hook output priority 0; }'"
            + " && nft add rule inet t o ip daddr 10.9.0.77 drop";

    assertThat(
            outside(
                "unshare -n sh -c " + quoted(network + " && exec \"$0\" \"$@\"") + " ",
                transport,
                0,
                "10.9.0.2 9 -", // a neighbour that is powered off
                "10.9.0.77 9 -", // a local firewall that drops
                "203.0.113.1 9 -", // a local policy
                "203.0.113.200 9 -", // a blackhole route
                "198.51.100.1 9 -", // a route that says so
                "192.0.2.1 9 -")) // no route
        .satisfiesExactly(
            line -> assertThat(line).startsWith("HARD HOST_UNREACHABLE"),
            line -> assertThat(line).startsWith("HARD CONNECT_TIMEOUT"),
            line -> assertThat(line).startsWith("UNKNOWN LOCAL_POLICY"),
            line -> assertThat(line).startsWith("UNKNOWN LOCAL_ADDRESS"),
            line -> assertThat(line).startsWith("HARD HOST_UNREACHABLE"),
            line -> assertThat(line).startsWith("UNKNOWN LOCAL_ROUTE"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio"})
  void noMoreFilesIsOurFaultAndStillToldOnTheLoop(String transport) throws Exception {
    assertThat(outside("exec ", transport, 1, "127.0.0.1 9 -", "127.0.0.1 9 -"))
        .satisfiesExactly(
            line -> assertThat(line).startsWith("UNKNOWN LOCAL_RESOURCES"),
            line -> assertThat(line).startsWith("HARD REFUSED"));
  }

  private static String dial(String transport, String spec) throws Exception {
    try (Dialling dialling = new Dialling(transport)) {
      return dialling.dial(Spec.parse(spec), 700);
    }
  }

  private static List<String> outside(
      String before, String transport, int dialsWithoutFiles, String... specs)
      throws IOException, InterruptedException {
    StringBuilder command = new StringBuilder(before);
    command.append(quoted(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.append(" -Xshare:auto -XX:TieredStopAtLevel=1 -XX:-MaxFDLimit -cp ");
    command.append(quoted(System.getProperty("java.class.path"))).append(' ');
    command.append(DialOnce.class.getName()).append(' ').append(transport);
    command.append(" 5000 ").append(dialsWithoutFiles);
    Arrays.stream(specs).forEach(spec -> command.append(' ').append(quoted(spec)));
    Process process =
        new ProcessBuilder("bash", "-c", command.toString()).redirectErrorStream(true).start();
    List<String> lines =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .filter(line -> line.matches("(HARD|UNKNOWN|CONNECTED|OFF THE LOOP|.*rror).*"))
            .toList();
    assertThat(process.waitFor(60, TimeUnit.SECONDS))
        .as("needs root, iproute2 and nftables: apt-get install iproute2 nftables; %s", lines)
        .isTrue();
    assertThat(process.exitValue())
        .as("needs root, iproute2 and nftables: apt-get install iproute2 nftables; %s", lines)
        .isZero();
    return lines;
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}
