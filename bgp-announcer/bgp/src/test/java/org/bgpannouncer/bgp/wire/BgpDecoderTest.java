package org.bgpannouncer.bgp.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.BgpMessage;
import org.bgpannouncer.bgp.KeepaliveMessage;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.bgp.RouteRefreshMessage;
import org.bgpannouncer.bgp.UpdateMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class BgpDecoderTest {
  private static final List<Sample> SHORT_SAMPLES =
      Sample.all().stream().filter(sample -> sample.encoded().length < 1000).toList();

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

  static Stream<Sample> samples() {
    return Sample.all().stream();
  }

  @ParameterizedTest
  @MethodSource("samples")
  void readsWhatWeWriteByteByByteAndCutAtEveryOffset(Sample sample) {
    byte[] octets = sample.encoded();
    EmbeddedChannel slow = Wire.decoder(sample.options());
    for (byte octet : octets) {
      assertThat(slow.<Object>readInbound()).isNull();
      slow.writeInbound(Unpooled.wrappedBuffer(new byte[] {octet}));
    }
    assertThat(slow.<BgpMessage>readInbound()).isEqualTo(sample.message());
    assertThat(slow.finish()).isFalse();
    for (int cut = 0; cut < octets.length; cut += octets.length > 1000 ? 97 : 1) {
      EmbeddedChannel channel = Wire.decoder(sample.options());
      channel.writeInbound(Unpooled.wrappedBuffer(octets, 0, cut));
      channel.writeInbound(Unpooled.wrappedBuffer(octets, cut, octets.length - cut));
      assertThat(channel.<BgpMessage>readInbound())
          .as("cut at %d", cut)
          .isEqualTo(sample.message());
      assertThat(channel.finish()).isFalse();
    }
  }

  /** The length of the header says less than the fields in it: no octet of another is read. */
  @ParameterizedTest
  @MethodSource("samples")
  void saysSomethingOfAMessageThatEndsEarly(Sample sample) {
    byte[] octets = sample.encoded();
    int step = octets.length > 1000 ? 97 : 1;
    for (int length = 19; length < octets.length; length += step) {
      byte[] shorter = Arrays.copyOf(octets, length);
      shorter[16] = (byte) (length >> 8);
      shorter[17] = (byte) length;
      EmbeddedChannel channel = Wire.decoder(sample.options());
      try {
        channel.writeInbound(Unpooled.wrappedBuffer(shorter));
        assertThat(channel.<BgpMessage>readInbound()).isNotNull().isNotEqualTo(sample.message());
      } catch (WireException e) {
        assertThat(e.notification().error()).as("%d: %s", length, e.getMessage()).isPresent();
      }
      assertThat(channel.finishAndReleaseAll()).isFalse();
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
    "04 fbf0 00b4 c0000201 ff ff 00, OPEN_UNSPECIFIC, '',"
        + " extended optional parameters length: 0 (expected: 0 present)",
    "04 fbf0 00b4 c0000201 ff ff ffff 02, OPEN_UNSPECIFIC, '',"
        + " optional parameters length: 65535 (expected: 1 present)",
    "04 fbf0 00b4 c0000201 ff ff 0003 02 ffff, OPEN_UNSPECIFIC, '',"
        + " parameter length: 65535 (expected: 0 present)",
    "04 fbf0 00b4 c0000201 ff ff 0002 02 00, OPEN_UNSPECIFIC, '',"
        + " parameter length: 0 (expected: 0 present)",
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

  @ParameterizedTest
  @CsvSource({
    // octets of the message, type, extended; whether its header is read
    "4096, 2, false, true",
    "4097, 2, false, false",
    "4097, 2, true, true",
    "65535, 2, true, true",
    "65535, 3, true, true",
    "4097, 1, true, false",
    "20, 4, true, false",
  })
  void readsLongMessagesWhereTheyAreAgreedButNeverALongOpen(
      int length, int type, boolean extended, boolean isRead) {
    EmbeddedChannel channel = Wire.decoder(WireOptions.INITIAL.withExtendedMessages(extended));
    byte[] header = Arrays.copyOf(Wire.message(type, ""), 19);
    header[16] = (byte) (length >> 8);
    header[17] = (byte) length;
    if (isRead) {
      channel.writeInbound(Unpooled.wrappedBuffer(header));
      assertThat(channel.finish()).isFalse();
    } else {
      assertThatThrownBy(() -> channel.writeInbound(Unpooled.wrappedBuffer(header)))
          .isInstanceOf(WireException.class)
          .hasMessageStartingWith("length: " + length);
    }
  }

  @ParameterizedTest
  @CsvSource({
    // body, enhanced; error, data
    "000100, false, BAD_MESSAGE_LENGTH, 0016",
    "'', true, BAD_MESSAGE_LENGTH, 0013",
    "000100, true, BAD_MESSAGE_LENGTH, 0016",
    "000101, true, INVALID_ROUTE_REFRESH_LENGTH, ffffffffffffffffffffffffffffffff001605000101",
    "0001020100, true, INVALID_ROUTE_REFRESH_LENGTH,"
        + " ffffffffffffffffffffffffffffffff0018050001020100",
  })
  void refusesABadRouteRefresh(String body, boolean enhanced, BgpError error, String data) {
    WireOptions options = WireOptions.INITIAL.withEnhancedRouteRefresh(enhanced);
    WireException refused = refusalOf(Wire.message(5, body), options);
    assertThat(refused.notification().error()).contains(error);
    assertThat(refused.notification().data()).hasToString(data);
  }

  @ParameterizedTest
  @CsvSource({
    // body, enhanced; subtype
    "0001 00 01, false, 0",
    // Reserved, and ignored (RFC 2918 section 3).
    "0001 01 01, false, 0",
    "0001 02 01, true, 2",
    // The session ignores it (RFC 7313 section 5).
    "0001 03 01, true, 3",
    // Filters that nobody agreed on (RFC 5291).
    "0001 00 01 01 40 0000, true, 0",
  })
  void readsTheSubtypeOfARouteRefreshWhereItIsAgreed(String body, boolean enhanced, int subtype) {
    WireOptions options = WireOptions.INITIAL.withEnhancedRouteRefresh(enhanced);
    EmbeddedChannel channel = Wire.decoder(options);
    channel.writeInbound(Unpooled.wrappedBuffer(Wire.message(5, body)));
    assertThat(channel.<BgpMessage>readInbound())
        .isEqualTo(new RouteRefreshMessage(AddressFamily.IPV4_UNICAST, subtype));
  }

  @ParameterizedTest
  @CsvSource({
    // capability; as it is read
    "01 04 0001 ff 01, ipv4 unicast",
    "02 00, route-refresh",
    "02 01 00, capability 2 00",
    "05 06 0001 0001 0002, extended-next-hop (ipv4 unicast via afi 2)",
    "05 06 0001 0180 0002, capability 5 000101800002",
    "05 05 0001 0001 00, capability 5 0001000100",
    "09 01 03, role customer",
    "09 01 09, role 9",
    "09 00, 'capability 9 '",
    "40 02 c078, graceful-restart 120 restarted notification",
    "40 06 0fff 0001 01 80, graceful-restart 4095 (ipv4 unicast preserved)",
    "40 05 0fff 0001 01, capability 64 0fff000101",
    "40 01 0f, capability 64 0f",
    "45 04 0001 01 03, add-path (ipv4 unicast both)",
    "45 04 0001 01 04, capability 69 00010104",
    "45 03 0001 01, capability 69 000101",
    "46 00, enhanced-route-refresh",
    "06 00, extended-message",
    "06 02 0000, capability 6 0000",
  })
  void readsACapabilityOrKeepsItUnread(String capability, String text) {
    int length = capability.replace(" ", "").length() / 2;
    String body =
        String.format("04 fbf0 00b4 c0000201 %02x 02 %02x ", length + 2, length) + capability;
    OpenMessage open = (OpenMessage) Wire.decode(Wire.message(1, body));
    assertThat(open.toString()).endsWith(" capabilities " + text);
  }

  @ParameterizedTest
  @CsvSource({
    // optional parameters; capabilities
    "ff ff 0000, 0",
    // The length of one octet is ignored, but 0 (RFC 9072 section 2).
    "01 ff 0005 02 0002 0200, 1",
    "ff ff 0005 02 0002 0200, 1",
  })
  void readsExtendedOptionalParametersOfAnyLength(String parameters, int capabilities) {
    OpenMessage open =
        (OpenMessage) Wire.decode(Wire.message(1, "04 fbf0 00b4 c0000201 " + parameters));
    assertThat(open.capabilities()).hasSize(capabilities);
  }

  @ParameterizedTest
  @CsvSource({
    // a path identifier, and what follows
    "00000001, path identifier: 4 octets (expected: 4 and a prefix)",
    "000001, path identifier: 3 octets (expected: 4 and a prefix)",
    "00000001 21, prefix length: 33 (expected: at most 0)",
    "00000001 18 c000, prefix length: 24 (expected: at most 16)",
  })
  void refusesAPathIdentifierWithoutAPrefix(String nlri, String text) {
    WireException refused = refusalOf(Wire.update("", "", nlri), Sample.ADD_PATH);
    assertThat(refused.notification().error()).contains(BgpError.INVALID_NETWORK_FIELD);
    assertThat(refused).hasMessage(text);
  }

  @Test
  void survivesGarbage() {
    Random random = new Random(20261122);
    List<byte[]> encoded = SHORT_SAMPLES.stream().map(Sample::encoded).toList();
    int messages = 0;
    int refusals = 0;
    for (int round = 0; round < 20_000; round++) {
      int index = round / 2 % SHORT_SAMPLES.size();
      Sample sample = SHORT_SAMPLES.get(index);
      byte[] octets =
          round % 2 == 0
              ? Wire.capture(Wire.CAPTURES.get(round / 2 % Wire.CAPTURES.size()))
              : encoded.get(index).clone();
      int flips = 1 + random.nextInt(4);
      for (int i = 0; i < flips; i++) {
        octets[16 + random.nextInt(octets.length - 16)] = (byte) random.nextInt(256);
      }
      EmbeddedChannel channel = Wire.decoder(sample.options());
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
    return refusalOf(octets, Wire.FOUR_OCTET);
  }

  private static WireException refusalOf(byte[] octets, WireOptions options) {
    EmbeddedChannel channel = Wire.decoder(options);
    WireException refused =
        catchThrowableOfType(
            WireException.class, () -> channel.writeInbound(Unpooled.wrappedBuffer(octets)));
    assertThat(refused).isNotNull();
    assertThat(channel.finishAndReleaseAll()).isFalse();
    return refused;
  }
}
