package org.bgpannouncer.bgp.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.BgpMessage;
import org.bgpannouncer.bgp.KeepaliveMessage;
import org.bgpannouncer.bgp.Nlri;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.bgp.PathAttribute;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.Prefix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What we write, Wireshark's dissector reads without a complaint. */
class TsharkIT {
  private static final List<BgpMessage> MESSAGES =
      List.of(
          OpenMessage.of(
              4_200_000_000L,
              Duration.ofSeconds(90),
              IpAddress.parse("192.0.2.254"),
              List.of(AddressFamily.IPV4_UNICAST, AddressFamily.IPV6_UNICAST)),
          KeepaliveMessage.INSTANCE,
          new UpdateMessage(
              List.of(Nlri.of(Prefix.parse("198.51.100.0/25"))),
              List.of(
                  PathAttribute.Origin.IGP,
                  PathAttribute.AsPath.sequence(List.of(64496L, 4_200_000_000L)),
                  new PathAttribute.NextHopAddress(IpAddress.parse("198.51.100.1")),
                  new PathAttribute.Med(100),
                  new PathAttribute.LocalPreference(200),
                  new PathAttribute.AtomicAggregate(),
                  new PathAttribute.Communities(List.of(Community.NO_EXPORT)),
                  new PathAttribute.LargeCommunities(List.of(new LargeCommunity(64496, 10, 1)))),
              List.of(
                  Nlri.of(Prefix.parse("192.0.2.0/24")), Nlri.of(Prefix.parse("203.0.113.13/32")))),
          new UpdateMessage(
              List.of(),
              List.of(
                  new PathAttribute.MpReach(
                      AddressFamily.IPV6_UNICAST,
                      List.of(IpAddress.parse("2001:db8::1")),
                      List.of(Nlri.of(Prefix.parse("2001:db8:13::/48")))),
                  PathAttribute.Origin.IGP,
                  PathAttribute.AsPath.sequence(List.of(64496L))),
              List.of()),
          UpdateMessage.endOfRib(AddressFamily.IPV4_UNICAST),
          UpdateMessage.endOfRib(AddressFamily.IPV6_UNICAST),
          NotificationMessage.of(BgpError.ADMINISTRATIVE_SHUTDOWN));

  @TempDir Path home;

  @Test
  void tsharkFindsNothingMalformed() throws Exception {
    Path capture = home.resolve("session.pcap");
    StringBuilder dump = new StringBuilder();
    for (BgpMessage message : MESSAGES) {
      dump.append("000000 ");
      dump.append(HexFormat.ofDelimiter(" ").formatHex(Wire.encode(message, Wire.FOUR_OCTET)));
      dump.append('\n');
    }
    Path text = Files.writeString(home.resolve("session.txt"), dump);
    run("text2pcap", "-q", "-T", "33000,179", text.toString(), capture.toString());
    List<String> types =
        run("tshark", "-r", capture.toString(), "-Y", "bgp", "-T", "fields", "-e", "bgp.type")
            .lines()
            .toList();
    assertThat(types)
        .isEqualTo(MESSAGES.stream().map(each -> String.valueOf(each.type().code())).toList());
    String details = run("tshark", "-r", capture.toString(), "-V", "-Y", "bgp");
    assertThat(details).doesNotContain("Malformed").contains("203.0.113.13/32", "2001:db8:13::/48");
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    } catch (IOException e) {
      throw new IOException(command[0] + " does not start: apt-get install tshark", e);
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
    return output;
  }
}
