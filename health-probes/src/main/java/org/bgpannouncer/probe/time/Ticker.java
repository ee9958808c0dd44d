package org.bgpannouncer.probe.time;

/** A monotonic clock in nanoseconds from an arbitrary origin; differences only, never wall time. */
@FunctionalInterface
public interface Ticker {
  /** The current reading. */
  long nanoTime();

  /** The machine's monotonic clock. */
  static Ticker system() {
    return System::nanoTime;
  }
}
