package org.bgpannouncer.probe.zmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.TooLongFrameException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Failure;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Greeting;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Message;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.OtherCommand;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Part;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Ping;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Pong;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Ready;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Subscribe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class ZmtpCodecTest {
  private static final ZmtpLimits LIMITS = new ZmtpLimits(8, 3, 1000, 1500, 100);

  // ff, 8x00, 7f | version 3.1 | "NULL" in 20 bytes | not as server | filler
  private static final String GREETING =
      "ff00000000000000007f" + "0301" + "4e554c4c" + "00".repeat(16) + "00" + "00".repeat(31);

  // READY { Socket-Type: PUB, Identity: "" }, as libzmq 4.3 sends it
  private static final String READY_PUB =
      "0426"
          + ("055245414459" + "0b536f636b65742d54797065" + "00000003" + "505542")
          + ("084964656e74697479" + "00000000");

  private static final String PING = "0409" + "0450494e47" + "0258" + "6162";
  private static final String PONG = "0407" + "04504f4e47" + "6162";
  private static final String ERROR = "0408" + "054552524f52" + "016e";
  private static final String UNKNOWN = "0405" + "03464f4f" + "99";
  // "abc" | nothing | 12 bytes of which 8 are kept
  private static final String MESSAGE = "0103616263" + "0100" + "000c000102030405060708090a0b";
  // One part in the long form
  private static final String LONG_MESSAGE = "020000000000000003" + "78797a";

  private static final String STREAM =
      GREETING + READY_PUB + PING + MESSAGE + PONG + UNKNOWN + LONG_MESSAGE + ERROR;

  private static final List<ZmtpSignal> SIGNALS =
      List.of(
          new Greeting(3, 1, "NULL"),
          new Ready("PUB"),
          new Ping(600, Octets.ofText("ab")),
          new Message(
              List.of(
                  new Part(Octets.ofText("abc"), 3),
                  new Part(Octets.EMPTY, 0),
                  new Part(Octets.ofHex("0001020304050607"), 12))),
          new Pong(Octets.ofText("ab")),
          new OtherCommand("FOO"),
          new Message(List.of(new Part(Octets.ofText("xyz"), 3))),
          new Failure("n"));

  @Test
  void decodesAWholeConversation() {
    assertThat(decode(STREAM)).isEqualTo(SIGNALS);
  }

  @Test
  void decodesByteByByte() {
    EmbeddedChannel channel = decoder();
    for (byte b : ByteBufUtil.decodeHexDump(STREAM)) {
      channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {b}));
    }
    assertThat(drain(channel)).isEqualTo(SIGNALS);
    channel.finishAndReleaseAll();
  }

  @Test
  void decodesTheSameWhereverTheStreamIsCut() {
    byte[] stream = ByteBufUtil.decodeHexDump(STREAM);
    for (int cut = 0; cut <= stream.length; cut++) {
      EmbeddedChannel channel = decoder();
      channel.writeInbound(Unpooled.copiedBuffer(stream, 0, cut));
      channel.writeInbound(Unpooled.copiedBuffer(stream, cut, stream.length - cut));
      assertThat(drain(channel)).as("cut at %d", cut).isEqualTo(SIGNALS);
      channel.finishAndReleaseAll();
    }
  }

  @Test
  void aStreamThatEndsAnywhereLeavesOnlyWholeSignals() {
    byte[] stream = ByteBufUtil.decodeHexDump(STREAM);
    for (int end = 0; end <= stream.length; end++) {
      EmbeddedChannel channel = decoder();
      channel.writeInbound(Unpooled.copiedBuffer(stream, 0, end));
      channel.finish();
      List<ZmtpSignal> whole = drain(channel);
      assertThat(whole).as("ends at %d", end).isEqualTo(SIGNALS.subList(0, whole.size()));
    }
  }

  static Stream<Arguments> encoded() {
    return Stream.of(
        Arguments.of(Greeting.NULL_3_1, GREETING),
        Arguments.of(
            new Ready("SUB"),
            "0419" + "055245414459" + "0b536f636b65742d54797065" + "00000003" + "535542"),
        Arguments.of(
            new Subscribe(Octets.ofText("hashblock"), true),
            "0413" + "09535542534352494245" + "68617368626c6f636b"),
        Arguments.of(
            new Subscribe(Octets.ofText("hashblock"), false), "000a" + "01" + "68617368626c6f636b"),
        Arguments.of(new Ping(600, Octets.ofText("ab")), PING),
        Arguments.of(new Pong(Octets.ofText("ab")), PONG));
  }

  @ParameterizedTest
  @MethodSource("encoded")
  void encodesTheVectorsOfTheSpecification(ZmtpSignal.Outbound signal, String hex) {
    EmbeddedChannel channel = new EmbeddedChannel(new ZmtpEncoder());
    channel.writeOutbound(signal);
    ByteBuf encoded = channel.readOutbound();
    assertThat(ByteBufUtil.hexDump(encoded)).isEqualTo(hex);
    encoded.release();
  }

  @Test
  void aGreetingIs64Bytes() {
    assertThat(GREETING).hasSize(2 * Greeting.BYTES);
  }

  @Test
  void readsTheGreetingOfAnOlderAndOfALaterPeer() {
    assertThat(decode(GREETING.replace("7f0301", "7f0300")))
        .containsExactly(new Greeting(3, 0, "NULL"));
    assertThat(decode(GREETING.replace("7f0301", "7f0402")))
        .containsExactly(new Greeting(4, 2, "NULL"));
    assertThat(new Greeting(3, 0, "NULL").knowsCommands()).isFalse();
    assertThat(new Greeting(4, 0, "NULL").knowsCommands()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "48545450                 | signature: not ZMTP (expected: ff, 8 bytes, 7f)",
        "ff000000000000000000     | signature: not ZMTP (expected: ff, 8 bytes, 7f)",
        "ff00000000000000007f01   | version: 1 (expected: ZMTP 3 or later)",
        "ff00000000000000007f02   | version: 2 (expected: ZMTP 3 or later)",
      })
  void refusesAForeignGreetingAtItsFirstWrongByte(String hex, String message) {
    assertThatThrownBy(() -> decode(hex)).isInstanceOf(DecoderException.class).hasMessage(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "08                     | flags: 0x8 (expected: 0 to 4, or 6)",
        "05                     | flags: 0x5 (expected: 0 to 4, or 6)",
        "07                     | flags: 0x7 (expected: 0 to 4, or 6)",
        "ff                     | flags: 0xff (expected: 0 to 4, or 6)",
        "0465                   | command: 101 bytes (expected: <= 100)",
        "06ffffffffffffffff     | command: 18446744073709551615 bytes (expected: <= 100)",
        "0200000000000003e9     | part: 1001 bytes (expected: <= 1000)",
        "027fffffffffffffff     | part: 9223372036854775807 bytes (expected: <= 1000)",
        "028000000000000000     | part: 9223372036854775808 bytes (expected: <= 1000)",
        "0100010001000100       | parts: more than 3 (expected: <= 3)",
        "0400                   | command name: no length (expected: 1 bytes)",
        "040105                 | command name: 5 bytes (expected: <= the 0 left)",
        "0407 05524541445903    | property name: 3 bytes (expected: <= the 0 left)",
        "0408 0552454144590161  | property value: no length (expected: 4 bytes)",
        "040c 0552454144590161ffffffff | property value: 4294967295 bytes (expected: <= the 0 left)",
        "0406 054552524f52      | error reason: no length (expected: 1 bytes)",
        "0406 0450494e4700      | PING: no ttl (expected: 2 bytes)",
        "0418 0450494e47000000000000000000000000000000000000000000 | context: 17 bytes (expected: <= 16)",
      })
  void refusesAHostileFrame(String hex, String message) {
    assertThatThrownBy(() -> decode(GREETING + hex.replace(" ", "")))
        .isInstanceOf(DecoderException.class)
        .hasMessage(message);
  }

  @Test
  void aReadyWithoutPropertiesIsGrammatical() {
    assertThat(decode(GREETING + "0406055245414459")).last().isEqualTo(new Ready(""));
  }

  @Test
  void refusesAMessageWhosePartsAreTooMuchTogether() {
    String part = "030000000000000320" + "00".repeat(0x320);
    assertThatThrownBy(() -> decode(GREETING + part + part))
        .isInstanceOf(TooLongFrameException.class)
        .hasMessage("message: 1600 bytes (expected: <= 1500)");
  }

  @Test
  void breaksTheConnectionOfAPeerThatAsksButNeverReads() {
    EmbeddedChannel channel = new EmbeddedChannel();
    List<Throwable> caught = new ArrayList<>();
    ZmtpCodec.addTo(channel.pipeline(), LIMITS);
    channel
        .pipeline()
        .addLast(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                caught.add(cause);
              }
            });
    channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(10, 20));
    for (int i = 0; i < 5 && caught.isEmpty(); i++) {
      channel.write(new Pong(Octets.ofText("0123456789abcdef")));
    }
    assertThat(caught).singleElement().isInstanceOf(TooLongFrameException.class);
    channel.finishAndReleaseAll();
  }

  @Test
  void isDeafAfterAnError() {
    EmbeddedChannel channel = decoder();
    assertThatThrownBy(() -> channel.writeInbound(bytes("00"))).isInstanceOf(CodecException.class);
    channel.writeInbound(bytes(STREAM));
    assertThat(drain(channel)).isEmpty();
    channel.finishAndReleaseAll();
  }

  @Test
  void aBlockOfFourMegabytesIsNeverHeld() {
    EmbeddedChannel channel =
        new EmbeddedChannel(new ZmtpDecoder(new ZmtpLimits(80, 8, 8_000_000, 16_000_000, 100)));
    channel.writeInbound(bytes(GREETING + "0108" + "726177626c6f636b" + "0300000000003d0900"));
    ByteBuf chunk = Unpooled.wrappedBuffer(new byte[40_000]);
    for (int i = 0; i < 100; i++) {
      ByteBuf piece = chunk.retainedDuplicate();
      channel.writeInbound(piece);
      assertThat(chunk.refCnt()).as("chunk %d is let go", i).isEqualTo(1);
    }
    channel.writeInbound(bytes("0004" + "07000000"));
    assertThat(drain(channel).get(1))
        .isEqualTo(
            new Message(
                List.of(
                    new Part(Octets.ofText("rawblock"), 8),
                    new Part(Octets.of(new byte[80]), 4_000_000),
                    new Part(Octets.ofHex("07000000"), 4))));
    chunk.release();
    channel.finishAndReleaseAll();
  }

  @Test
  void whatAPeerWritesIsMadePrintable() {
    assertThat(decode(GREETING + "040a054552524f52" + "0341" + "0a" + "ff"))
        .last()
        .isEqualTo(new Failure("A??"));
  }

  @Property
  void anyBytesGiveSignalsOrADecoderExceptionButNothingElse(
      @ForAll @Size(max = 300) byte[] bytes, @ForAll boolean afterGreeting) {
    EmbeddedChannel channel = decoder();
    try {
      channel.writeInbound(bytes(afterGreeting ? GREETING : ""));
      channel.writeInbound(Unpooled.wrappedBuffer(bytes));
    } catch (DecoderException e) {
      assertThat(e.getMessage()).contains("(expected: ");
    } finally {
      channel.finishAndReleaseAll();
    }
  }

  @Property
  void anyMessageComesOutAsItWentInHoweverItIsCut(
      @ForAll @Size(min = 1, max = 3) List<@Size(max = 400) byte[]> bodies,
      @ForAll @IntRange(min = 1, max = 64) int step) {
    ByteBuf stream = bytes(GREETING);
    for (int i = 0; i < bodies.size(); i++) {
      byte[] body = bodies.get(i);
      int more = i < bodies.size() - 1 ? 1 : 0;
      if (body.length > 255) {
        stream.writeByte(more | 2).writeLong(body.length);
      } else {
        stream.writeByte(more).writeByte(body.length);
      }
      stream.writeBytes(body);
    }
    EmbeddedChannel channel = decoder();
    while (stream.isReadable()) {
      channel.writeInbound(stream.readBytes(Math.min(step, stream.readableBytes())));
    }
    stream.release();
    List<Part> expected = new ArrayList<>();
    for (byte[] body : bodies) {
      byte[] head = Arrays.copyOf(body, Math.min(body.length, LIMITS.headBytes()));
      expected.add(new Part(Octets.of(head), body.length));
    }
    assertThat(drain(channel)).containsExactly(new Greeting(3, 1, "NULL"), new Message(expected));
    channel.finishAndReleaseAll();
  }

  private static List<ZmtpSignal> decode(String hex) {
    EmbeddedChannel channel = decoder();
    channel.writeInbound(bytes(hex));
    List<ZmtpSignal> signals = drain(channel);
    channel.finishAndReleaseAll();
    return signals;
  }

  private static EmbeddedChannel decoder() {
    return new EmbeddedChannel(new ZmtpDecoder(LIMITS));
  }

  private static ByteBuf bytes(String hex) {
    return Unpooled.buffer().writeBytes(ByteBufUtil.decodeHexDump(hex));
  }

  private static List<ZmtpSignal> drain(EmbeddedChannel channel) {
    List<ZmtpSignal> signals = new ArrayList<>();
    for (ZmtpSignal signal = channel.readInbound();
        signal != null;
        signal = channel.readInbound()) {
      signals.add(signal);
    }
    return signals;
  }
}
