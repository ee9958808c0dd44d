package org.bgpannouncer.probe.bitcoin.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
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

  private static final String MISSING = "UNKNOWN LOCAL_ADDRESS";
  private static final List<String> HELD_OR_NOT = List.of("held", "held", MISSING, MISSING);

  @Test
  void tellsTheAddressesThatTheKernelHolds() throws Exception {
    assertThat(held(NETWORK)).containsExactlyElementsOf(HELD_OR_NOT);
  }

  @Test
  void portsUsedUpAreNoMissingAddress() throws Exception {
    String fewPorts = " && echo 40000 40001 > /proc/sys/net/ipv4/ip_local_port_range";

    assertThat(held(NETWORK + fewPorts, "192.0.2.13"))
        .containsExactly("UNKNOWN LOCAL_RESOURCES", "held", MISSING, MISSING);
  }

  @Test
  void isNotFooledByNonlocalBind() throws Exception {
    String nonlocal =
        " && echo 1 > /proc/sys/net/ipv4/ip_nonlocal_bind"
            + " && echo 1 > /proc/sys/net/ipv6/ip_nonlocal_bind";

    assertThat(held(NETWORK + nonlocal)).containsExactlyElementsOf(HELD_OR_NOT);
  }

  /**
   * Of an address on an interface, one of a local route (AnyIP), a neighbour's and a far one; when
   * all UDP ports of the address named, if any, are used up.
   */
  @SuppressWarnings("SystemOut") // a program of its own
  public static void main(String[] args) throws IOException {
    List<DatagramChannel> taken = new ArrayList<>();
    for (String arg : args) {
      useUp(InetAddress.getByName(arg), taken);
    }
    InetAddress[] asked = {
      VirtualNode.address(192, 0, 2, 13),
      VirtualNode.address(198, 51, 100, 7),
      VirtualNode.address(10, 9, 0, 77),
      VirtualNode.address(203, 0, 113, 5)
    };
    for (InetAddress address : asked) {
      System.out.println(
          BindTest.ofKernel()
              .failureOf(address)
              .map(failure -> failure.outcome() + " " + failure.reason())
              .orElse("held"));
    }
    for (DatagramChannel channel : taken) {
      channel.close();
    }
  }

  private static void useUp(InetAddress address, List<DatagramChannel> taken) throws IOException {
    while (true) {
      DatagramChannel channel = DatagramChannel.open();
      taken.add(channel);
      try {
        channel.bind(new InetSocketAddress(address, 0));
      } catch (BindException e) {
        return;
      }
    }
  }

  private static List<String> held(String network, String... args) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command =
        new ArrayList<>(
            List.of(
                "unshare",
                "-n",
                "sh",
                "-c",
                network + " && exec \"$0\" \"$@\"",
                java,
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                BindTestIT.class.getName()));
    command.addAll(List.of(args));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
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
