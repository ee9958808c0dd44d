package org.bgpannouncer.cli;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bgpannouncer.bgp.AdjRibIn;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.RouteChange;

/** What {@code peer} has been told to expect, and what of it has not come yet. */
final class PeerExpectations {
  private final boolean none;
  private final Set<Prefix> toBeAnnounced;
  private final Set<Prefix> toBeWithdrawn;

  PeerExpectations(List<Prefix> announced, List<Prefix> withdrawn) {
    this.none = announced.isEmpty() && withdrawn.isEmpty();
    this.toBeAnnounced = new LinkedHashSet<>(announced);
    this.toBeWithdrawn = new LinkedHashSet<>(withdrawn);
  }

  /** Whether nothing is expected, so that there is nothing to wait for. */
  boolean isNone() {
    return none;
  }

  /**
   * A route has changed.
   *
   * @param tables what all sessions advertise after it
   */
  void changed(RouteChange change, Collection<AdjRibIn> tables) {
    Prefix prefix = change.prefix();
    if (change instanceof RouteChange.Announce) {
      toBeAnnounced.remove(prefix);
    } else if (!toBeAnnounced.contains(prefix)
        && tables.stream().noneMatch(table -> table.route(prefix).isPresent())) {
      // One that shall be announced first was not withdrawn before.
      toBeWithdrawn.remove(prefix);
    }
  }

  /** Whether all of it has come. */
  boolean isMet() {
    return !none && toBeAnnounced.isEmpty() && toBeWithdrawn.isEmpty();
  }

  /** What has not come: {@code 192.0.2.0/24 withdrawn}. */
  String missing() {
    StringBuilder text = new StringBuilder();
    toBeAnnounced.forEach(prefix -> text.append(", ").append(prefix).append(" announced"));
    toBeWithdrawn.forEach(prefix -> text.append(", ").append(prefix).append(" withdrawn"));
    return text.isEmpty() ? "" : text.substring(2);
  }
}
