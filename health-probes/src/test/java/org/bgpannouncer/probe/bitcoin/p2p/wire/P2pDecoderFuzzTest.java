package org.bgpannouncer.probe.bitcoin.p2p.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.CorruptedFrameException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;

/**
 * Whatever a node sends is read as messages, then at most one violation; TCP's cuts change nothing,
 * little is held meanwhile, and a message that was read is written and read again as the same. The
 * first byte of an input is the network, and whether the checksums are put right first, which no
 * fuzzer can guess; the rest is the stream.
 */
final class P2pDecoderFuzzTest {
  private static final int REPAIR = 0x80;
  private static final int MAX_HELD_BYTES = Frame.HEADER_BYTES + P2pDecoder.MAX_KEPT_BYTES;

  /** What was read: messages, and what was against the protocol, if anything. */
  private record Reading(List<P2pMessage> messages, List<String> violations) {}

  @FuzzTest
  void readsTheSameHoweverItIsCut(byte[] input) {
    if (input.length == 0) {
      return;
    }
    BitcoinNetwork[] networks = BitcoinNetwork.values();
    BitcoinNetwork network = networks[(input[0] & 0x7f) % networks.length];
    byte[] stream = Arrays.copyOfRange(input, 1, input.length);
    if ((input[0] & REPAIR) != 0) {
      repair(stream);
    }

    Reading whole = read(stream, network, stream.length);
    assertThat(read(stream, network, 1)).isEqualTo(whole);
    for (P2pMessage message : whole.messages()) {
      if (message.kind() != P2pMessage.Kind.OTHER_NETWORK) {
        byte[] written = write(message, network);
        assertThat(read(written, network, written.length))
            .isEqualTo(new Reading(List.of(message), List.of()));
      }
      if (message instanceof P2pMessage.Version version) {
        assertThat(version.payload().userAgent())
            .matches("[\\x20-\\x7e]*")
            .hasSizeLessThanOrEqualTo(VersionPayload.MAX_USER_AGENT_BYTES);
      }
    }
  }

  /** Sets the checksum of every header whose payload is there. */
  private static void repair(byte[] stream) {
    MessageDigest digest = Frame.newSha256();
    ByteBuf bytes = Unpooled.wrappedBuffer(stream);
    int at = 0;
    while (at + Frame.HEADER_BYTES <= stream.length) {
      long length = bytes.getUnsignedIntLE(at + Frame.START_BYTES + Frame.COMMAND_BYTES);
      int payload = at + Frame.HEADER_BYTES;
      if (length > stream.length - payload) {
        return;
      }
      Frame.feed(digest, bytes, payload, (int) length);
      bytes.setInt(payload - Integer.BYTES, Frame.checksum(digest));
      at = payload + (int) length;
    }
  }

  private static Reading read(byte[] stream, BitcoinNetwork network, int step) {
    List<P2pMessage> messages = new ArrayList<>();
    List<String> violations = new ArrayList<>();
    P2pDecoder decoder = new P2pDecoder(network);
    EmbeddedChannel channel = new EmbeddedChannel(decoder);
    for (int from = 0; from < stream.length; from += step) {
      int length = Math.min(step, stream.length - from);
      try {
        channel.writeInbound(Unpooled.wrappedBuffer(stream, from, length));
      } catch (CorruptedFrameException e) {
        violations.add(String.valueOf(e.getMessage()));
      }
      assertThat(decoder.heldBytes()).isLessThan(MAX_HELD_BYTES);
      for (P2pMessage next = channel.readInbound(); next != null; next = channel.readInbound()) {
        messages.add(next);
      }
    }
    assertThat(channel.finish()).isFalse();
    assertThat(violations).hasSizeLessThanOrEqualTo(1);
    return new Reading(messages, violations);
  }

  private static byte[] write(P2pMessage message, BitcoinNetwork network) {
    EmbeddedChannel channel = new EmbeddedChannel(new P2pEncoder(network));
    channel.writeOutbound(message);
    ByteBuf out = channel.readOutbound();
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    out.release();
    return bytes;
  }
}
