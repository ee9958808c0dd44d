package org.bgpannouncer.bgp.speaker;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;

/**
 * The paths that one neighbor announces, on one session, for the prefixes that it may be told of by
 * us: who else serves them, as far as this neighbor knows. Kept to be looked at and never used (RFC
 * 8212 section 2.1). Not thread-safe.
 */
final class HeardPaths {
  /** How many are kept; path identifiers are the neighbor's to choose, and so is their number. */
  static final int MAX_PATHS = 10_000;

  private ExportPolicy ours;
  private final Map<Nlri, Route> paths = new LinkedHashMap<>();

  HeardPaths(ExportPolicy ours) {
    this.ours = ours;
  }

  /** From now on the paths of these prefixes are kept, or none. */
  void keep(ExportPolicy newOurs, boolean keeps) {
    ours = newOurs;
    paths.keySet().removeIf(nlri -> !keeps || !newOurs.allows(nlri.prefix()));
  }

  void take(UpdateMessage update) {
    for (RouteChange change : update.changes()) {
      if (!(change instanceof RouteChange.Announce announce)) {
        paths.remove(change.nlri());
      } else if (ours.allows(change.prefix())
          && (paths.size() < MAX_PATHS || paths.containsKey(change.nlri()))) {
        paths.put(change.nlri(), announce.route());
      }
    }
  }

  List<HeardPath> of(String neighbor) {
    return paths.values().stream().map(route -> new HeardPath(neighbor, route)).toList();
  }
}
