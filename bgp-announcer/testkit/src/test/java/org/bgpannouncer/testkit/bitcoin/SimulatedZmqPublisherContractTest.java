package org.bgpannouncer.testkit.bitcoin;

import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

/** The simulator keeps the real programs' contract. */
final class SimulatedZmqPublisherContractTest extends Zmtp31PublisherContract {
  @Override
  ZmqPublisher open() {
    SimulatorLoop loop = new SimulatorLoop();
    SimulatedZmqPublisher simulated = SimulatedZmqPublisher.start(loop);
    InetSocketAddress address = simulated.address();
    return new ScriptedPublisher() {
      private boolean closed;

      @Override
      public InetSocketAddress address() {
        return address;
      }

      @Override
      public void publish(String topic, byte[] body, int counter) {
        simulated.counter(topic, counter);
        simulated.publish(topic, body);
      }

      @Override
      public void close() {
        if (!closed) {
          closed = true;
          simulated.close();
          loop.close();
        }
      }
    };
  }

  @Test
  void theProbeReadsBlocksOfFourMegabytesGapsAndRestarts() {
    readsBlocksOfFourMegabytesGapsAndRestarts((ScriptedPublisher) publisher);
  }
}
