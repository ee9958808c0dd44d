package org.bgpannouncer.testkit.bgp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The simulated peer against the real programs it stands in for the routers of. */
@Timeout(120)
class RealSpeakersIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Prefix IPV4 = Prefix.parse("192.0.2.0/24");
  private static final Prefix IPV6 = Prefix.parse("2001:db8:13::/48");

  @TempDir Path home;
  private final SimulatedPeer peer = SimulatedPeer.start();
  private Process speaker = idle();

  // A process that has ended, so that there is always one to end.
  private static Process idle() {
    try {
      return new ProcessBuilder("true").start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void stop() throws InterruptedException {
    speaker.destroy();
    if (!speaker.waitFor(5, TimeUnit.SECONDS)) {
      speaker.destroyForcibly().waitFor();
    }
    peer.close();
  }

  @Test
  void exaBgpAnnouncesBothFamiliesWithTheirAttributes() throws IOException {
    Path file =
        write(
            "exabgp.conf",
            "neighbor 127.0.0.1 {",
            "  router-id 192.0.2.1; local-address 127.0.0.1; local-as 64496; peer-as 65000;",
            "  family { ipv4 unicast; ipv6 unicast; }",
            "  static {",
            // ExaBGP 4.2 wants a route on one line.
            "    route 192.0.2.0/24 next-hop 198.51.100.1 med 100 as-path [ 64496 4200000000 ]"
                + " community [ 64496:1 65535:65281 ] large-community [ 64496:10:1 ];",
            "    route 2001:db8:13::/48 next-hop 2001:db8::1 med 200;",
            "  }",
            "}");
    speaker =
        start(
            Map.of(
                "exabgp_daemon_user", "root",
                "exabgp_api_cli", "false",
                "exabgp_tcp_bind", "",
                "exabgp_tcp_port", "" + peer.address().getPort()),
            "exabgp",
            file.toString());
    Route ipv4 = announced(IPV4);
    assertThat(ipv4.nextHop()).hasToString("198.51.100.1");
    assertThat(ipv4.attributes().med()).hasValue(100);
    assertThat(ipv4.attributes().asPath()).containsExactly(64496L, 4_200_000_000L);
    assertThat(ipv4.attributes().communities())
        .containsExactly(new Community(64496, 1), Community.NO_EXPORT);
    assertThat(ipv4.attributes().largeCommunities())
        .containsExactly(new LargeCommunity(64496, 10, 1));
    assertThat(announced(IPV6).nextHop()).hasToString("2001:db8::1");

    speaker.destroy();
    assertThat(peer.awaitWithdrawn(IPV4, SOON).cause()).isEqualTo(HeardChange.Cause.SESSION_ENDED);
  }

  @Test
  void birdAnnouncesAndWithdrawsBothFamilies() throws IOException, InterruptedException {
    Path file =
        write(
            "bird.conf",
            "router id 192.0.2.2;",
            "protocol device {}",
            "protocol static s4 { ipv4; route 192.0.2.0/24 blackhole; }",
            "protocol static s6 { ipv6; route 2001:db8:13::/48 blackhole; }",
            "protocol bgp r {",
            "  local 127.0.0.1 as 4200000001;",
            "  neighbor 127.0.0.1 port " + peer.address().getPort() + " as 65000;",
            "  multihop; connect delay time 1;",
            "  ipv4 { import all; export all; next hop address 198.51.100.1; };",
            "  ipv6 { import all; export all; next hop address 2001:db8::1; };",
            "}");
    String control = home.resolve("bird.ctl").toString();
    speaker = start(Map.of(), "/usr/sbin/bird", "-f", "-c", file.toString(), "-s", control);
    assertThat(announced(IPV4).attributes().asPath()).containsExactly(4_200_000_001L);
    assertThat(announced(IPV6).nextHop()).hasToString("2001:db8::1");

    assertThat(birdc(control, "disable", "s4")).contains("s4: disabled");
    assertThat(birdc(control, "disable", "s6")).contains("s6: disabled");
    assertThat(peer.awaitWithdrawn(IPV4, SOON).cause()).isEqualTo(HeardChange.Cause.UPDATE);
    assertThat(peer.awaitWithdrawn(IPV6, SOON).cause()).isEqualTo(HeardChange.Cause.UPDATE);

    // What we write, BIRD keeps the session for.
    peer.send(UpdateMessage.endOfRib(AddressFamily.IPV4_UNICAST));
    peer.send(UpdateMessage.endOfRib(AddressFamily.IPV6_UNICAST));
    assertThat(birdc(control, "enable", "s4")).contains("s4: enabled");
    announced(IPV4);
    assertThat(birdc(control, "show", "protocols", "r")).contains("Established");
  }

  private Route announced(Prefix prefix) {
    return ((RouteChange.Announce) peer.awaitAnnounced(prefix, SOON).change()).route();
  }

  private Path write(String name, String... lines) throws IOException {
    return Files.write(home.resolve(name), List.of(lines));
  }

  private Process start(Map<String, String> environment, String... command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("log").toFile());
    builder.environment().putAll(environment);
    try {
      return builder.start();
    } catch (IOException e) {
      throw new IOException(command[0] + " does not start: apt-get install bird2 exabgp", e);
    }
  }

  private String birdc(String control, String... command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("/usr/sbin/birdc", "-s", control);
    builder.command().addAll(List.of(command));
    Process birdc = builder.redirectErrorStream(true).start();
    String output = new String(birdc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    birdc.waitFor();
    return output;
  }
}
