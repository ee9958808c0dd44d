package org.bgpannouncer.bgp.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.bgpannouncer.bgp.BgpMessage;

/** Octets for the codec's tests: annotated captures, and messages put together by hand. */
final class Wire {
  static final WireOptions FOUR_OCTET = WireOptions.INITIAL.withFourOctetAs(true);

  /** Every capture under {@code wire/}. */
  static final List<String> CAPTURES =
      List.of(
          "exabgp-4.2.21-open",
          "exabgp-4.2.21-update-ipv4",
          "exabgp-4.2.21-update-ipv6",
          "exabgp-4.2.21-end-of-rib-ipv6",
          "bird-2.0.12-open",
          "bird-2.0.12-update-ipv6",
          "bird-2.0.12-withdraw-ipv4",
          "bird-2.0.12-withdraw-ipv6",
          "rfc9003-shutdown",
          "rfc4271-keepalive");

  private Wire() {}

  static byte[] capture(String name) {
    try (InputStream in = Wire.class.getResourceAsStream("/wire/" + name + ".hex")) {
      if (in == null) {
        throw new IllegalArgumentException("capture: " + name + " (expected: a file in wire/)");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(line -> line.replaceAll("#.*", "").replaceAll("\\s", ""))
          .collect(Collectors.collectingAndThen(Collectors.joining(), HexFormat.of()::parseHex));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A whole message of type {@code type} with the body given in hexadecimal digits and blanks. */
  static byte[] message(int type, String bodyHex) {
    byte[] body = HexFormat.of().parseHex(bodyHex.replaceAll("\\s", ""));
    ByteBuf out = Unpooled.buffer();
    for (int i = 0; i < 16; i++) {
      out.writeByte(0xff);
    }
    out.writeShort(Header.LENGTH + body.length).writeByte(type).writeBytes(body);
    return bytes(out);
  }

  /** An UPDATE from its three fields; the lengths are right. */
  static byte[] update(String withdrawnHex, String attributesHex, String nlriHex) {
    String withdrawn = withdrawnHex.replaceAll("\\s", "");
    String attributes = attributesHex.replaceAll("\\s", "");
    return message(
        2,
        String.format("%04x", withdrawn.length() / 2)
            + withdrawn
            + String.format("%04x", attributes.length() / 2)
            + attributes
            + nlriHex);
  }

  static BgpMessage decode(byte[] octets) {
    return decode(octets, FOUR_OCTET);
  }

  static BgpMessage decode(byte[] octets, WireOptions options) {
    EmbeddedChannel channel = decoder(options);
    try {
      channel.writeInbound(Unpooled.wrappedBuffer(octets));
      BgpMessage message = channel.readInbound();
      if (message == null || channel.readInbound() != null) {
        throw new AssertionError("expected exactly one message");
      }
      return message;
    } finally {
      channel.finishAndReleaseAll();
    }
  }

  static byte[] encode(BgpMessage message, WireOptions options) {
    BgpEncoder encoder = new BgpEncoder();
    encoder.setOptions(options);
    EmbeddedChannel channel = new EmbeddedChannel(encoder);
    try {
      channel.writeOutbound(message);
      ByteBuf out = channel.readOutbound();
      return bytes(out);
    } finally {
      channel.finishAndReleaseAll();
    }
  }

  static EmbeddedChannel decoder(WireOptions options) {
    BgpDecoder decoder = new BgpDecoder(() -> 0);
    decoder.setOptions(options);
    return new EmbeddedChannel(decoder);
  }

  private static byte[] bytes(ByteBuf buffer) {
    byte[] bytes = new byte[buffer.readableBytes()];
    buffer.readBytes(bytes);
    buffer.release();
    return bytes;
  }
}
