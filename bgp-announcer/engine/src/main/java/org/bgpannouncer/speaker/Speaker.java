package org.bgpannouncer.speaker;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * Advertises routes. It is given the whole target plus the changes, and reports what became of
 * them; it never decides.
 *
 * <p>All methods may be called from any thread and return at once: a full pipe or a slow peer never
 * blocks the caller. The queue is bounded: the newest wish per path wins.
 */
public interface Speaker extends AutoCloseable {
  /** Connects and establishes the truth; {@code listener} hears of it. Call it once. */
  void start(SpeakerListener listener);

  /**
   * States the wish. Withdraws go first; an earlier change of the same path is replaced. Before
   * {@link SpeakerEvent.Synchronised} withdraws alone are stated, and go out at once; what the
   * target lacks may still be adopted then, so nothing follows from it.
   */
  void apply(RibUpdate update);

  /**
   * Withdraws everything and waits for the receipts, at most for {@code bound}; then the speaker
   * accepts nothing more. Completes with whether every withdraw was acknowledged.
   */
  CompletionStage<Boolean> withdrawAll(Duration bound);

  /** Lets go of the speaker and leaves the routes as they are ({@code --handover}). Idempotent. */
  @Override
  void close();
}
