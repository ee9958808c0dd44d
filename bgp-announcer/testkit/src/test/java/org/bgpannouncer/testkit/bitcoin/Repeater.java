package org.bgpannouncer.testkit.bitcoin;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Publishes until told to stop: a PUB socket does not say when a subscription has reached it, and
 * drops what it is given before.
 */
final class Repeater implements AutoCloseable {
  private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();

  Repeater(Runnable publish) {
    var unused = executor.scheduleWithFixedDelay(publish, 0, 20, TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    executor.shutdown();
    try {
      if (!executor.awaitTermination(5, TimeUnit.SECONDS)) {
        throw new IllegalStateException("publishing does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
