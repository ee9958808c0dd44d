package org.bgpannouncer.doctor;

import static java.util.stream.Collectors.toSet;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.Deployment.AnnouncerMachine;
import org.bgpannouncer.config.EdgeRouter;
import org.bgpannouncer.config.EdgeRouter.ExternalNeighbor;
import org.bgpannouncer.render.Target;

/** What speaks BGP on the site's router: FRR or BIRD; of others it can only tell that they run. */
final class RouterDaemonChecks {
  private static final String WHY_KEPT =
      "The router keeps the routes of an announcer that says it restarts, while its nodes may be dead"
          + " (RFC 4724). Takes a reset of the session.";

  /** What the rendered file has of policies, without routes and sessions. */
  private static final String ONLY_POLICIES =
      " | sed '/^router bgp/,$d; /^frr /d; /^log /d; /^rpki/,/^exit/d; /^ip.* route /d; /^ip.* protocol"
          + " /d' | vtysh -f /dev/stdin && ";

  private final Machine machine;
  private final Remedy remedy;
  private final DaemonConfig site;
  private final EdgeRouter router;
  private final Duration detectWithin;

  /**
   * @param detectWithin how long an announcer may be dead before its routes are withdrawn
   */
  RouterDaemonChecks(
      Machine machine, Remedy remedy, DaemonConfig site, EdgeRouter router, Duration detectWithin) {
    this.machine = machine;
    this.remedy = remedy;
    this.site = site;
    this.router = router;
    this.detectWithin = detectWithin;
  }

  void askAll(Findings findings) {
    Optional<List<FrrConfig>> frr = frr();
    findings.ask(Check.FRR, "hears the announcers, tells the neighbors", () -> policies(here(frr)));
    if (frr.isPresent()) {
      findings.ask(
          Check.HOLD_TIME,
          "FRR: at most " + detectWithin.toSeconds() + " s for each announcer",
          () -> holdTimes(here(frr)));
      findings.ask(
          Check.GRACEFUL_RESTART, "FRR: none for the announcers", () -> restarts(here(frr)));
      return;
    }
    Set<String> announcers =
        site.deployment().announcers().stream()
            .map(announcer -> announcer.address().toString())
            .collect(toSet());
    BirdSessions.ask(
        machine,
        findings,
        Optional.empty(),
        session -> announcers.contains(session.neighbor()),
        true,
        detectWithin);
  }

  /** Empty where no FRR runs that has a neighbor. */
  private Optional<List<FrrConfig>> frr() {
    try {
      Machine.Answer answer = machine.run("vtysh", "-c", "show running-config");
      List<FrrConfig> found = answer.code() == 0 ? FrrConfig.parse(answer.out()) : List.of();
      return found.stream().anyMatch(FrrConfig::hasNeighbors)
          ? Optional.of(found)
          : Optional.empty();
    } catch (CannotTellException e) {
      return Optional.empty();
    }
  }

  private static List<FrrConfig> here(Optional<List<FrrConfig>> frr) throws CannotTellException {
    return frr.orElseThrow(
        () ->
            new CannotTellException(
                "vtysh: no router bgp with a neighbor (expected: a running FRR, where that is the"
                    + " router)"));
  }

  private List<Finding> policies(List<FrrConfig> instances) {
    List<Finding> bad = new ArrayList<>();
    for (FrrConfig config : instances) {
      for (FrrConfig.Session session : config.external()) {
        for (String undefined : session.undefined()) {
          bad.add(
              Finding.problem(
                  Check.FRR,
                  session + ": " + undefined + " (expected: one that is defined)",
                  "What is filtered by something that is not there is not let through.",
                  "# define " + undefined.replaceAll(" (in|out)$", "") + ", or name another"));
        }
        if (config.requiresPolicy() && !(session.hasPolicyIn() && session.hasPolicyOut())) {
          String direction =
              session.hasPolicyIn() ? "out" : session.hasPolicyOut() ? "in" : "in and out";
          bad.add(
              Finding.problem(
                  Check.FRR,
                  session
                      + ": no route-map "
                      + direction
                      + ", and bgp ebgp-requires-policy (expected: a route-map in and out)",
                  "Without a policy FRR takes no route from a neighbor of another AS, and tells it none"
                      + " (RFC 8212), and says nothing of it.",
                  addPolicy(config, session)));
        }
      }
    }
    return bad;
  }

  /** What is rendered for it; of another neighbor nobody knows what it may say. */
  private String addPolicy(FrrConfig config, FrrConfig.Session session) {
    Optional<String> name =
        router.neighbors().stream()
            .filter(neighbor -> neighbor.address().toString().equals(session.neighbor()))
            .map(ExternalNeighbor::name)
            .findFirst();
    if (name.isEmpty() || !config.isDefault()) {
      return "# "
          + config.name()
          + ": a route-map in and out for neighbor "
          + session.neighbor()
          + ", which is not in the site file, or no bgp ebgp-requires-policy";
    }
    String neighbor = "neighbor " + session.neighbor() + " route-map ";
    return remedy.render(Target.FRR, EdgeRouter.NAME)
        + ONLY_POLICIES
        + configure(
            config,
            Stream.of(
                    Optional.of("address-family " + session.family()),
                    given(!session.hasPolicyIn(), neighbor + "from_" + name.get() + " in"),
                    given(!session.hasPolicyOut(), neighbor + "to_" + name.get() + " out"))
                .flatMap(Optional::stream)
                .toList());
  }

  private static Optional<String> given(boolean so, String line) {
    return so ? Optional.of(line) : Optional.empty();
  }

  private static String configure(FrrConfig config, List<String> lines) {
    List<String> words = new ArrayList<>(List.of("vtysh"));
    for (String line : List.of("configure terminal", config.name())) {
      words.addAll(List.of("-c", Remedy.quote(line)));
    }
    lines.forEach(line -> words.addAll(List.of("-c", Remedy.quote(line))));
    return String.join(" ", words);
  }

  private List<Finding> holdTimes(List<FrrConfig> instances) throws CannotTellException {
    List<Finding> bad = new ArrayList<>();
    for (Map.Entry<AnnouncerMachine, FrrConfig> each : announcers(instances)) {
      AnnouncerMachine announcer = each.getKey();
      FrrConfig config = each.getValue();
      int seconds = config.holdTime(announcer.address()).orElseThrow();
      if (AnnouncerChecks.isTooLong(seconds, detectWithin)) {
        long hold = detectWithin.toSeconds();
        bad.add(
            AnnouncerChecks.holdTime(
                "FRR neighbor " + announcer.address(),
                seconds,
                detectWithin,
                configure(
                    config,
                    List.of(
                        "neighbor "
                            + config.settingsOf(announcer.address()).orElseThrow()
                            + " timers "
                            + hold / 3
                            + " "
                            + hold))));
      }
    }
    return bad;
  }

  private List<Finding> restarts(List<FrrConfig> instances) throws CannotTellException {
    List<Finding> bad = new ArrayList<>();
    for (Map.Entry<AnnouncerMachine, FrrConfig> each : announcers(instances)) {
      AnnouncerMachine announcer = each.getKey();
      FrrConfig config = each.getValue();
      String settings = config.settingsOf(announcer.address()).orElseThrow();
      if (config.keepsRoutesOf(announcer.address())) {
        bad.add(
            Finding.warning(
                Check.GRACEFUL_RESTART,
                "FRR neighbor "
                    + announcer.address()
                    + ": not disabled (expected: graceful-restart-disable)",
                WHY_KEPT,
                settings.equals(announcer.address().toString())
                    ? configure(
                        config, List.of("neighbor " + settings + " graceful-restart-disable"))
                    : "# FRR takes that for no peer-group: bgp graceful-restart-disable in "
                        + config.name()
                        + ", which is for each neighbor"));
      }
    }
    return bad;
  }

  private List<Map.Entry<AnnouncerMachine, FrrConfig>> announcers(List<FrrConfig> instances)
      throws CannotTellException {
    List<Map.Entry<AnnouncerMachine, FrrConfig>> found = new ArrayList<>();
    for (AnnouncerMachine announcer : site.deployment().announcers()) {
      for (FrrConfig config : instances) {
        if (config.settingsOf(announcer.address()).isPresent()) {
          found.add(Map.entry(announcer, config));
        }
      }
    }
    if (found.isEmpty()) {
      throw new CannotTellException(
          "FRR: none of the announcers is a neighbor (expected: `announcers` of the site file)");
    }
    return found;
  }
}
