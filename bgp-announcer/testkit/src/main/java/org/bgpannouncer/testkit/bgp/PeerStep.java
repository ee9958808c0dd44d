package org.bgpannouncer.testkit.bgp;

import java.time.Duration;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.route.Prefix;

/**
 * A step of what a {@link SimulatedPeer} goes through on one session, once it is established. The
 * script ends with its session.
 */
public sealed interface PeerStep {
  /**
   * Says this.
   *
   * @param update what is said
   */
  record Send(UpdateMessage update) implements PeerStep {}

  /**
   * Waits until this session announces a prefix, or goes on if it has since the step before.
   *
   * @param prefix which
   */
  record AwaitAnnounced(Prefix prefix) implements PeerStep {}

  /**
   * Waits until this session withdraws a prefix, or goes on if it has since the step before.
   *
   * @param prefix which
   */
  record AwaitWithdrawn(Prefix prefix) implements PeerStep {}

  /**
   * Lets time pass.
   *
   * @param time how much
   */
  record Pass(Duration time) implements PeerStep {}

  /**
   * Misbehaves on this session from now on.
   *
   * @param fault how
   */
  record Misbehave(PeerFault.OfSession fault) implements PeerStep {}
}
