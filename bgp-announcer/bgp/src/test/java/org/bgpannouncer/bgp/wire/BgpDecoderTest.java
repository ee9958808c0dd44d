package org.bgpannouncer.bgp.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.BgpMessage;
import org.bgpannouncer.bgp.KeepaliveMessage;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.bgp.UpdateMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class BgpDecoderTest {
  static Stream<String> captures() {
    return Wire.CAPTURES.stream();
  }

  @ParameterizedTest
  @MethodSource("captures")
  void readsTheSameByteByByte(String name) {
    byte[] octets = Wire.capture(name);
    EmbeddedChannel channel = Wire.decoder(Wire.FOUR_OCTET);
    for (byte octet : octets) {
      assertThat(channel.<Object>readInbound()).isNull();
      channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {octet}));
    }
    assertThat(channel.<BgpMessage>readInbound()).isEqualTo(Wire.decode(octets));
    assertThat(channel.finish()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("captures")
  void readsTheSameCutAtEveryOffset(String name) {
    byte[] octets = Wire.capture(name);
    BgpMessage whole = Wire.decode(octets);
    for (int cut = 0; cut <= octets.length; cut++) {
      EmbeddedChannel channel = Wire.decoder(Wire.FOUR_OCTET);
      channel.writeInbound(Unpooled.wrappedBuffer(Arrays.copyOfRange(octets, 0, cut)));
      channel.writeInbound(Unpooled.wrappedBuffer(Arrays.copyOfRange(octets, cut, octets.length)));
      assertThat(channel.<BgpMessage>readInbound()).as("cut at %d", cut).isEqualTo(whole);
      assertThat(channel.finish()).isFalse();
    }
  }

  @ParameterizedTest
  @MethodSource("captures")
  void saysNothingOfAMessageThatNeverEnds(String name) {
    byte[] octets = Wire.capture(name);
    for (int length = 0; length < octets.length; length++) {
      EmbeddedChannel channel = Wire.decoder(Wire.FOUR_OCTET);
      channel.writeInbound(Unpooled.wrappedBuffer(Arrays.copyOfRange(octets, 0, length)));
      assertThat(channel.finish()).as("first %d octets", length).isFalse();
    }
  }

  @Test
  void readsSeveralMessagesFromOneBuffer() {
    ByteBuf all = Unpooled.buffer();
    Wire.CAPTURES.forEach(name -> all.writeBytes(Wire.capture(name)));
    EmbeddedChannel channel = Wire.decoder(Wire.FOUR_OCTET);
    channel.writeInbound(all);
    for (String name : Wire.CAPTURES) {
      assertThat(channel.<BgpMessage>readInbound()).isEqualTo(Wire.decode(Wire.capture(name)));
    }
    assertThat(channel.finish()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    // marker, length, type; error, data
    "fffffffffffffffffffffffffffffffe, 0013, 04, CONNECTION_NOT_SYNCHRONIZED, ''",
    "00ffffffffffffffffffffffffffffff, 0013, 04, CONNECTION_NOT_SYNCHRONIZED, ''",
    "ffffffffffffffffffffffffffffffff, 0000, 04, BAD_MESSAGE_LENGTH, 0000",
    "ffffffffffffffffffffffffffffffff, 0012, 04, BAD_MESSAGE_LENGTH, 0012",
    "ffffffffffffffffffffffffffffffff, 1001, 02, BAD_MESSAGE_LENGTH, 1001",
    "ffffffffffffffffffffffffffffffff, ffff, 02, BAD_MESSAGE_LENGTH, ffff",
    "ffffffffffffffffffffffffffffffff, 0014, 04, BAD_MESSAGE_LENGTH, 0014",
    "ffffffffffffffffffffffffffffffff, 001c, 01, BAD_MESSAGE_LENGTH, 001c",
    "ffffffffffffffffffffffffffffffff, 0016, 02, BAD_MESSAGE_LENGTH, 0016",
    "ffffffffffffffffffffffffffffffff, 0014, 03, BAD_MESSAGE_LENGTH, 0014",
    "ffffffffffffffffffffffffffffffff, 0013, 00, BAD_MESSAGE_TYPE, 00",
    "ffffffffffffffffffffffffffffffff, 0013, 06, BAD_MESSAGE_TYPE, 06",
    "ffffffffffffffffffffffffffffffff, 0013, ff, BAD_MESSAGE_TYPE, ff",
  })
  void refusesABadHeader(String marker, String length, String type, BgpError error, String data) {
    WireException refused = refusalOf(HexFormat.of().parseHex(marker + length + type));
    assertThat(refused.notification().error()).contains(error);
    assertThat(refused.notification().data()).hasToString(data);
  }

  @ParameterizedTest
  @CsvSource({
    // body of the OPEN; error, data, text
    "03 fbf0 00b4 c0000201 00, UNSUPPORTED_VERSION, 0004, version: 3 (expected: 4)",
    "04 fbf0 00b4 c0000201 01, OPEN_UNSPECIFIC, '',"
        + " optional parameters length: 1 (expected: 0 present)",
    "04 fbf0 00b4 c0000201 00 02, OPEN_UNSPECIFIC, '',"
        + " optional parameters length: 0 (expected: 1 present)",
    "04 fbf0 00b4 c0000201 02 01 00, UNSUPPORTED_OPTIONAL_PARAMETER, '',"
        + " optional parameter: 1 (expected: 2)",
    "04 fbf0 00b4 c0000201 01 02, OPEN_UNSPECIFIC, '', parameter length: 0 (expected: 0 present)",
    "04 fbf0 00b4 c0000201 03 02 02 41, OPEN_UNSPECIFIC, '',"
        + " parameter length: 2 (expected: 1 present)",
    "04 fbf0 00b4 c0000201 04 02 02 41 04, OPEN_UNSPECIFIC, '',"
        + " capability length: 4 (expected: 0 present)",
    "04 fbf0 00b4 c0000201 03 02 01 41, OPEN_UNSPECIFIC, '',"
        + " capability length: 0 (expected: 0 present)",
  })
  void refusesABadOpen(String body, BgpError error, String data, String text) {
    WireException refused = refusalOf(Wire.message(1, body));
    assertThat(refused.notification().error()).contains(error);
    assertThat(refused.notification().data()).hasToString(data);
    assertThat(refused).hasMessage(text);
  }

  @Test
  void keepsACapabilityOfAWrongLengthUnread() {
    OpenMessage open =
        (OpenMessage) Wire.decode(Wire.message(1, "04 fbf0 00b4 c0000201 05 02 03 41 01 07"));
    assertThat(open.isFourOctetAs()).isFalse();
    assertThat(open.as()).isEqualTo(64496);
  }

  @ParameterizedTest
  @CsvSource({
    // body of the UPDATE; error, text
    "0001 0000, MALFORMED_ATTRIBUTE_LIST, withdrawn routes length: 1 (expected: at most 0)",
    "ffff 0000, MALFORMED_ATTRIBUTE_LIST, withdrawn routes length: 65535 (expected: at most 0)",
    "0000 0001, MALFORMED_ATTRIBUTE_LIST, total path attribute length: 1 (expected: at most 0)",
    "0000 ffff 18c00002, MALFORMED_ATTRIBUTE_LIST,"
        + " total path attribute length: 65535 (expected: at most 4)",
    "0002 18c0 0000, INVALID_NETWORK_FIELD, prefix length: 24 (expected: at most 8)",
    "0005 21c0000201 0000, INVALID_NETWORK_FIELD, prefix length: 33 (expected: at most 32)",
    "0000 0000 ff, INVALID_NETWORK_FIELD, prefix length: 255 (expected: at most 0)",
  })
  void refusesAnUpdateWhoseRoutesCannotBeTold(String body, BgpError error, String text) {
    WireException refused = refusalOf(Wire.message(2, body));
    assertThat(refused.notification().error()).contains(error);
    assertThat(refused).hasMessage(text);
  }

  @Test
  void readsNothingAfterARefusal() {
    EmbeddedChannel channel = Wire.decoder(Wire.FOUR_OCTET);
    byte[] bad = Wire.message(9, "");
    assertThatThrownBy(() -> channel.writeInbound(Unpooled.wrappedBuffer(bad)))
        .isInstanceOf(WireException.class);
    channel.writeInbound(Unpooled.wrappedBuffer(Wire.capture("rfc4271-keepalive")));
    assertThat(channel.finish()).isFalse();
  }

  @Test
  void masksTrailingBitsOfAPrefix() {
    UpdateMessage update = (UpdateMessage) Wire.decode(Wire.update("09 c0ff", "", ""));
    assertThat(update.withdrawn()).extracting(Object::toString).containsExactly("192.128.0.0/9");
  }

  @Test
  void survivesGarbage() {
    Random random = new Random(20261122);
    int messages = 0;
    int refusals = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] octets = Wire.capture(Wire.CAPTURES.get(round % Wire.CAPTURES.size()));
      int flips = 1 + random.nextInt(4);
      for (int i = 0; i < flips; i++) {
        octets[16 + random.nextInt(octets.length - 16)] = (byte) random.nextInt(256);
      }
      EmbeddedChannel channel = Wire.decoder(Wire.FOUR_OCTET);
      try {
        channel.writeInbound(Unpooled.wrappedBuffer(octets));
        messages += channel.<Object>readInbound() == null ? 0 : 1;
      } catch (WireException e) {
        refusals++;
      } finally {
        channel.finishAndReleaseAll();
      }
    }
    assertThat(messages).isGreaterThan(1000);
    assertThat(refusals).isGreaterThan(1000);
  }

  @Test
  void stampsAMessageWithTheTimeItsLastOctetArrived() {
    long[] now = {7};
    BgpDecoder decoder = new BgpDecoder(() -> now[0]);
    EmbeddedChannel channel = new EmbeddedChannel(decoder);
    byte[] octets = Wire.capture("rfc4271-keepalive");
    channel.writeInbound(Unpooled.wrappedBuffer(octets, 0, 10));
    now[0] = 9;
    channel.writeInbound(Unpooled.wrappedBuffer(octets, 10, octets.length - 10));
    assertThat(channel.<BgpMessage>readInbound()).isEqualTo(KeepaliveMessage.INSTANCE);
    assertThat(decoder.receivedNanos()).isEqualTo(9);
  }

  private static WireException refusalOf(byte[] octets) {
    EmbeddedChannel channel = Wire.decoder(Wire.FOUR_OCTET);
    WireException refused =
        catchThrowableOfType(
            WireException.class, () -> channel.writeInbound(Unpooled.wrappedBuffer(octets)));
    assertThat(refused).isNotNull();
    assertThat(channel.finishAndReleaseAll()).isFalse();
    return refused;
  }
}
