package org.bgpannouncer.probe.bitcoin.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.finding.Finding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a node tells of its connections; {@link RecordedAnswersTest} has what real ones tell. */
final class PinningViewTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SERVICE = "85.208.69.13";
  private static final String OUTBOUND = "85.208.70.11";
  private static final String OWN = "10.1.0.11";

  private static final PinningRules ROUTED =
      new PinningRules(
          Optional.of(range("85.208.70.0", 24)),
          Optional.empty(),
          Set.of(range("85.208.69.0", 24), range("2001:db8:13::", 48)),
          Set.of(ip(SERVICE)),
          Set.of(ip(OWN)));
  private static final PinningRules TRANSLATED =
      new PinningRules(
          Optional.of(range(OWN, 32)),
          Optional.of(range("85.208.70.0", 24)),
          ROUTED.anycast(),
          ROUTED.service(),
          ROUTED.own());

  private final List<String> peers = new ArrayList<>();
  private String local = "[]";
  private String networks = "[]";

  @Test
  void connectionsAsTheyShouldBePassAndAreTold() {
    for (int i = 1; i <= 3; i++) {
      peer(false, "192.0." + i + ".7:8333", OUTBOUND + ":41000", OUTBOUND + ":41000", "");
    }
    peer(true, "203.0.113.9:55555", SERVICE + ":8333", "", "");
    local = "[{\"address\":\"" + SERVICE + "\",\"port\":8333,\"score\":4}]";
    Finding finding = judge(ROUTED);
    assertThat(finding.outcome()).isEqualTo(Outcome.OK);
    assertThat(finding.detail()).isEqualTo("out from 85.208.70.11 (3), in at 85.208.69.13 (1)");
    assertThat(finding.values())
        .containsEntry("outbound", "85.208.70.11 (3)")
        .containsEntry("inbound", "85.208.69.13 (1)");
  }

  @Test
  void nothingIsWrongWithANodeThatHasNoPeers() {
    assertThat(judge(ROUTED))
        .extracting(Finding::outcome, Finding::detail)
        .containsExactly(Outcome.OK, "out from none, in at none");
  }

  @Test
  void whatLeavesFromTheServiceAddressIsNamed() {
    outbound("192.0.2.7:8333", SERVICE);
    outbound("192.0.2.8:8333", OUTBOUND);
    assertSoft(ROUTED, Reason.WRONG_SOURCE, "to 192.0.2.7:8333 from 85.208.69.13");
  }

  @Test
  void noMoreThanThreeAreNamed() {
    for (int i = 1; i <= 5; i++) {
      outbound("192.0.2." + i + ":8333", "10.1.0.11");
    }
    assertSoft(
        ROUTED,
        Reason.WRONG_SOURCE,
        "to 192.0.2.1:8333 from 10.1.0.11, to 192.0.2.2:8333 from 10.1.0.11,"
            + " to 192.0.2.3:8333 from 10.1.0.11 and 2 more");
  }

  @Test
  void theOtherFamilyIsJudgedByTheAnycastPrefixesAlone() {
    outbound("[2001:db8:9::1]:8333", "[2001:db8:70::11]");
    assertThat(judge(ROUTED).outcome()).isEqualTo(Outcome.OK);
    outbound("[2001:db8:9::2]:8333", "[2001:db8:13::13]");
    assertSoft(ROUTED, Reason.WRONG_SOURCE, "to [2001:db8:9::2]:8333 from 2001:db8:13::13");
  }

  @Test
  void behindNatThePeersVote() {
    vote("192.0.2.7", OUTBOUND);
    vote("198.51.100.7", OUTBOUND);
    assertThat(judge(TRANSLATED).outcome()).isEqualTo(Outcome.OK);
    vote("203.0.113.7", "85.208.69.13");
    assertThat(judge(TRANSLATED).outcome()).as("two of three").isEqualTo(Outcome.OK);
    vote("100.64.0.7", "85.208.69.13");
    assertSoft(
        TRANSLATED,
        Reason.WRONG_SOURCE,
        "2 of 4 networks see it in 85.208.70.0/24, others at 85.208.69.13");
  }

  @Test
  void oneNetworkHasOneVoteAndTwoAreTooFew() {
    for (int i = 1; i <= 20; i++) {
      vote("192.0.2." + i, "85.208.69.13");
    }
    vote("198.51.100.7", "85.208.69.13");
    assertThat(judge(TRANSLATED).outcome()).isEqualTo(Outcome.OK);
    vote("203.0.113.7", "85.208.69.13");
    assertThat(judge(TRANSLATED).reason()).isEqualTo(Reason.WRONG_SOURCE);
  }

  @Test
  void behindNatTheHostsOwnAddressIsTheSource() {
    outbound("192.0.2.7:8333", OUTBOUND);
    assertSoft(TRANSLATED, Reason.WRONG_SOURCE, "to 192.0.2.7:8333 from 85.208.70.11");
  }

  @Test
  void peersThatAreNotOnTheInternetAreNotJudged() {
    peer(false, "abc.onion:8333", "127.0.0.1:41000", "", ",\"network\":\"onion\"");
    peer(false, "192.0.2.7:8333", "127.0.0.1:41000", "", "");
    peer(false, "10.2.0.11:8333", "10.1.0.11:41000", "", ",\"network\":\"not_publicly_routable\"");
    peer(true, "10.1.0.21:41000", OWN + ":8333", "", ",\"network\":\"not_publicly_routable\"");
    assertThat(judge(ROUTED).detail()).isEqualTo("out from none, in at none");
  }

  @Test
  void peersByAProxyAreNotJudged() {
    networks =
        "[{\"name\":\"ipv4\",\"proxy\":\"10.1.0.5:9050\"},{\"name\":\"ipv6\",\"proxy\":\"\"}]";
    outbound("192.0.2.7:8333", "10.1.0.11");
    assertThat(judge(ROUTED).detail()).isEqualTo("out from none, in at none");
    outbound("[2001:db8:9::2]:8333", "[2001:db8:13::13]");
    assertThat(judge(ROUTED).reason()).isEqualTo(Reason.WRONG_SOURCE);
  }

  @Test
  void withoutASourceOnlyTheAnycastPrefixesAreJudged() {
    PinningRules rules =
        new PinningRules(
            Optional.empty(), Optional.empty(), ROUTED.anycast(), ROUTED.service(), ROUTED.own());
    outbound("192.0.2.7:8333", "10.1.0.11");
    assertThat(judge(rules).outcome()).isEqualTo(Outcome.OK);
    outbound("192.0.2.8:8333", SERVICE);
    assertSoft(rules, Reason.WRONG_SOURCE, "to 192.0.2.8:8333 from 85.208.69.13");
  }

  @Test
  void clientsThatComePastTheServiceAddressAreNamed() {
    peer(true, "203.0.113.9:55555", OUTBOUND + ":8333", "", "");
    peer(true, "203.0.113.10:55555", OWN + ":8333", "", ""); // a probe, or another site's node
    local = "[{\"address\":\"" + OUTBOUND + "\"},{\"address\":\"abc.onion\"}]";
    assertSoft(
        ROUTED,
        Reason.SERVICE_BYPASSED,
        "203.0.113.9:55555 came to 85.208.70.11, peers are told of 85.208.70.11");
  }

  @Test
  void withoutAServiceAddressNobodyComesPastIt() {
    PinningRules rules =
        new PinningRules(
            ROUTED.source(), Optional.empty(), ROUTED.anycast(), Set.of(), ROUTED.own());
    peer(true, "203.0.113.9:55555", OUTBOUND + ":8333", "", "");
    assertThat(judge(rules).outcome()).isEqualTo(Outcome.OK);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "7",
        "null",
        "[null]",
        "[[]]",
        "[{\"network\":7,\"addrbind\":[],\"addr\":{}}]",
        "[{\"network\":\"ipv4\",\"addrbind\":\"]\"}]",
        "[{\"network\":\"ipv4\",\"addrbind\":\"[::1\"}]",
        "[{\"network\":\"ipv4\",\"addrbind\":\"localhost:8333\",\"inbound\":\"yes\"}]",
        "[{\"network\":\"ipv4\",\"addrbind\":\"999.1.1.1:1\"}]"
      })
  void whatNoVersionWritesIsNotJudged(String answer) {
    Finding finding = PinningView.of(ROUTED, json(answer), json("{\"localaddresses\":[7,{}]}"));
    assertThat(finding.outcome()).isEqualTo(Outcome.OK);
  }

  @Test
  void rangesEndWithinAnOctetToo() {
    AddressRange range = range("85.208.68.0", 22);
    assertThat(range.contains(ip("85.208.71.255"))).isTrue();
    assertThat(range.contains(ip("85.208.72.0"))).isFalse();
    assertThat(range.contains(ip("::1"))).isFalse();
    assertThat(range("0.0.0.0", 0).contains(ip("203.0.113.1"))).isTrue();
    assertThat(range(OWN, 32).contains(ip(OWN))).isTrue();
    assertThat(range(OWN, 32).contains(ip("10.1.0.10"))).isFalse();
    assertThat(range("2001:db8:70::", 64)).hasToString("2001:db8:70::/64");
  }

  private void assertSoft(PinningRules rules, Reason reason, String detail) {
    assertThat(judge(rules))
        .extracting(Finding::outcome, Finding::reason, Finding::detail)
        .containsExactly(Outcome.SOFT, reason, detail);
  }

  private Finding judge(PinningRules rules) {
    return PinningView.of(
        rules,
        json("[" + String.join(",", peers) + "]"),
        json("{\"localaddresses\":" + local + ",\"networks\":" + networks + "}"));
  }

  private void outbound(String addr, String bind) {
    peer(false, addr, bind + ":41000", "", "");
  }

  private void vote(String peer, String seen) {
    peer(false, peer + ":8333", OWN + ":41000", seen + ":41000", "");
  }

  private void peer(boolean inbound, String addr, String bind, String seen, String more) {
    String network = addr.startsWith("[") ? "ipv6" : "ipv4";
    peers.add(
        "{\"id\":%d,\"addr\":\"%s\",\"addrbind\":\"%s\"%s,\"network\":\"%s\",\"inbound\":%s%s}"
            .formatted(
                peers.size(),
                addr,
                bind,
                seen.isEmpty() ? "" : ",\"addrlocal\":\"" + seen + "\"",
                network,
                inbound,
                more));
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static AddressRange range(String network, int length) {
    return new AddressRange(ip(network), length);
  }

  private static InetAddress ip(String text) {
    try {
      return InetAddress.getByAddress(NetUtil.createByteArrayFromIpAddressString(text));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
