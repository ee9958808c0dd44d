package org.bgpannouncer.doctor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bgpannouncer.doctor.PacketFilter.Answer;
import org.bgpannouncer.doctor.PacketFilter.End;
import org.bgpannouncer.doctor.PacketFilter.Passage;
import org.bgpannouncer.route.IpAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rulesets as {@code nft -j list ruleset} and {@code iptables-save} print them. */
final class PacketFilterTest {
  private static final IpAddress CLIENT = IpAddress.parse("9.9.9.9");
  private static final IpAddress SERVICE = IpAddress.parse("85.208.69.13");
  private static final Pattern SECTION = Pattern.compile("^# (\\S+)$", Pattern.MULTILINE);

  /** The ruleset of that name, which is in one of the files. */
  private static PacketFilter filter(String name) throws IOException {
    Optional<String> nft = part("rulesets.nft.jsonl", name);
    if (nft.isPresent()) {
      return new PacketFilter(NftRuleset.read(new ObjectMapper().readTree(nft.get())));
    }
    return new PacketFilter(
        IptablesRuleset.read("iptables", part("rulesets.iptables", name).orElseThrow()));
  }

  private static Optional<String> part(String file, String name) throws IOException {
    try (InputStream in = PacketFilterTest.class.getResourceAsStream(file)) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), UTF_8);
      List<String> names = SECTION.matcher(text).results().map(each -> each.group(1)).toList();
      int at = names.indexOf(name);
      return at < 0 ? Optional.empty() : Optional.of(SECTION.split(text, -1)[at + 1]);
    }
  }

  private static Passage pass(String ruleset, String flag, String state) throws IOException {
    return filter(ruleset).pass(Packet.inbound(CLIENT, SERVICE, 8333, flag, state, "eth0"));
  }

  /** What becomes of a client's SYN, and of a segment of a connection that moved here. */
  @ParameterizedTest
  @CsvSource({
    "empty,            ACCEPT, ACCEPT, ACCEPT, ACCEPT",
    "drop-invalid,     ACCEPT, DROP,   ACCEPT, ACCEPT",
    "vmap,             ACCEPT, DROP,   ACCEPT, ACCEPT",
    "goto,             ACCEPT, DROP,   ACCEPT, ACCEPT",
    "jump,             ACCEPT, DROP,   ACCEPT, ACCEPT",
    "negated-set,      ACCEPT, DROP,   ACCEPT, DROP",
    "no-syn,           ACCEPT, ACCEPT, DROP,   ACCEPT",
    "baseline,         ACCEPT, DROP,   ACCEPT, DROP",
    "untracked-drop,   ACCEPT, DROP,   ACCEPT, DROP",
    "with-ours,        ACCEPT, ACCEPT, ACCEPT, ACCEPT",
    "baseline-ours,    DROP,   DROP,   DROP,   DROP",
    "reset-first,      ACCEPT, RESET,  ACCEPT, ACCEPT",
    "elsewhere,        ACCEPT, ACCEPT, ACCEPT, ACCEPT",
    "other-notrack,    ACCEPT, DROP,   ACCEPT, ACCEPT",
    "ingress,          DROP,   DROP,   DROP,   DROP",
    "named-sets,       ACCEPT, DROP,   ACCEPT, DROP",
    "dnat,             DIVERT, ACCEPT, DIVERT, ACCEPT",
    "unknown,          ,       ,       ,       ",
    "unknown-too-late, ACCEPT, ACCEPT, ACCEPT, ACCEPT",
    "icmp-and-limit,   ACCEPT, DROP,   ACCEPT, ACCEPT",
    "no-etc-protocols, ACCEPT, DROP,   ACCEPT, DROP",
    "without-a-name,   ACCEPT, DROP,   ACCEPT, DROP",
    "ipt-input,        ACCEPT, DROP,   ACCEPT, ACCEPT",
    "ipt-goto,         ACCEPT, DROP,   ACCEPT, ACCEPT",
    "ipt-no-syn,       ACCEPT, ACCEPT, DROP,   ACCEPT",
    "ipt-mangle,       ACCEPT, DROP,   ACCEPT, ACCEPT",
    "ipt-notrack,      ACCEPT, ACCEPT, ACCEPT, ACCEPT",
    "ipt-elsewhere,    ACCEPT, ACCEPT, ACCEPT, ACCEPT",
    "ipt-ufw,          ACCEPT, DROP,   ACCEPT, DROP",
    "ipt-unknown,      ,       ,       ,       "
  })
  void clients(String ruleset, End dial, End invalid, End late, End untracked) throws IOException {
    assertThat(pass(ruleset, "syn", Packet.NEW).end())
        .as("dial")
        .isEqualTo(Optional.ofNullable(dial));
    assertThat(pass(ruleset, "ack", Packet.INVALID).end())
        .as("invalid")
        .isEqualTo(Optional.ofNullable(invalid));
    assertThat(pass(ruleset, "ack", Packet.NEW).end())
        .as("new without SYN")
        .isEqualTo(Optional.ofNullable(late));
    assertThat(pass(ruleset, "syn", Packet.UNTRACKED).end())
        .as("untracked")
        .isEqualTo(Optional.ofNullable(untracked));
  }

  @Test
  void whoEndsItIsNamed() throws IOException {
    assertThat(pass("goto", "ack", Packet.INVALID).by())
        .containsExactly("inet filter bad handle 3");
    assertThat(pass("baseline-ours", "syn", Packet.NEW).by())
        .containsExactly("inet filter input policy");
    assertThat(pass("ipt-goto", "ack", Packet.INVALID).by())
        .containsExactly("iptables -A bad -j DROP");
    assertThat(pass("unknown", "syn", Packet.NEW).doubts())
        .hasSize(1)
        .allMatch(name -> name.startsWith("inet filter input handle"));
  }

  @Test
  void whatIsUntracked() throws IOException {
    assertThat(pass("with-ours", "syn", Packet.NEW).untracked()).isEqualTo(Answer.YES);
    assertThat(pass("other-notrack", "syn", Packet.NEW).untracked()).isEqualTo(Answer.NO);
    assertThat(pass("ipt-notrack", "syn", Packet.NEW).untracked()).isEqualTo(Answer.YES);
  }

  @ParameterizedTest
  @CsvSource({"with-ours, 1400", "mss-elsewhere, ", "mss-by-size, 1380", "ipt-mangle, 1400"})
  void clamps(String ruleset, Integer mss) throws IOException {
    assertThat(pass(ruleset, "syn", Packet.NEW).mss()).isEqualTo(Optional.ofNullable(mss));
  }

  @Test
  void ipv6IsAFamilyOfItsOwn() throws IOException {
    Packet packet =
        Packet.inbound(
            IpAddress.parse("2620:fe::9"),
            IpAddress.parse("2001:db8:13::13"),
            8333,
            "ack",
            Packet.INVALID,
            "eth0");
    assertThat(filter("drop-invalid").pass(packet).end()).contains(End.DROP);
    assertThat(filter("drop-invalid-ipv4").pass(packet).end()).contains(End.ACCEPT);
    assertThat(pass("drop-invalid-ipv4", "ack", Packet.INVALID).end()).contains(End.DROP);
    assertThat(filter("ipt-input").pass(packet).end()).contains(End.ACCEPT);
  }

  @ParameterizedTest
  @CsvSource({
    "snat,            inet t pin handle 2, 85.208.71.11",
    "snat-elsewhere,  ,",
    "snat-map,        ip t pin handle 4,",
    "snat-cgroup,     inet t pin handle 4, 85.208.71.11",
    "ipt-snat,        'iptables -t nat -A POSTROUTING -o eth0 -m owner --uid-owner 830 -j SNAT"
        + " --to-source 85.208.71.11', 85.208.71.11"
  })
  void sources(String ruleset, String rule, String source) throws IOException {
    Packet packet =
        Packet.outbound(
            IpAddress.parse("10.3.0.11"),
            CLIENT,
            8333,
            "eth0",
            Optional.of(830L),
            Optional.of("fixd.slice/b.service"));
    assertThat(filter(ruleset).pass(packet).sources())
        .isEqualTo(
            rule == null
                ? Map.of()
                : Map.of(rule, Optional.ofNullable(source).map(IpAddress::parse)));
  }
}
