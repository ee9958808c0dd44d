package org.bgpannouncer.probe;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.bgpannouncer.probe.time.Loop;

/**
 * Runs a host's probes until each of their checks was observed once or cannot be. Confined to their
 * loop.
 */
final class OneRun {
  private final Loop loop;
  private final String host;
  private final CompositeProbe probe;
  private final Map<Check, Observation> first = new LinkedHashMap<>();
  private final CompletableFuture<List<Observation>> result = new CompletableFuture<>();

  OneRun(Loop loop, String host, CompositeProbe probe) {
    this.loop = loop;
    this.host = host;
    this.probe = probe;
  }

  CompletionStage<List<Observation>> start(Duration bound) {
    Loop.Timer deadline = loop.schedule(bound.toNanos(), () -> giveUp(bound));
    result.whenComplete((observations, failure) -> deadline.cancel());
    probe.start(this::observed);
    loop.execute(this::finishIfComplete);
    return result;
  }

  private void observed(Observation observation) {
    first.putIfAbsent(observation.check(), observation);
    finishIfComplete();
  }

  private void finishIfComplete() {
    if (missing().isEmpty()) {
      finish();
    }
  }

  // A node that refuses the first check of a probe is not asked for the next.
  private Set<Check> missing() {
    Set<Check> missing = new LinkedHashSet<>();
    for (Set<Check> checks : probe.checksOfEach()) {
      boolean moot =
          checks.stream()
              .anyMatch(
                  check -> {
                    Observation seen = first.get(check);
                    return seen != null && seen.outcome() != Outcome.OK;
                  });
      if (!moot) {
        checks.stream().filter(check -> !first.containsKey(check)).forEach(missing::add);
      }
    }
    return missing;
  }

  private void giveUp(Duration bound) {
    for (Check check : missing()) {
      String detail = "no answer within " + bound.toMillis() + " ms";
      first.put(
          check,
          Observation.of(host, check, Outcome.UNKNOWN, Reason.UNOBSERVED, detail, loop.nanoTime()));
    }
    finish();
  }

  private void finish() {
    if (!result.isDone()) {
      probe.close();
      result.complete(List.copyOf(first.values()));
    }
  }
}
