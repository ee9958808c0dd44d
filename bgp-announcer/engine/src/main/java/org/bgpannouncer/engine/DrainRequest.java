package org.bgpannouncer.engine;

import java.time.Duration;
import org.bgpannouncer.probe.PlainText;

/**
 * To take a host out of its services before it is restarted.
 *
 * @param host its name
 * @param reason why, for people; may be empty, at most {@value #MAX_REASON_CHARS} characters
 * @param bound when it ends by itself; 1 s to 48 h, default 4 h (requirements M31)
 * @param force also where a service has too few other hosts: that one is then announced at least
 *     preference, so that its clients go to other sites, and finds this host if there is none
 */
public record DrainRequest(String host, String reason, Duration bound, boolean force) {
  /** The longest reason. */
  public static final int MAX_REASON_CHARS = 200;

  /** The shipped default of {@code bound}. */
  public static final Duration DEFAULT_BOUND = Duration.ofHours(4);

  /** The longest {@code bound}. */
  public static final Duration MAX_BOUND = Duration.ofDays(2);

  /** Rejects what is outside the stated limits; cleans the reason. */
  public DrainRequest {
    if (reason.length() > MAX_REASON_CHARS) {
      throw new IllegalArgumentException(
          "reason: "
              + reason.length()
              + " characters (expected: at most "
              + MAX_REASON_CHARS
              + ")");
    }
    if (bound.compareTo(Duration.ofSeconds(1)) < 0 || bound.compareTo(MAX_BOUND) > 0) {
      throw new IllegalArgumentException("for: " + bound + " (expected: 1s to 48h)");
    }
    reason = PlainText.of(reason);
  }
}
