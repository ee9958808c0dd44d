package org.bgpannouncer.probe.zmtp;

/**
 * What a peer may send before the connection is closed on it. Bodies are counted and dropped as
 * they come, so the sizes bound its patience with us and not our memory; memory per connection is
 * {@code headBytes * maxParts} plus one command.
 *
 * @param headBytes how many bytes of each part are kept
 * @param maxParts parts of one message
 * @param maxPartBytes size of one part
 * @param maxMessageBytes sum of one message's parts
 * @param maxCommandBytes size of one command; commands are buffered whole
 */
public record ZmtpLimits(
    int headBytes, int maxParts, long maxPartBytes, long maxMessageBytes, int maxCommandBytes) {

  /** Rejects what is below one. */
  public ZmtpLimits {
    if (headBytes < 1
        || maxParts < 1
        || maxPartBytes < 1
        || maxMessageBytes < 1
        || maxCommandBytes < 1) {
      throw new IllegalArgumentException(
          "limits: "
              + headBytes
              + ", "
              + maxParts
              + ", "
              + maxPartBytes
              + ", "
              + maxMessageBytes
              + ", "
              + maxCommandBytes
              + " (expected: each >= 1)");
    }
  }
}
