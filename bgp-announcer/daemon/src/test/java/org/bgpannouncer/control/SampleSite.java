package org.bgpannouncer.control;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bgpannouncer.decision.ServiceState;
import org.bgpannouncer.health.CheckHealth;
import org.bgpannouncer.health.HostState;
import org.bgpannouncer.health.Spans;
import org.bgpannouncer.health.Verdict;
import org.bgpannouncer.observe.StatusSnapshot;
import org.bgpannouncer.observe.StatusSnapshot.CheckStatus;
import org.bgpannouncer.observe.StatusSnapshot.EngineStatus;
import org.bgpannouncer.observe.StatusSnapshot.HostStatus;
import org.bgpannouncer.observe.StatusSnapshot.NextChange;
import org.bgpannouncer.observe.StatusSnapshot.RoutePhase;
import org.bgpannouncer.observe.StatusSnapshot.RouteStatus;
import org.bgpannouncer.observe.StatusSnapshot.ServiceStatus;
import org.bgpannouncer.observe.StatusSnapshot.SessionStatus;
import org.bgpannouncer.observe.StatusSnapshot.SpeakerPhase;
import org.bgpannouncer.observe.StatusSnapshot.SpeakerStatus;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Observation.StageTiming;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;

/** The README's site with one of its two nodes dead: what the documentation's samples show. */
public final class SampleSite {
  /** When it was looked at. */
  public static final Instant NOW = Instant.parse("2026-01-02T12:00:00Z");

  /** The service prefix. */
  public static final Prefix PREFIX = Prefix.parse("192.0.2.0/24");

  private static final Instant DEATH = NOW.minusSeconds(7);

  private SampleSite() {}

  /** What every probe of the living node found. */
  public static List<Observation> healthyNode() {
    return List.of(
        observation("gva-btc1", Aspect.P2P, "held", "connect", 109, "version", 771, "pong", 145),
        observation(
            "gva-btc1", Aspect.P2P, "handshake", "connect", 98, "version", 912, "verack", 277),
        observation("gva-btc1", Aspect.RPC, "liveness", "connect", 90, "uptime", 781));
  }

  private static Observation observation(
      String host, Aspect aspect, String check, Object... namesAndMicros) {
    List<StageTiming> stages = new ArrayList<>();
    for (int i = 0; i < namesAndMicros.length; i += 2) {
      stages.add(
          new StageTiming(
              (String) namesAndMicros[i], ((Integer) namesAndMicros[i + 1]).longValue() * 1000));
    }
    Map<String, String> values =
        check.equals("held") ? Map.of("user-agent", "/Satoshi:28.1.0/") : Map.of();
    return new Observation(
        host, new Check(aspect, check), Outcome.OK, Reason.PASSED, "", stages, values, 0);
  }

  /** The route while the other node lives. */
  public static Route route(String nextHop) {
    return new Route(
        PREFIX, NextHop.of(IpAddress.parse(nextHop)), PathAttributes.NONE.withMed(100));
  }

  /** Its status. */
  public static StatusSnapshot status() {
    String reason = "1 of 2 hosts fit, 1 needed; gva-btc2: p2p.held PROVEN_DEAD";
    Observation dead =
        new Observation(
            "gva-btc2",
            new Check(Aspect.P2P, "held"),
            Outcome.HARD,
            Reason.PROVEN_DEAD,
            "FIN, then refused",
            List.of(),
            Map.of(),
            0);
    Instant start = NOW.minus(Duration.ofDays(3));
    return new StatusSnapshot(
        "GVA",
        NOW,
        start,
        false,
        new SpeakerStatus(
            SpeakerPhase.SYNCHRONISED,
            start,
            "exabgp 4.2.21",
            "",
            Map.of(),
            List.of(new SessionStatus("203.0.113.1", true, start.plusSeconds(2), ""))),
        List.of(
            new HostStatus(
                "gva-btc1",
                IpAddress.parse("203.0.113.11"),
                HostState.UP,
                Reason.PASSED,
                "",
                start.plusSeconds(60),
                Optional.empty(),
                Optional.empty(),
                healthyNode().stream().map(each -> check(each, Verdict.OK)).toList()),
            new HostStatus(
                "gva-btc2",
                IpAddress.parse("203.0.113.12"),
                HostState.DOWN,
                Reason.PROVEN_DEAD,
                "p2p.held FIN, then refused",
                DEATH,
                Optional.of(
                    new NextChange("rise", Optional.empty(), "0 of 6 passes, hold-down 60 s left")),
                Optional.empty(),
                List.of(check(dead, Verdict.HARD)))),
        List.of(
            new ServiceStatus(
                "bitcoin",
                ServiceState.UP,
                reason,
                start.plusSeconds(60),
                Optional.empty(),
                List.of("gva-btc1"),
                1,
                List.of(PREFIX))),
        List.of(
            new RouteStatus(
                PREFIX,
                Optional.of("bitcoin"),
                Optional.of(route("203.0.113.11")),
                Optional.of(route("203.0.113.11")),
                RoutePhase.SETTLED,
                reason,
                1)),
        new EngineStatus(52_000, 0, "", 0, 0, 0, Duration.ZERO));
  }

  private static CheckStatus check(Observation last, Verdict verdict) {
    return new CheckStatus(
        new CheckHealth(
            last.check(),
            last,
            last,
            verdict == Verdict.OK ? 51_840 : 0,
            0,
            verdict == Verdict.HARD ? 1 : 0,
            verdict,
            Spans.NONE),
        Duration.ofSeconds(2));
  }
}
