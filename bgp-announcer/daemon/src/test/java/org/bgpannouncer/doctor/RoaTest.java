package org.bgpannouncer.doctor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.util.List;
import java.util.stream.Stream;
import org.bgpannouncer.route.Prefix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 6811, section 2, and the two forms in which validators write ROAs. */
final class RoaTest {
  @ParameterizedTest
  @CsvSource({
    "192.0.2.0/24, 24, 64496, VALID",
    "192.0.2.0/24, 24, 64497, INVALID",
    "192.0.0.0/16, 24, 64496, VALID",
    "192.0.0.0/16, 16, 64496, INVALID",
    "192.0.2.0/25, 32, 64496, NOT_FOUND",
    "198.51.100.0/24, 24, 64496, NOT_FOUND",
    "2001:db8::/32, 48, 64496, NOT_FOUND",
    "0.0.0.0/0, 32, 0, INVALID"
  })
  void one(String prefix, int maxLength, long as, Roa.State expected) {
    assertThat(validate(64496, new Roa(Prefix.parse(prefix), maxLength, as))).isEqualTo(expected);
  }

  @Test
  void oneThatFitsIsEnough() {
    Roa other = new Roa(Prefix.parse("192.0.2.0/24"), 24, 64511);
    Roa own = new Roa(Prefix.parse("192.0.2.0/24"), 24, 64496);
    assertThat(validate(64496, other, own, other)).isEqualTo(Roa.State.VALID);
    assertThat(validate(64496)).isEqualTo(Roa.State.NOT_FOUND);
  }

  @Test
  void nobodyIsAs0() {
    assertThat(validate(0, new Roa(Prefix.parse("192.0.2.0/24"), 24, 0)))
        .isEqualTo(Roa.State.INVALID);
  }

  private static Roa.State validate(long origin, Roa... roas) {
    return Roa.validate(Prefix.parse("192.0.2.0/24"), origin, List.of(roas));
  }

  private static List<Roa> covering(String text, String... prefixes) throws Exception {
    return Roa.covering(
        Stream.of(prefixes).map(Prefix::parse).toList(),
        new ByteArrayInputStream(text.getBytes(UTF_8)));
  }

  @Test
  void rpkiClientAndRoutinator() throws Exception {
    String text =
        """
        {"metadata":{"roas":[{"asn":1,"prefix":"192.0.2.0/24"}]},"roas":[
         {"asn":64496,"prefix":"192.0.2.0/24","maxLength":25,"ta":"ripe","expires":1},
         {"asn":64496,"prefix":"198.51.100.0/24","source":[{"type":"roa"}]},
         {"asn":"as64496","prefix":"2001:db8::/32","ta":"ripe"}]}
        """;
    assertThat(covering(text, "192.0.2.0/26", "2001:db8::/48"))
        .containsExactly(
            new Roa(Prefix.parse("192.0.2.0/24"), 25, 64496),
            new Roa(Prefix.parse("2001:db8::/32"), 32, 64496));
  }

  @Test
  void aRecordThatCannotBeReadIsLeftOut() throws Exception {
    String text =
        """
        {"roas":[1, [2], {"asn":"ASx","prefix":"192.0.2.0/24"}, {"asn":1,"prefix":"192.0.2.1/24"}, {},
         {"asn":"AS64496","prefix":"192.0.2.0/24","maxLength":24}]}
        """;
    assertThat(covering(text, "192.0.2.0/24"))
        .containsExactly(new Roa(Prefix.parse("192.0.2.0/24"), 24, 64496));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "[]", "{\"roas\":1}", "{\"metadata\":{\"roas\":[]}}"})
  void whatIsNoRoaFile(String text) {
    assertThatThrownBy(() -> covering(text, "192.0.2.0/24"))
        .hasMessage("roas: missing (expected: the JSON of rpki-client or Routinator)");
  }
}
