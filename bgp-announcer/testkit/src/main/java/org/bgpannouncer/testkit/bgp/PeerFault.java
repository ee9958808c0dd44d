package org.bgpannouncer.testkit.bgp;

import java.util.List;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.Octets;

/** How a {@link SimulatedPeer} misbehaves, as a value. The testkit's README has them in a table. */
public sealed interface PeerFault {
  /** The first 30 octets of an UPDATE of 47: a header, and the first attribute. */
  Octets HALF_AN_UPDATE = Octets.parse("ff".repeat(16) + "002f0200000014" + "40010100400206");

  /** Connections are refused by the kernel; sessions are cut without a word. */
  record Refuse() implements PeerFault {}

  /** Connections are taken and never answered; sessions are cut without a word. */
  record Stall() implements PeerFault {}

  /**
   * Sessions are cut without a word, and those to come hear another AS number in the OPEN.
   *
   * @param as 1 to 4294967295
   */
  record WrongAs(long as) implements PeerFault {}

  /**
   * Sessions are cut without a word, and those to come hear other families in the OPEN.
   *
   * @param families at least one
   */
  record OtherFamilies(List<AddressFamily> families) implements PeerFault {
    /** Copies the families. */
    public OtherFamilies {
      families = List.copyOf(families);
    }
  }

  /**
   * What can go wrong with one session: with those that stand at once, with those to come as soon
   * as a KEEPALIVE has gone each way, which is when both sides take them for established.
   */
  sealed interface OfSession extends PeerFault {}

  /**
   * The session gets this and is closed; one to come, right after our OPEN.
   *
   * @param notification what it gets
   */
  record Notify(NotificationMessage notification) implements OfSession {}

  /** Our direction ends (FIN); what the other side says is still read. */
  record HalfClose() implements OfSession {}

  /**
   * Nothing is read any more, so that the window closes when the kernel's buffer is full: after few
   * KiB where the connection came later than the fault, else after up to 64 KiB or what the kernel
   * had opened it to. We go on sending, KEEPALIVEs too, and never give up.
   */
  record ZeroWindow() implements OfSession {}

  /**
   * As a zero window, but for a trickle.
   *
   * @param octetsPerSecond 1 and more
   */
  record SlowReader(int octetsPerSecond) implements OfSession {
    /** Rejects what is a {@link ZeroWindow}. */
    public SlowReader {
      if (octetsPerSecond < 1) {
        throw new IllegalArgumentException(
            "octets-per-second: " + octetsPerSecond + " (expected: >= 1)");
      }
    }
  }

  /** Nothing is said any more, no KEEPALIVE either; what the other side says is read. */
  record Silence() implements OfSession {}

  /**
   * A message is begun, and then our direction ends (FIN).
   *
   * @param octets its beginning
   */
  record Truncated(Octets octets) implements OfSession {}

  /**
   * Something is said that is no message; then we go on as if nothing were wrong.
   *
   * @param octets what is said
   */
  record Malformed(Octets octets) implements OfSession {}

  /**
   * The connection is reset (RST).
   *
   * @param octets what is said before, e.g. {@link #HALF_AN_UPDATE}
   */
  record Reset(Octets octets) implements OfSession {}
}
