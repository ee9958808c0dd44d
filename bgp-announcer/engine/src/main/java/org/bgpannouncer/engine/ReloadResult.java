package org.bgpannouncer.engine;

import java.util.List;

/**
 * What a reload does, or would do.
 *
 * @param differences one line per change of what is announced, e.g. {@code withdraw 192.0.2.0/24
 *     (service web removed)}; empty: nothing changes at the routers
 * @param hostsAdded hosts that start to be probed
 * @param hostsRemoved hosts that are no longer probed
 * @param hostsRestarted hosts whose probes start anew because their configuration changed; they
 *     keep their state
 * @param problems why it was refused, e.g. another site's configuration; empty: it was (or would
 *     be) accepted. With a problem nothing changes at all
 */
public record ReloadResult(
    List<String> differences,
    List<String> hostsAdded,
    List<String> hostsRemoved,
    List<String> hostsRestarted,
    List<String> problems) {
  /** Copies the lists. */
  public ReloadResult {
    differences = List.copyOf(differences);
    hostsAdded = List.copyOf(hostsAdded);
    hostsRemoved = List.copyOf(hostsRemoved);
    hostsRestarted = List.copyOf(hostsRestarted);
    problems = List.copyOf(problems);
  }

  /** Whether it was (or would be) accepted. */
  public boolean accepted() {
    return problems.isEmpty();
  }
}
