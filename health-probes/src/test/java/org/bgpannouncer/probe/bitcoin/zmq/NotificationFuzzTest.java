package org.bgpannouncer.probe.bitcoin.zmq;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import java.util.ArrayList;
import java.util.List;
import org.bgpannouncer.probe.zmtp.Octets;
import org.bgpannouncer.probe.zmtp.ZmtpCodec;
import org.bgpannouncer.probe.zmtp.ZmtpLimits;
import org.bgpannouncer.probe.zmtp.ZmtpSignal;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Greeting;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Message;
import org.bgpannouncer.probe.zmtp.ZmtpSubscriber;

/**
 * Whatever a publisher sends through handshake and subscription, a message is heard only once
 * subscribed and before a violation, and is a notification of bitcoind's form or none.
 */
final class NotificationFuzzTest {
  private static final ZmtpLimits LIMITS =
      new ZmtpLimits(Notification.HEAD_BYTES, 4, 4_000_000, 4_000_100, 4096);

  @FuzzTest
  void isOfBitcoindsFormOrNone(byte[] stream) {
    EmbeddedChannel channel = new EmbeddedChannel();
    ZmtpCodec.addTo(channel.pipeline(), LIMITS);
    Ear ear = new Ear();
    ZmtpSubscriber subscriber =
        new ZmtpSubscriber(List.of("hashblock", "sequence"), channel::writeOutbound, ear);
    try {
      channel.writeInbound(Unpooled.wrappedBuffer(stream));
    } catch (DecoderException e) {
      ear.violations.add(String.valueOf(e.getMessage()));
    }
    for (ZmtpSignal next = channel.readInbound(); next != null; next = channel.readInbound()) {
      subscriber.received(next);
    }
    channel.finishAndReleaseAll();
    ear.messages.forEach(NotificationFuzzTest::requireForm);
  }

  private static void requireForm(Message message) {
    assertThat(Notification.shapeOf(message)).matches("[0-9]+(\\+[0-9]+)* bytes");
    Notification.parse(message)
        .ifPresent(
            notification -> {
              assertThat(notification.sequence()).isBetween(0L, 0xffff_ffffL);
              assertThat(notification.topic()).hasSizeLessThanOrEqualTo(Notification.HEAD_BYTES);
              notification
                  .blockHash()
                  .ifPresent(
                      hash -> {
                        assertThat(hash).matches("[0-9a-f]{64}");
                        assertThat(Notification.tellsOfBlocks(notification.topic())).isTrue();
                      });
            });
  }

  /** Hears what a probe would. */
  private static final class Ear implements ZmtpSubscriber.Listener {
    private final List<Message> messages = new ArrayList<>();
    private final List<String> violations = new ArrayList<>();
    private boolean subscribed;

    @Override
    public void greeted(Greeting greeting) {
      assertThat(greeting.mechanism()).isEqualTo("NULL");
    }

    @Override
    public void ready() {
      subscribed = true;
    }

    @Override
    public void message(Message message) {
      assertThat(subscribed).isTrue();
      messages.add(message);
    }

    @Override
    public void pong(Octets context) {
      assertThat(subscribed).isTrue();
    }

    @Override
    public void violated(String detail) {
      assertThat(detail).matches("[\\x20-\\x7e]*");
      violations.add(detail);
    }
  }
}
