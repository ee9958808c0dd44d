package org.bgpannouncer.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.bgpannouncer.announcement.Scope;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.RibUpdate;
import org.bgpannouncer.speaker.Speaker;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.bgpannouncer.speaker.SpeakerListener;
import org.jspecify.annotations.Nullable;

/**
 * The second fence: whatever the rooms before it believe, no route outside {@code allow} and no
 * internal one without NO_EXPORT passes to the speaker. What is refused is reported as rejected.
 * Withdraws always pass. {@link #apply} is the engine's thread's.
 */
final class FencedSpeaker implements Speaker {
  private final Speaker speaker;
  // What was refused and not withdrawn since: the target may still hold it.
  private final Set<Nlri> outside = new HashSet<>();
  private volatile Function<Prefix, Scope> scopes;
  private volatile @Nullable SpeakerListener listener;

  FencedSpeaker(Speaker speaker, Function<Prefix, Scope> scopes) {
    this.speaker = speaker;
    this.scopes = scopes;
  }

  /** Replaces what is allowed, for {@code reload}. */
  void scopes(Function<Prefix, Scope> newScopes) {
    this.scopes = newScopes;
  }

  @Override
  public void start(SpeakerListener newListener) {
    listener = newListener;
    speaker.start(newListener);
  }

  @Override
  public void apply(RibUpdate update) {
    List<RouteChange> allowed = new ArrayList<>(update.changes().size());
    List<RouteChange> refused = new ArrayList<>(0);
    for (RouteChange change : update.changes()) {
      boolean passes =
          !(change instanceof RouteChange.Announce announce) || passes(announce.route(), scopes);
      if (passes) {
        outside.remove(change.nlri());
        allowed.add(change);
      } else {
        outside.add(change.nlri());
        refused.add(change);
      }
    }
    speaker.apply(outside.isEmpty() ? update : new RibUpdate(within(update.target()), allowed));
    SpeakerListener current = listener;
    if (current != null) {
      refused.forEach(
          change -> current.happened(new SpeakerEvent.Rejected(change, "refused: outside allow")));
    }
  }

  private Rib within(Rib target) {
    return Rib.of(
        target.routes().values().stream()
            .filter(route -> !outside.contains(route.nlri()))
            .toList());
  }

  static boolean passes(Route route, Function<Prefix, Scope> scopes) {
    return switch (scopes.apply(route.prefix())) {
      case FORBIDDEN -> false;
      case INTERNAL -> route.attributes().communities().contains(Community.NO_EXPORT);
      case GLOBAL -> true;
    };
  }

  @Override
  public CompletionStage<Boolean> withdrawAll(Duration bound) {
    return speaker.withdrawAll(bound);
  }

  @Override
  public void close() {
    speaker.close();
  }
}
