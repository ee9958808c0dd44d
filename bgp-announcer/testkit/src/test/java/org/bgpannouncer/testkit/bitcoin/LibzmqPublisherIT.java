package org.bgpannouncer.testkit.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The real program: the libzmq that bitcoind links. */
final class LibzmqPublisherIT extends Zmtp31PublisherContract {
  @Override
  ZmqPublisher open() throws Exception {
    return new LibzmqPublisher();
  }

  @Test
  void isTheVersionTheContractWasWrittenFor() throws Exception {
    try (LibzmqPublisher libzmq = new LibzmqPublisher()) {
      assertThat(libzmq.version()).startsWith("4.3.");
    }
  }

  @Test
  void theProbeReadsBlocksOfFourMegabytesGapsAndRestarts() {
    readsBlocksOfFourMegabytesGapsAndRestarts((ScriptedPublisher) publisher);
  }
}
