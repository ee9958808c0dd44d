package org.bgpannouncer.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bgpannouncer.engine.SimulatedNode.Condition;
import org.bgpannouncer.health.HealthThresholds;
import org.bgpannouncer.observe.StatusSnapshot;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;

/**
 * The real engine on virtual time under random faults of nodes and speaker. After every event
 * safety is asserted; at the end the faults stop, and everything must come right.
 */
final class SiteSimulation {
  private static final Prefix FOREIGN = Prefix.parse("203.0.113.0/24");
  // A refused or unanswered withdraw: 10 s for the receipt, then retries at most 1 s apart.
  private static final long WITHDRAW_BOUND_NANOS = Duration.ofSeconds(13).toNanos();
  // An attempt under way may last 2 s, and the next one starts within 5 s.
  private static final long HEARD_NANOS = Duration.ofSeconds(8).toNanos();
  private static final long WITHDRAWN_NANOS = Duration.ofMillis(10).toNanos();

  private final SplittableRandom random;
  private final EngineLab lab;
  private final List<String> hosts = new ArrayList<>();
  private final int atLeast;
  private final boolean withRpc;
  private final Map<String, Long> badUntilNanos = new HashMap<>();
  private final Map<String, Boolean> fitBefore = new HashMap<>();
  private final Map<String, Long> startingSinceNanos = new HashMap<>();
  private long speakerFaultNanos;
  private long announcedNanos;
  private boolean mute;
  private boolean away;

  SiteSimulation(long seed) {
    random = new SplittableRandom(seed);
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      hosts.add("h" + i);
    }
    atLeast = 1 + random.nextInt(count);
    EnumSet<Aspect> probed = EnumSet.of(Aspect.P2P);
    withRpc = random.nextBoolean();
    if (withRpc) {
      probed.add(Aspect.RPC);
    }
    List<Route> held = new ArrayList<>();
    if (random.nextBoolean()) {
      held.add(EngineLab.upRoute());
    }
    if (random.nextBoolean()) {
      held.add(new Route(FOREIGN, NextHop.SELF, PathAttributes.NONE));
    }
    SiteConfig site =
        EngineLab.site(HealthThresholds.DEFAULT, probed, atLeast, hosts.toArray(String[]::new));
    lab = new EngineLab(site, Rib.of(held));
  }

  /** Runs to the end; answers the log of what happened, the same for the same seed. */
  List<String> run() {
    lab.engine.start();
    lab.time.runDue();
    for (int i = 0; i < 60; i++) {
      fault();
      long restNanos = random.nextLong(Duration.ofSeconds(40).toNanos());
      while (restNanos > 0) {
        long step = Math.min(restNanos, 1 + random.nextLong(2_000_000_000L));
        lab.time.advance(Duration.ofNanos(step));
        restNanos -= step;
        assertSafe();
      }
    }
    heal();
    assertConverged();
    return lab.events.stream().map(Object::toString).toList();
  }

  private void fault() {
    String host = hosts.get(random.nextInt(hosts.size()));
    SimulatedNode node = lab.node(host);
    Condition[] conditions = Condition.values();
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> node.become(conditions[random.nextInt(conditions.length)]);
      case 3 -> node.become(Condition.ALIVE);
      case 4 -> hosts.forEach(each -> lab.node(each).become(Condition.ALIVE));
      case 5 -> proof(host, node);
      case 6 -> {
        lab.speaker.refuseNext(random.nextInt(6));
        speakerFault();
      }
      case 7 -> {
        mute = !mute;
        lab.speaker.mute(mute);
        speakerFault();
      }
      case 8 -> {
        Duration pause = Duration.ofMillis(1 + random.nextInt(20_000));
        lab.speaker.restart(pause, random.nextBoolean());
        away = true;
        lab.time.schedule(pause.toNanos() + 1, () -> away = false);
        speakerFault();
      }
      case 9, 10 -> rpcFault(host, conditions[random.nextInt(conditions.length)]);
      default -> {
        lab.speaker.failNext(new IllegalStateException("pipe gone"));
        speakerFault();
      }
    }
  }

  private void rpcFault(String host, Condition condition) {
    if (withRpc) {
      lab.node(host, Aspect.RPC).become(condition);
      startingSinceNanos.remove(host);
      if (condition == Condition.STARTING) {
        startingSinceNanos.put(host, lab.time.nanoTime());
      }
    }
  }

  private void proof(String host, SimulatedNode node) {
    if (random.nextBoolean()) {
      boolean told = !lab.speaker.isAboutToFail() && !away;
      hosts.forEach(each -> lab.node(each).dieProven());
      hosts.forEach(each -> badUntilNanos.put(each, lab.time.nanoTime()));
      lab.time.runDue();
      require(
          !told || !lab.speaker.target().routes().containsKey(Nlri.of(EngineLab.PREFIX)),
          "a proof of all hosts must reach the speaker at once");
    } else {
      node.dieProven();
      badUntilNanos.put(host, lab.time.nanoTime());
    }
  }

  private void speakerFault() {
    speakerFaultNanos = lab.time.nanoTime();
  }

  private void assertSafe() {
    long now = lab.time.nanoTime();
    if (mute || away) {
      speakerFaultNanos = now;
    }
    long lastFaultNanos = Math.max(speakerFaultNanos, lab.speaker.lastFaultNanos);
    boolean speakerWell = now - lastFaultNanos > WITHDRAW_BOUND_NANOS;
    StatusSnapshot status = lab.status();
    require(status.engine().stepsFailed() == 0, "no step failed: " + status.engine());
    Rib target = lab.speaker.target();
    require(
        target.routes().keySet().stream().allMatch(Nlri.of(EngineLab.PREFIX)::equals),
        "nothing outside allow is ever wished: " + target);
    var service = status.services().get(0);
    boolean adopting = service.reason().startsWith("adopted route kept");
    if (service.state().isAnnounced() || adopting) {
      announcedNanos = now;
    }
    if (speakerWell) {
      require(
          lab.speaker.advertised().routes().keySet().stream()
              .allMatch(Nlri.of(EngineLab.PREFIX)::equals),
          "nothing outside allow stays: " + lab.speaker.advertised());
      if (now - announcedNanos > WITHDRAWN_NANOS) {
        require(!lab.announced(), "withdrawn within the bound: " + status);
      }
    }
    hostsHold(status, now);
  }

  /**
   * A host that was fit and met nothing worse than SOFT or UNKNOWN since is still fit; one that was
   * not does not become so while it says by RPC that it is not ready.
   */
  private void hostsHold(StatusSnapshot status, long now) {
    for (var host : status.hosts()) {
      Condition condition = lab.node(host.name()).condition();
      boolean benign =
          switch (condition) {
            case ALIVE, FULL, STARTING, UNPROBEABLE -> true;
            case REFUSING, UNPLUGGED, MUTE -> false;
          };
      if (!benign) {
        badUntilNanos.put(host.name(), now);
      }
      boolean calm =
          now - badUntilNanos.getOrDefault(host.name(), now - Duration.ofDays(1).toNanos())
              > Duration.ofSeconds(200).toNanos();
      boolean fit = host.state().isFit();
      long since = startingSinceNanos.getOrDefault(host.name(), now);
      if (now - since > HEARD_NANOS && !fitBefore.getOrDefault(host.name(), false)) {
        require(!fit, "a host that says that it is not ready does not become fit: " + host);
      }
      if (calm && fitBefore.getOrDefault(host.name(), false)) {
        require(fit, "a healthy host is never lowered: " + host);
      }
      fitBefore.put(host.name(), fit);
    }
  }

  private void heal() {
    mute = false;
    lab.speaker.mute(false);
    lab.speaker.refuseNext(0);
    lab.made.forEach(node -> node.become(Condition.ALIVE));
    startingSinceNanos.clear();
    lab.seconds(300);
  }

  private void assertConverged() {
    StatusSnapshot status = lab.status();
    require(
        lab.speaker.advertised().equals(Rib.of(List.of(EngineLab.upRoute()))),
        "at the end everything is announced: " + lab.speaker.advertised() + " " + status);
    require(
        status.routes().stream()
            .allMatch(route -> route.phase() == StatusSnapshot.RoutePhase.SETTLED),
        "at the end everything is settled: " + status.routes());
  }

  private static void require(boolean condition, String claim) {
    if (!condition) {
      throw new AssertionError(claim);
    }
  }
}
