package org.bgpannouncer.bgp.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpMessage;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.UpdateMessage;

/**
 * Whatever a peer sends is read as messages, then at most one reason to end the session; TCP's cuts
 * change nothing, and a message that was read is written and read again as the same. The first
 * octet of an input is what the OPENs have settled, the rest the stream.
 */
final class BgpDecoderFuzzTest {
  /** What was read: messages, and the NOTIFICATION that ends the session, if any. */
  private record Reading(List<BgpMessage> messages, List<NotificationMessage> end) {}

  @FuzzTest
  void readsTheSameHoweverItIsCut(byte[] input) {
    if (input.length == 0) {
      return;
    }
    WireOptions options = options(input[0]);
    byte[] stream = Arrays.copyOfRange(input, 1, input.length);

    Reading whole = read(stream, options, stream.length);
    assertThat(read(stream, options, stream.length > 1000 ? 7 : 1)).isEqualTo(whole);
    assertThat(whole.messages()).hasSizeLessThanOrEqualTo(stream.length / Header.LENGTH);
    for (BgpMessage message : whole.messages()) {
      BgpMessage clean = clean(message);
      byte[] written = Wire.encode(clean, options);
      assertThat(read(written, options, written.length))
          .as("%s read again", clean)
          .isEqualTo(new Reading(List.of(clean), List.of()));
    }
  }

  private static WireOptions options(byte bits) {
    Set<AddressFamily> addPath = new HashSet<>();
    if ((bits & 0x04) != 0) {
      addPath.add(AddressFamily.IPV4_UNICAST);
    }
    if ((bits & 0x08) != 0) {
      addPath.add(AddressFamily.IPV6_UNICAST);
    }
    return WireOptions.INITIAL
        .withFourOctetAs((bits & 0x01) != 0)
        .withExtendedMessages((bits & 0x02) != 0)
        .withAddPath(addPath, addPath)
        .withExtendedNextHop((bits & 0x10) != 0)
        .withEnhancedRouteRefresh((bits & 0x20) != 0)
        .withExternal((bits & 0x40) != 0);
  }

  /** The message without what was wrong with it, which is not written. */
  private static BgpMessage clean(BgpMessage message) {
    return message instanceof UpdateMessage update
        ? new UpdateMessage(update.withdrawn(), update.attributes(), update.nlri())
        : message;
  }

  private static Reading read(byte[] stream, WireOptions options, int step) {
    List<BgpMessage> messages = new ArrayList<>();
    List<NotificationMessage> end = new ArrayList<>();
    EmbeddedChannel channel = Wire.decoder(options);
    for (int from = 0; from < stream.length; from += step) {
      try {
        channel.writeInbound(
            Unpooled.wrappedBuffer(stream, from, Math.min(step, stream.length - from)));
      } catch (WireException e) {
        end.add(e.notification());
      }
      for (BgpMessage next = channel.readInbound(); next != null; next = channel.readInbound()) {
        assertThat(end.isEmpty() || from == 0).as("a message behind the end").isTrue();
        messages.add(next);
      }
    }
    assertThat(channel.finish()).isFalse();
    assertThat(end).hasSizeLessThanOrEqualTo(1);
    return new Reading(messages, end);
  }
}
