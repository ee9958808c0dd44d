package org.bgpannouncer.speaker;

import java.util.List;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.RouteChange;

/**
 * A whole wish, and how it differs from what the speaker has acknowledged. A backend sends either:
 * ExaBGP the changes, BIRD the target.
 *
 * @param target everything that shall be advertised, and nothing else
 * @param changes what to do now; at most one per path, withdraws first. May repeat a change that is
 *     already under way: a retry
 */
public record RibUpdate(Rib target, List<RouteChange> changes) {
  /** Copies the changes. */
  public RibUpdate {
    changes = List.copyOf(changes);
  }
}
