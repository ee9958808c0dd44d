package org.bgpannouncer.probe;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What one attempt of one check found.
 *
 * @param host the configured name of the host
 * @param check the series this belongs to
 * @param outcome what it means at most
 * @param reason why, as a word
 * @param detail why, in free text for people; may be empty; never a secret; bounded by {@link
 *     #MAX_DETAIL_CHARS}; {@linkplain PlainText plain}, whatever a peer sent
 * @param stages the stages that finished, in order, with what each took
 * @param values what was read, in the field's own words, e.g. {@code user-agent}; insertion order;
 *     plain as well
 * @param atNanos when it was made, on the {@link org.bgpannouncer.probe.time.Ticker} of the probe
 */
public record Observation(
    String host,
    Check check,
    Outcome outcome,
    Reason reason,
    String detail,
    List<StageTiming> stages,
    Map<String, String> values,
    long atNanos) {

  /** A longer detail is cut: what a peer sends must not fill logs. */
  public static final int MAX_DETAIL_CHARS = 512;

  /**
   * The value that a {@link Reason#STALL} of the peer-to-peer aspect carries: for how long the node
   * has been mute, in whole milliseconds.
   */
  public static final String STALL_MILLIS = "stall-millis";

  /**
   * One stage of an attempt.
   *
   * @param name e.g. {@code connect}, {@code version}, {@code pong}
   * @param nanos how long it took
   */
  public record StageTiming(String name, long nanos) {}

  /** Copies the collections, cuts and cleans the texts, refuses an OK that was not PASSED. */
  public Observation {
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(check, "check");
    Objects.requireNonNull(reason, "reason");
    if (outcome == Outcome.OK && reason != Reason.PASSED && reason != Reason.SEQUENCE_RESET) {
      throw new IllegalArgumentException("reason: " + reason + " (expected: PASSED for OK)");
    }
    if (detail.length() > MAX_DETAIL_CHARS) {
      detail = detail.substring(0, MAX_DETAIL_CHARS);
    }
    detail = PlainText.of(detail);
    stages = List.copyOf(stages);
    values = Values.plainCopyOf(values);
  }

  /** An observation without stages and values. */
  public static Observation of(
      String host, Check check, Outcome outcome, Reason reason, String detail, long atNanos) {
    return new Observation(host, check, outcome, reason, detail, List.of(), Map.of(), atNanos);
  }

  /** Whether this alone makes the host DOWN. */
  public boolean isProof() {
    return outcome == Outcome.HARD && reason.isProof();
  }
}
