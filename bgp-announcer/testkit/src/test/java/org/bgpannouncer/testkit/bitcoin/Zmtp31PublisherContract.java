package org.bgpannouncer.testkit.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What a publisher promises beside that when it speaks ZMTP 3.1. */
abstract class Zmtp31PublisherContract extends ZmqPublisherContract {
  @Override
  final boolean speaks31() {
    return true;
  }

  @Test
  void takesASubscriptionAsCommandAndSendsThreeParts() throws IOException {
    try (WireSubscriber wire = new WireSubscriber(publisher.address())) {
      wire.handshake(1);
      wire.sendCommand("SUBSCRIBE", "hashblock");
      assertDelivered(wire);
    }
  }

  @Test
  void answersPingWithItsContext() throws IOException {
    try (WireSubscriber wire = new WireSubscriber(publisher.address())) {
      wire.handshake(1);
      wire.sendCommand("PING", "\2\130context");
      WireSubscriber.Frame pong = wire.readFrame();
      assertThat(pong.flags).isEqualTo(4);
      assertThat(pong.text()).isEqualTo("\004PONGcontext");
    }
  }
}
