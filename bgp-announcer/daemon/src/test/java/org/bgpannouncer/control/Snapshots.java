package org.bgpannouncer.control;

import java.time.Duration;
import java.time.Instant;
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
import org.bgpannouncer.observe.StatusSnapshot.HostDrain;
import org.bgpannouncer.observe.StatusSnapshot.HostStatus;
import org.bgpannouncer.observe.StatusSnapshot.HostUnknown;
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
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;

/** A status with something in every field. */
public final class Snapshots {
  private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");

  private Snapshots() {}

  /** One dead host, one withdrawn service. */
  public static StatusSnapshot oneDeadHost() {
    Prefix prefix = Prefix.parse("192.0.2.0/24");
    Observation dead =
        new Observation(
            "h1",
            new Check(Aspect.P2P, "held"),
            Outcome.HARD,
            Reason.PROVEN_DEAD,
            "held connection ended; re-dial refused, witness refused",
            List.of(new Observation.StageTiming("connect", 1_234_567)),
            Map.of("user-agent", "/Satoshi:28.1.0/"),
            5);
    Route old = new Route(prefix, NextHop.SELF, PathAttributes.NONE.withMed(100));
    return new StatusSnapshot(
        "A",
        NOON,
        NOON.minusSeconds(60),
        false,
        new SpeakerStatus(
            SpeakerPhase.SYNCHRONISED,
            NOON,
            "exabgp 4.2.21",
            "",
            Map.of("neighbor-changes", "missing"),
            List.of(new SessionStatus("192.0.2.1", true, NOON, ""))),
        List.of(
            new HostStatus(
                "h1",
                IpAddress.parse("203.0.113.11"),
                HostState.DOWN,
                Reason.PROVEN_DEAD,
                "p2p.held held connection ended; re-dial refused, witness refused",
                NOON,
                Optional.of(
                    new NextChange("hold-down", Optional.of(Duration.ofSeconds(23)), "23 s left")),
                Optional.of(new HostDrain("kernel", NOON, NOON.plusSeconds(14_400))),
                Optional.of(new HostUnknown(Check.RPC_LIVENESS, Duration.ofMinutes(11))),
                List.of(
                    new CheckStatus(
                        new CheckHealth(
                            dead.check(), dead, dead, 0, 1, 1, Verdict.HARD, Spans.NONE),
                        Duration.ofMillis(2500))))),
        List.of(
            new ServiceStatus(
                "web",
                ServiceState.DOWN,
                "0 of 1 hosts fit, 1 needed; h1: PROVEN_DEAD",
                NOON,
                Optional.empty(),
                List.of(),
                1,
                List.of(prefix))),
        List.of(
            new RouteStatus(
                Nlri.of(prefix),
                Optional.of("web"),
                Optional.empty(),
                Optional.of(old),
                RoutePhase.RETRYING,
                "no answer",
                2)),
        new EngineStatus(10, 0, "", 0, 0, 1, Duration.ZERO));
  }
}
