package org.bgpannouncer.bgp.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.HexFormat;
import java.util.List;
import org.bgpannouncer.bgp.Anomaly;
import org.bgpannouncer.bgp.AttributeType.ErrorAction;
import org.bgpannouncer.bgp.PathAttribute;
import org.bgpannouncer.bgp.PathAttribute.AsPath;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.route.IpAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 6793: numbers of four octets pass a peer that has two, whatever it does to the path. */
class As4Test {
  private static final String ORIGIN = "40010100";
  private static final String NEXT_HOP = "400304 c6336401";
  private static final String PREFIX = "18c00002";
  private static final IpAddress SPEAKER = IpAddress.parse("192.0.2.9");

  @ParameterizedTest
  @CsvSource({
    // AS_PATH of two octets, AS4_PATH; the path
    "0203 5ba0 fbf0 5ba0, 0203 fa56ea00 0000fbf0 fa56ea01, 4200000000 64496 4200000001",
    // The peer has put itself in front.
    "0203 fbf1 5ba0 fbf0, 0202 fa56ea00 0000fbf0, 64497 4200000000 64496",
    "0201 fbf1 0202 5ba0 fbf0, 0202 fa56ea00 0000fbf0, 64497 4200000000 64496",
    // A set counts one, on either side.
    "0201 5ba0 0102 5ba0 fbf0, 0201 fa56ea00 0102 fa56ea01 0000fbf0, '4200000000"
        + " {4200000001,64496}'",
    "0102 fbf1 fbf2 0201 5ba0, 0201 fa56ea00, '{64497,64498} 4200000000'",
    // Somebody has shortened the path: what stands beside it is of another.
    "0201 5ba0, 0202 fa56ea00 0000fbf0, 23456",
    // Confederations in front of, or next to, what the peer added are the peer's.
    "0301 fde8 0201 5ba0, 0201 fa56ea00, (65000) 4200000000",
    "0201 fbf1 0301 fde8 0201 5ba0, 0201 fa56ea00, 64497 (65000) 4200000000",
    "0201 5ba0 0301 fde8 0201 5ba0, 0201 fa56ea00 0201 fa56ea01, 4200000000 4200000001",
    // One that came beside is nobody's (RFC 6793 section 6).
    "0201 5ba0, 0301 0000fde8 0201 fa56ea00, 4200000000",
  })
  void thePathIsPutTogetherAgain(String path, String four, String merged) {
    UpdateMessage update =
        read(ORIGIN + attribute(0x40, 2, path) + NEXT_HOP + attribute(0xc0, 17, four));
    assertThat(update.anomalies()).isEmpty();
    assertThat(update.attribute(PathAttribute.As4Path.class)).isEmpty();
    assertThat(update.toString()).endsWith(" as-path " + merged);
  }

  @Test
  void theAggregatorIsPutBack() {
    String path = attribute(0x40, 2, "0201 5ba0");
    UpdateMessage update =
        read(
            ORIGIN
                + path
                + NEXT_HOP
                + attribute(0xc0, 7, "5ba0 c0000209")
                + attribute(0xc0, 17, "0201 fa56ea00")
                + attribute(0xc0, 18, "fa56ea01 c0000209"));
    assertThat(update.attribute(PathAttribute.Aggregator.class))
        .contains(new PathAttribute.Aggregator(4_200_000_001L, SPEAKER));
    assertThat(update.attribute(AsPath.class)).contains(AsPath.sequence(List.of(4_200_000_000L)));
    assertThat(update.attributes()).hasSize(4);
  }

  @Test
  void aYoungerAggregatorMakesBothVoid() {
    UpdateMessage update =
        read(
            ORIGIN
                + attribute(0x40, 2, "0201 5ba0")
                + NEXT_HOP
                + attribute(0xc0, 7, "fbf0 c0000209")
                + attribute(0xc0, 17, "0201 fa56ea00")
                + attribute(0xc0, 18, "fa56ea01 c0000209"));
    assertThat(update.attribute(PathAttribute.Aggregator.class))
        .contains(new PathAttribute.Aggregator(64496, SPEAKER));
    assertThat(update.pathAttributes().asPath()).containsExactly(23456L);
    assertThat(update.attributes()).hasSize(4);
  }

  @ParameterizedTest
  @CsvSource({
    // type, value; text
    "17, '', AS4_PATH length: 0 (expected: an even number from 6 on)",
    "17, 0200 0000, AS4_PATH length: 4 (expected: an even number from 6 on)",
    "17, 0201 fa56ea00 00, AS4_PATH length: 7 (expected: an even number from 6 on)",
    "17, 0202 fa56ea00, AS4_PATH segment length: 2 (expected: at most 1)",
    "17, 0501 fa56ea00, AS4_PATH segment type: 5 (expected: 1 to 4)",
    "17, 0201 00000000, AS4_PATH as-path: 0 (expected: 1 to 4294967295)",
    "18, fa56ea01 c00002, AS4_AGGREGATOR length: 7 (expected: 8)",
    "18, 00000000 c0000209, AS4_AGGREGATOR aggregator: 0 (expected: 1 to 4294967295)",
  })
  void aMalformedOneIsDroppedAndThePathStands(int type, String value, String text) {
    UpdateMessage update =
        read(ORIGIN + attribute(0x40, 2, "0201 5ba0") + NEXT_HOP + attribute(0xc0, type, value));
    assertThat(update.anomalies())
        .containsExactly(new Anomaly(type, ErrorAction.ATTRIBUTE_DISCARD, text));
    assertThat(update.pathAttributes().asPath()).containsExactly(23456L);
  }

  @Test
  void isWrittenOnlyWhereANumberNeedsIt() {
    UpdateMessage small =
        new UpdateMessage(List.of(), List.of(AsPath.sequence(List.of(64496L))), List.of());
    assertThat(hex(small, WireOptions.INITIAL)).endsWith("40020402 01fbf0".replace(" ", ""));
    UpdateMessage large =
        new UpdateMessage(
            List.of(),
            List.of(
                AsPath.sequence(List.of(4_200_000_000L)),
                new PathAttribute.Aggregator(4_200_000_001L, SPEAKER)),
            List.of());
    assertThat(hex(large, WireOptions.INITIAL))
        .endsWith(
            attribute(0x40, 2, "0201 5ba0")
                + attribute(0xc0, 7, "5ba0 c0000209")
                + attribute(0xc0, 17, "0201 fa56ea00")
                + attribute(0xc0, 18, "fa56ea01 c0000209"));
    assertThat(hex(large, Wire.FOUR_OCTET))
        .endsWith(attribute(0x40, 2, "0201 fa56ea00") + attribute(0xc0, 7, "fa56ea01 c0000209"));
  }

  private static String hex(UpdateMessage update, WireOptions options) {
    return HexFormat.of().formatHex(Wire.encode(update, options));
  }

  private static UpdateMessage read(String attributes) {
    EmbeddedChannel channel = Wire.decoder(WireOptions.INITIAL);
    channel.writeInbound(Unpooled.wrappedBuffer(Wire.update("", attributes, PREFIX)));
    return channel.readInbound();
  }

  private static String attribute(int flags, int type, String value) {
    String octets = value.replace(" ", "");
    return String.format("%02x%02x%02x", flags, type, octets.length() / 2) + octets;
  }
}
