package org.bgpannouncer.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.bgpannouncer.health.HostHealth;
import org.bgpannouncer.observe.AnnouncerEvent;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Probe;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;

/**
 * Replaces a site's configuration: first works out everything that follows without touching
 * anything, then puts it in force, and last ends and starts probes: whatever one of them throws,
 * the site is the new one throughout. What did not change keeps its probes, counts and states.
 */
final class Reload {
  private final Site site;
  private final ProbeFactory probes;
  private final Consumer<HostSlot> starter;
  private final BiConsumer<String, Probe> closer;
  private final Runnable publisher;

  /**
   * @param starter starts a host's probe, and lets no failure through
   * @param closer closes a host's probe, and lets no failure through
   * @param publisher hands what happened to the listeners
   */
  Reload(
      Site site,
      ProbeFactory probes,
      Consumer<HostSlot> starter,
      BiConsumer<String, Probe> closer,
      Runnable publisher) {
    this.site = site;
    this.probes = probes;
    this.starter = starter;
    this.closer = closer;
    this.publisher = publisher;
  }

  ReloadResult preview(SiteConfig next) {
    return plan(next).result;
  }

  ReloadResult apply(SiteConfig next) {
    Plan plan = plan(next);
    if (!plan.result.accepted()) {
      return plan.result;
    }
    Map<String, Probe> made = new HashMap<>();
    try {
      for (String name : plan.toProbe()) {
        made.put(name, probes.probeOf(Objects.requireNonNull(plan.configs.get(name)).target()));
      }
    } catch (IllegalArgumentException refusal) {
      made.forEach(closer);
      return new Plan(List.of(String.valueOf(refusal.getMessage()))).result;
    } catch (RuntimeException failure) {
      made.forEach(closer);
      throw failure;
    }
    commit(next, plan, made);
    return plan.result;
  }

  private void commit(SiteConfig next, Plan plan, Map<String, Probe> made) {
    long nowNanos = site.timers().nanoTime();
    Map<String, HostSlot> before = site.hosts;
    Map<String, HostSlot> hosts = new LinkedHashMap<>();
    List<HostSlot> starting = new ArrayList<>();
    Map<String, Probe> closing = new LinkedHashMap<>();
    for (HostConfig config : next.hosts()) {
      HostSlot slot = before.get(config.name());
      Probe probe = made.get(config.name());
      if (slot == null) {
        slot =
            new HostSlot(
                config,
                plan.healthOf(config.name()),
                Objects.requireNonNull(probe),
                HostSlot.namedFor(config, next),
                site.clock.instant(),
                site.timers().ofHost(config.name()));
        starting.add(slot);
      } else if (probe != null) {
        closing.put(config.name(), slot.probe);
        slot.probe = probe;
        slot.pace = Pace.NORMAL;
        starting.add(slot);
      }
      slot.config = config;
      slot.health = plan.healthOf(config.name());
      slot.by = HostSlot.namedFor(config, next);
      slot.verdict = slot.health.verdict(slot.by);
      hosts.put(config.name(), slot);
    }
    before.forEach(
        (name, slot) -> {
          if (!hosts.containsKey(name)) {
            slot.alarm.cancel();
            closing.put(name, slot.probe);
          }
        });
    site.services.values().forEach(service -> service.alarm.cancel());
    Map<Prefix, String> leaving = new TreeMap<>();
    site.owners.forEach((prefix, owner) -> leaving.put(prefix, owner.config.name()));
    site.install(next, hosts, plan.services);
    site.events.add(
        new AnnouncerEvent.Reloaded(site.clock.instant(), next.site(), plan.result.differences()));
    publisher.run(); // the log has the differences before the speaker has
    List<RouteChange> withdraws = new ArrayList<>();
    leaving.forEach(
        (prefix, owner) -> {
          if (!site.owners.containsKey(prefix)) {
            site.withdrawOthers(
                prefix, Map.of(), "service " + owner + " no longer has it", withdraws);
          }
        });
    site.send(withdraws, nowNanos);
    site.decide(site.services.values(), nowNanos);
    hosts.values().forEach(slot -> slot.alarm.set(slot.nextDeadlineNanos()));
    closing.forEach(closer);
    starting.forEach(starter);
  }

  private Plan plan(SiteConfig next) {
    List<String> problems = new ArrayList<>(SiteRules.problems(next));
    if (!next.site().equals(site.config.site())) {
      problems.add("site: " + next.site() + " (expected: " + site.config.site() + ")");
    }
    if (next.dryRun() != site.config.dryRun()) {
      problems.add("dry-run: " + next.dryRun() + " (expected: as at start; restart to change it)");
    }
    if (!problems.isEmpty()) {
      return new Plan(problems);
    }
    Plan plan = new Plan(problems);
    List<String> added = new ArrayList<>();
    List<String> restarted = new ArrayList<>();
    for (HostConfig config : next.hosts()) {
      HostSlot slot = site.hosts.get(config.name());
      HostHealth health;
      if (slot == null) {
        added.add(config.name());
        health = HostHealth.unobserved(config.thresholds(), HostSlot.aspectsOf(config.target()));
      } else if (slot.config.equals(config)) {
        health = slot.health;
      } else {
        if (!slot.config.target().equals(config.target())) {
          restarted.add(config.name());
        }
        health = healthUnder(config, slot);
      }
      plan.health.put(config.name(), health);
      plan.configs.put(config.name(), config);
    }
    List<String> removed =
        site.hosts.keySet().stream().filter(name -> !plan.health.containsKey(name)).toList();
    planServices(next, plan);
    plan.result =
        new ReloadResult(
            differences(next, plan.services.values()), added, removed, restarted, List.of());
    return plan;
  }

  /** What is known of a host under another configuration; of another machine that is nothing. */
  private static HostHealth healthUnder(HostConfig config, HostSlot before) {
    boolean moved = !before.config.address().equals(config.address());
    return before.health.reconfigured(
        config.thresholds(),
        HostSlot.aspectsOf(config.target()),
        check -> !moved && config.target().continues(before.config.target(), check));
  }

  private void planServices(SiteConfig next, Plan plan) {
    next.services()
        .forEach(
            config -> {
              ServiceSlot before = site.services.get(config.name());
              Alarm alarm = site.timers().ofService(config.name());
              ServiceSlot slot =
                  before == null
                      ? new ServiceSlot(config, site.clock.instant(), alarm)
                      : new ServiceSlot(config, before, alarm);
              slot.lookAtAll(plan::healthOf, this::isDrained);
              plan.services.put(config.name(), slot);
            });
  }

  private List<String> differences(SiteConfig next, Collection<ServiceSlot> services) {
    Map<String, IpAddress> addresses = next.addresses();
    Map<Nlri, Route> wished = new TreeMap<>();
    long nowNanos = site.timers().nanoTime();
    for (ServiceSlot service : services) {
      ServiceSlot trial = new ServiceSlot(service.config, service, service.alarm);
      trial.views.addAll(service.views);
      trial.decide(nowNanos);
      wished.putAll(trial.wish(addresses, next));
    }
    return differences(site.target().routes(), wished);
  }

  /** One line per change of what is announced. */
  static List<String> differences(Map<Nlri, Route> before, Map<Nlri, Route> after) {
    List<String> lines = new ArrayList<>();
    before.forEach(
        (nlri, route) -> {
          Route now = after.get(nlri);
          if (now == null) {
            lines.add("withdraw " + nlri);
          } else if (!now.equals(route)) {
            lines.add("change " + now + " (was: " + route + ")");
          }
        });
    after.forEach(
        (nlri, route) -> {
          if (!before.containsKey(nlri)) {
            lines.add("announce " + route);
          }
        });
    return lines;
  }

  private boolean isDrained(String host) {
    HostSlot slot = site.hosts.get(host);
    return slot != null && slot.drain != null;
  }

  /** What a configuration leads to; touches nothing until it is committed. */
  private static final class Plan {
    final Map<String, HostHealth> health = new HashMap<>();
    final Map<String, HostConfig> configs = new HashMap<>();
    final Map<String, ServiceSlot> services = new LinkedHashMap<>();
    ReloadResult result;

    Plan(List<String> problems) {
      result = new ReloadResult(List.of(), List.of(), List.of(), List.of(), problems);
    }

    HostHealth healthOf(String host) {
      return Objects.requireNonNull(health.get(host));
    }

    List<String> toProbe() {
      List<String> names = new ArrayList<>(result.hostsAdded());
      names.addAll(result.hostsRestarted());
      return names;
    }
  }
}
