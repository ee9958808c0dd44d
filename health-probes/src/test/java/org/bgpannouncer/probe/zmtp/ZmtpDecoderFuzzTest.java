package org.bgpannouncer.probe.zmtp;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.TooLongFrameException;
import java.util.ArrayList;
import java.util.List;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Greeting;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Message;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Outbound;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Part;

/**
 * Whatever a publisher sends is read as signals, then at most one violation; TCP's cuts change
 * nothing, no message is kept beyond its limits, and what we could have sent is written and read
 * again as the same.
 */
final class ZmtpDecoderFuzzTest {
  private static final ZmtpLimits LIMITS = new ZmtpLimits(16, 4, 1000, 2000, 500);

  /** What was read: signals, and what was against the protocol, if anything. */
  private record Reading(List<ZmtpSignal> signals, List<String> violations) {}

  @FuzzTest
  void readsTheSameHoweverItIsCut(byte[] stream) {
    Reading whole = read(stream, Math.max(1, stream.length));
    assertThat(read(stream, 1)).isEqualTo(whole);
    for (ZmtpSignal signal : whole.signals()) {
      if (signal instanceof Outbound sendable) {
        assertThat(read(written(sendable), 1).signals()).endsWith(signal);
      }
      if (signal instanceof Message message) {
        requireBounded(message);
      }
    }
  }

  private static void requireBounded(Message message) {
    assertThat(message.parts()).hasSizeBetween(1, LIMITS.maxParts());
    long bytes = 0;
    for (Part part : message.parts()) {
      assertThat((long) part.head().size()).isEqualTo(Math.min(part.bytes(), LIMITS.headBytes()));
      bytes += part.bytes();
    }
    assertThat(bytes).isLessThanOrEqualTo(LIMITS.maxMessageBytes());
  }

  private static Reading read(byte[] stream, int step) {
    List<ZmtpSignal> signals = new ArrayList<>();
    List<String> violations = new ArrayList<>();
    EmbeddedChannel channel = new EmbeddedChannel(new ZmtpDecoder(LIMITS));
    for (int from = 0; from < stream.length; from += step) {
      try {
        channel.writeInbound(
            Unpooled.wrappedBuffer(stream, from, Math.min(step, stream.length - from)));
      } catch (CorruptedFrameException | TooLongFrameException e) {
        violations.add(message(e));
      }
      for (ZmtpSignal next = channel.readInbound(); next != null; next = channel.readInbound()) {
        signals.add(next);
      }
    }
    assertThat(channel.finish()).isFalse();
    assertThat(violations).hasSizeLessThanOrEqualTo(1);
    return new Reading(signals, violations);
  }

  private static String message(DecoderException e) {
    String text = String.valueOf(e.getMessage());
    assertThat(text).matches("[\\x20-\\x7e]*");
    return text;
  }

  /** The signal behind a greeting, which always comes first. */
  private static byte[] written(Outbound signal) {
    ByteBuf out = Unpooled.buffer();
    if (!(signal instanceof Greeting)) {
      Greeting.NULL_3_1.encode(out);
    }
    signal.encode(out);
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    return bytes;
  }
}
