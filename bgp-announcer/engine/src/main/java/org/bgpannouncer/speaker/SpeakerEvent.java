package org.bgpannouncer.speaker;

import java.util.Set;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.RouteChange;

/** What a speaker reports. */
public sealed interface SpeakerEvent {
  /**
   * The truth is established: this is what the speaker advertises at the moment, whoever asked for
   * it. First event after start and after every restart of the other side; replaces everything
   * acknowledged before.
   *
   * @param held the Adj-RIB-Out found, each route as far as it could be read
   * @param inexact the paths of it whose route is not known to be advertised just so: it has an
   *     attribute that is not ours, or not every peer has the same. Never what was wished
   * @param version the other side's program and version, e.g. {@code exabgp 4.2.21}
   */
  record Synchronised(Rib held, Set<Nlri> inexact, String version) implements SpeakerEvent {
    /** Copies. */
    public Synchronised {
      inexact = Set.copyOf(inexact);
    }

    /** An Adj-RIB-Out that is known in every detail. */
    public Synchronised(Rib held, String version) {
      this(held, Set.of(), version);
    }
  }

  /**
   * At least one BGP session is up now. The speaker itself resends its whole target.
   *
   * @param peer the session's peer
   */
  record SessionUp(String peer) implements SpeakerEvent {}

  /**
   * A BGP session went down. Withdraws are still sent, announces are held by the speaker.
   *
   * @param peer the session's peer
   * @param reason the other side's text
   */
  record SessionDown(String peer, String reason) implements SpeakerEvent {}

  /**
   * The receipt for one change.
   *
   * @param change what is now true
   */
  record Acknowledged(RouteChange change) implements SpeakerEvent {}

  /**
   * A change was refused or not answered in time; the engine retries with backoff.
   *
   * @param change what is not known to be true
   * @param reason the answer, or that there was none
   */
  record Rejected(RouteChange change, String reason) implements SpeakerEvent {}

  /**
   * Nothing reaches the other side any more, or does not yet; {@link Synchronised} follows when it
   * does again.
   *
   * @param reason why
   */
  record Lost(String reason) implements SpeakerEvent {}

  /**
   * The speaker has ended for good.
   *
   * @param cause what that means for the routes
   * @param reason why
   */
  record Ended(Cause cause, String reason) implements SpeakerEvent {
    /** What became of the routes. */
    public enum Cause {
      /** The other side ended, and its sessions with it. */
      OTHER_SIDE_GONE,
      /** Another process speaks for them now: not a word more, and nothing may be read. */
      TAKEN_OVER,
      /** A fault on our side: they may stand, and nobody watches them until a successor does. */
      FAILED
    }
  }

  /**
   * Something the operator must see in status, e.g. {@code neighbor-changes} is not configured.
   *
   * @param key a stable word
   * @param text what is missing and how to mend it; empty when it is mended
   */
  record Notice(String key, String text) implements SpeakerEvent {}
}
