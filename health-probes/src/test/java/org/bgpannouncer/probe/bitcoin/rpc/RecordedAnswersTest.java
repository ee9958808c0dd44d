package org.bgpannouncer.probe.bitcoin.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.Set;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.finding.Finding;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What real nodes of these versions have told of their connections; see the fixtures' README. */
final class RecordedAnswersTest {
  private static final PinningRules IPV4 =
      rules("85.208.70.0/24", Optional.empty(), "85.208.69.0/24", "85.208.69.13", "10.1.0.11");
  private static final PinningRules IPV6 =
      rules("3fff:70::/64", Optional.empty(), "3fff:13::/48", "3fff:13::13", "3fff:1::11");
  private static final PinningRules BEHIND_NAT =
      rules(
          "10.1.0.11/32",
          Optional.of("85.208.70.0/24"),
          "85.208.69.0/24",
          "85.208.69.13",
          "10.1.0.11");

  @ParameterizedTest
  @ValueSource(strings = {"0.21.2", "28.4", "31.1rc1"})
  void aPinnedNodePasses(String version) throws IOException {
    assertPasses(
        version, "source-route-ipv4", IPV4, "out from 85.208.70.11 (3), in at 85.208.69.13 (1)");
    assertPasses(
        version,
        "uid-ipv6",
        IPV6,
        "out from 3fff:70::11 (3), in at 3fff:13::13 (1) 3fff:1::11 (1)");
    assertPasses(
        version, "snat-ipv4", BEHIND_NAT, "out from 10.1.0.11 (3), in at 85.208.69.13 (1)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.21.2", "28.4", "31.1rc1"})
  void aNodeThatLeavesFromTheServiceAddressIsToldOf(String version) throws IOException {
    Finding ipv4 = judge(version, "source-route-forgotten-ipv4", IPV4);
    assertThat(ipv4.outcome()).isEqualTo(Outcome.SOFT);
    assertThat(ipv4.reason()).isEqualTo(Reason.WRONG_SOURCE);
    assertThat(ipv4.detail())
        .contains(
            "to 9.9.9.9:8333 from 85.208.69.13",
            "to 8.8.8.8:8333 from 85.208.69.13",
            "to 4.4.4.4:8333 from 85.208.69.13");
    Finding ipv6 = judge(version, "uid-forgotten-ipv6", IPV6);
    assertThat(ipv6.reason()).isEqualTo(Reason.WRONG_SOURCE);
    assertThat(ipv6.detail())
        .contains(
            "to [3fff:901::9]:8333 from 3fff:13::13",
            "to [3fff:902::9]:8333 from 3fff:13::13",
            "to [3fff:903::9]:8333 from 3fff:13::13");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.21.2", "28.4", "31.1rc1"})
  void behindTheWrongNatItsPeersVote(String version) throws IOException {
    Finding finding = judge(version, "snat-elsewhere-ipv4", BEHIND_NAT);
    assertThat(finding.reason()).isEqualTo(Reason.WRONG_SOURCE);
    assertThat(finding.detail())
        .isEqualTo("0 of 3 networks see it in 85.208.70.0/24, others at 85.208.69.99");
  }

  private static void assertPasses(String version, String scene, PinningRules rules, String detail)
      throws IOException {
    Finding finding = judge(version, scene, rules);
    assertThat(finding.outcome()).as(scene).isEqualTo(Outcome.OK);
    assertThat(finding.detail()).isEqualTo(detail);
  }

  private static Finding judge(String version, String scene, PinningRules rules)
      throws IOException {
    String name = "/rpc/recorded/" + version + "/" + scene;
    return PinningView.of(
        rules, answer(name + ".getpeerinfo.json"), answer(name + ".getnetworkinfo.json"));
  }

  private static JsonNode answer(String name) throws IOException {
    try (InputStream in = RecordedAnswersTest.class.getResourceAsStream(name)) {
      assertThat(in).as(name).isNotNull();
      return new JsonMapper().readTree(in);
    }
  }

  private static PinningRules rules(
      String source, Optional<String> translated, String anycast, String service, String own) {
    return new PinningRules(
        Optional.of(range(source)),
        translated.map(RecordedAnswersTest::range),
        Set.of(range(anycast)),
        Set.of(ip(service)),
        Set.of(ip(own)));
  }

  private static AddressRange range(String text) {
    int slash = text.indexOf('/');
    return new AddressRange(
        ip(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
  }

  private static InetAddress ip(String text) {
    try {
      return InetAddress.getByAddress(NetUtil.createByteArrayFromIpAddressString(text));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
