package org.bgpannouncer.probe.bitcoin.p2p;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.p2p.wire.VersionPayload;
import org.bgpannouncer.probe.finding.Finding;

/**
 * What a node's {@code version} is worth: the worst finding decides, the detail names all of them.
 *
 * <pre>
 *   required service bit missing          HARD  SERVICE_BITS_MISSING
 *   clock differs by max-clock-skew       SOFT  CLOCK_SKEW   (or ours: two clocks cannot tell)
 *   optional service bit missing          SOFT  SERVICE_BITS_OPTIONAL
 *   user agent does not match             SOFT  USER_AGENT
 *   none of these                         OK    PASSED
 * </pre>
 */
final class VersionJudgement {
  private VersionJudgement() {}

  /**
   * Judges {@code version}; the finding carries what was read.
   *
   * @param ourSeconds our clock, seconds since 1970
   */
  static Finding of(P2pConfig config, VersionPayload version, long ourSeconds) {
    long skewSeconds = skew(version.timestampSeconds(), ourSeconds);
    List<Finding> findings = new ArrayList<>();
    long missing = config.requiredServices() & ~version.services();
    if (missing != 0) {
      findings.add(
          Finding.of(
              Outcome.HARD,
              Reason.SERVICE_BITS_MISSING,
              services(version, "at least", config.requiredServices())));
    }
    long apart = Math.abs(skewSeconds);
    if (apart >= config.maxClockSkew().toSeconds()) {
      findings.add(clock(skewSeconds, config.maxClockSkew().toSeconds()));
    }
    if ((config.optionalServices() & ~version.services()) != 0) {
      findings.add(
          Finding.of(
              Outcome.SOFT,
              Reason.SERVICE_BITS_OPTIONAL,
              services(version, "also", config.optionalServices())));
    }
    config
        .userAgent()
        .filter(expected -> !expected.matcher(version.userAgent()).find())
        .ifPresent(
            expected ->
                findings.add(
                    Finding.of(
                        Outcome.SOFT,
                        Reason.USER_AGENT,
                        "user-agent: " + version.userAgent() + " (expected: " + expected + ")")));
    return Finding.worst(findings).with(values(version, skewSeconds));
  }

  private static Map<String, String> values(VersionPayload version, long skewSeconds) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("user-agent", version.userAgent());
    values.put("protocol-version", Integer.toString(version.protocolVersion()));
    values.put("services", hex(version.services()));
    values.put("start-height", Integer.toString(version.startHeightBlocks()));
    values.put("clock-skew-seconds", Long.toString(skewSeconds));
    return values;
  }

  /** Saturates: a node may send any 64 bits as its time. */
  private static long skew(long theirSeconds, long ourSeconds) {
    long skew = theirSeconds - ourSeconds;
    boolean overflow = ((theirSeconds ^ ourSeconds) & (theirSeconds ^ skew)) < 0;
    long bounded = overflow ? (theirSeconds < 0 ? -Long.MAX_VALUE : Long.MAX_VALUE) : skew;
    return Math.max(bounded, -Long.MAX_VALUE);
  }

  private static Finding clock(long skewSeconds, long limitSeconds) {
    return Finding.of(
        Outcome.SOFT,
        Reason.CLOCK_SKEW,
        "clock-skew: " + skewSeconds + " s (expected: less than " + limitSeconds + " s)");
  }

  private static String services(VersionPayload version, String how, long expected) {
    return "services: "
        + hex(version.services())
        + " (expected: "
        + how
        + " "
        + hex(expected)
        + ")";
  }

  private static String hex(long bits) {
    return "0x" + Long.toHexString(bits);
  }
}
