package org.bgpannouncer.announcement;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.decision.ServiceState;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.PathAttributes;

/** How strongly a route attracts: the ladder from UP to the last resort. */
enum Preference {
  FULL(100, 0, false),
  REDUCED(200, 2, false),
  // A receiver that honours RFC 8326 section 4.2 sets LOCAL_PREF to 0 for this community.
  LEAST(1000, 3, true);

  private final long med;
  private final int prepends;
  private final boolean shutdown;

  Preference(long med, int prepends, boolean shutdown) {
    this.med = med;
    this.prepends = prepends;
    this.shutdown = shutdown;
  }

  /** The preference that goes with a state; empty: no route, or the one there is stays. */
  static Optional<Preference> of(ServiceState state) {
    return switch (state) {
      case UP -> Optional.of(FULL);
      case DEGRADED -> Optional.of(REDUCED);
      case DRAIN, LAST_RESORT -> Optional.of(LEAST);
      case INIT, NOT_READY, DOWN, FROZEN -> Optional.empty();
    };
  }

  PathAttributes apply(PathAttributes attributes, long localAs) {
    List<Community> communities = new ArrayList<>(attributes.communities());
    if (shutdown) {
      communities.add(Community.GRACEFUL_SHUTDOWN);
    }
    return attributes
        .withMed(med)
        .withPrepend(localAs, prepends)
        .withCommunities(
            communities, attributes.extendedCommunities(), attributes.largeCommunities());
  }
}
