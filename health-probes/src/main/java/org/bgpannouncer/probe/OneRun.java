package org.bgpannouncer.probe;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.bgpannouncer.probe.time.Loop;

/**
 * Runs a probe until each of its checks was observed once or cannot be. Confined to the probe's
 * loop.
 */
final class OneRun {
  private final Loop loop;
  private final Probe probe;
  private final Set<Check> awaited;
  private final Map<Check, Observation> first = new LinkedHashMap<>();
  private final CompletableFuture<List<Observation>> result = new CompletableFuture<>();

  OneRun(Loop loop, Probe probe) {
    this.loop = loop;
    this.probe = probe;
    this.awaited = probe.checks();
  }

  CompletionStage<List<Observation>> start(Duration bound) {
    Loop.Timer deadline = loop.schedule(bound.toNanos(), this::finish);
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
    if (awaited.stream().allMatch(check -> first.containsKey(check) || isMoot(check.aspect()))) {
      finish();
    }
  }

  /** A node that refuses the first check of an aspect is not asked for the next. */
  private boolean isMoot(Aspect aspect) {
    return first.values().stream()
        .filter(seen -> seen.check().aspect() == aspect && awaited.contains(seen.check()))
        .anyMatch(seen -> seen.outcome() != Outcome.OK);
  }

  private void finish() {
    if (!result.isDone()) {
      probe.close();
      result.complete(List.copyOf(first.values()));
    }
  }
}
