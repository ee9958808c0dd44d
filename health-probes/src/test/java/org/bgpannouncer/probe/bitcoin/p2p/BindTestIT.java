package org.bgpannouncer.probe.bitcoin.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A kernel with addresses of its own; the namespace ends with its process. */
final class BindTestIT {
  private static final String NETWORK =
      "ip link set lo up && ip addr add 192.0.2.13/32 dev lo"
          + " && ip route add local 198.51.100.0/24 dev lo"
          + " && ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up"
          + " && ip addr add 10.9.0.1/24 dev v0 && ip route add default via 10.9.0.2";

  @Test
  void tellsTheAddressesThatTheKernelHolds() throws Exception {
    assertThat(held(NETWORK)).containsExactly("true", "true", "false", "false");
  }

  @Test
  void isNotFooledByNonlocalBind() throws Exception {
    String nonlocal =
        " && echo 1 > /proc/sys/net/ipv4/ip_nonlocal_bind"
            + " && echo 1 > /proc/sys/net/ipv6/ip_nonlocal_bind";

    assertThat(held(NETWORK + nonlocal)).containsExactly("true", "true", "false", "false");
  }

  /** Of an address on an interface, one of a local route (AnyIP), a neighbour's and a far one. */
  @SuppressWarnings("SystemOut") // a program of its own
  public static void main(String[] args) {
    InetAddress[] asked = {
      VirtualNode.address(192, 0, 2, 13),
      VirtualNode.address(198, 51, 100, 7),
      VirtualNode.address(10, 9, 0, 77),
      VirtualNode.address(203, 0, 113, 5)
    };
    for (InetAddress address : asked) {
      System.out.println(BindTest.ofKernel().failureOf(address).isEmpty());
    }
  }

  private static List<String> held(String network) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process process =
        new ProcessBuilder(
                "unshare",
                "-n",
                "sh",
                "-c",
                network + " && exec \"$0\" \"$@\"",
                java,
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                BindTestIT.class.getName())
            .redirectErrorStream(true)
            .start();
    List<String> lines =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue())
        .as("needs root and iproute2: apt-get install iproute2; %s", lines)
        .isZero();
    return lines;
  }
}
