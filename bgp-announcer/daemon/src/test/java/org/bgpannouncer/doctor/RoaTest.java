package org.bgpannouncer.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.bgpannouncer.route.Prefix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @Test
  void rpkiClientAndRoutinator() throws CannotTellException {
    String text =
        """
        {"metadata":{},"roas":[
         {"asn":64496,"prefix":"192.0.2.0/24","maxLength":25,"ta":"ripe","expires":1},
         {"asn":"AS64496","prefix":"2001:db8::/32","ta":"ripe"}]}
        """;
    assertThat(Roa.parse(Machine.parse("x", text)))
        .containsExactly(
            new Roa(Prefix.parse("192.0.2.0/24"), 25, 64496),
            new Roa(Prefix.parse("2001:db8::/32"), 32, 64496));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | roas: missing (expected: the JSON of rpki-client or Routinator)",
        "{\"roas\":[1]} | roas: 1 (expected: { asn, prefix, maxLength })",
        "{\"roas\":[{\"asn\":\"ASx\",\"prefix\":\"192.0.2.0/24\"}]}"
            + " | roas: {\"asn\":\"ASx\",\"prefix\":\"192.0.2.0/24\"} (expected: { asn, prefix,"
            + " maxLength })"
      })
  void whatIsNoRoaFile(String text, String expected) {
    assertThatThrownBy(() -> Roa.parse(Machine.parse("x", text))).hasMessage(expected);
  }
}
