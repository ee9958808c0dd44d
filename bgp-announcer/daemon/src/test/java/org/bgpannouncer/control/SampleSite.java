package org.bgpannouncer.control;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;

/**
 * The README's site with one of its two nodes dead for seven seconds: what the documentation's
 * samples show. {@code SampleSiteIT} holds it against a site that is probed.
 */
public final class SampleSite {
  /** When it was looked at. */
  public static final Instant NOW = Instant.parse("2026-01-02T12:00:00Z");

  /** The service prefix. */
  public static final Prefix PREFIX = Prefix.parse("192.0.2.0/24");

  private static final Instant DEATH = NOW.minusSeconds(7);

  private static final String VERSION =
      "user-agent /Satoshi:28.1.0/ protocol-version 70016 services 0xc09 start-height 870000"
          + " clock-skew-seconds 0";
  private static final String CHAIN =
      "chain main blocks 870000 headers 870000"
          + " bestblockhash 00000000000000000001a2c6b8b4b0c9ad2a5ed3a1f6dd9d7a1d0f1b2c3d4e5f"
          + " chainwork 00000000000000000000000000000000000000009a2c6b8b4b0c9ad2a5ed3a1f"
          + " initialblockdownload false verificationprogress 0.99999 pruned false"
          + " size_on_disk 720000000000 time 1735560000 mediantime 1735557000";
  private static final String NODE =
      "version 280100 subversion /Satoshi:28.1.0/ networkactive true connections 18"
          + " connections_in 8 connections_out 10 mempool_loaded true mempool_size 4711";

  private SampleSite() {}

  /** What every probe of the living node finds when it is asked once. */
  public static List<Observation> probedOnce() {
    return List.of(
        passed(
            "p2p", "handshake", VERSION, "connect", 98, "version", 912, "verack", 277, "pong", 131),
        passed("p2p", "held", VERSION, "connect", 109, "version", 771, "verack", 293, "pong", 145),
        passed("p2p", "version", VERSION, "connect", 109, "version", 771),
        passed("rpc", "chain", CHAIN, "connect", 102, "getblockchaininfo", 1430),
        passed("rpc", "liveness", "uptime 86400", "connect", 90, "login", 64, "uptime", 781),
        nodeRound());
  }

  private static Observation nodeRound() {
    return passed(
        "rpc",
        "node",
        NODE,
        "getnetworkinfo",
        402,
        "getzmqnotifications",
        188,
        "getmempoolinfo",
        255,
        "getindexinfo",
        318);
  }

  private static List<CheckStatus> living() {
    return List.of(
        seen(42, passed("p2p", "version", VERSION, "connect", 98, "version", 912)),
        seen(2, passed("p2p", "held", "", "pong", 145)),
        seen(
            42,
            passed(
                "p2p",
                "handshake",
                VERSION,
                "connect",
                98,
                "version",
                912,
                "verack",
                277,
                "pong",
                131)),
        seen(4, passed("rpc", "liveness", "uptime 86400", "uptime", 781)),
        seen(9, passed("rpc", "chain", CHAIN, "getblockchaininfo", 1430)),
        seen(31, nodeRound()));
  }

  private static List<CheckStatus> dead() {
    String refused = "Connection refused: /203.0.113.12:";
    String notAsked = "not asked while rpc.liveness is REFUSED";
    List<CheckStatus> living = living();
    return List.of(
        living.get(0),
        failed(living.get(1), Outcome.HARD, refused + "8333", 1),
        living.get(2),
        failed(living.get(3), Outcome.HARD, refused + "8332", 1),
        failed(living.get(4), Outcome.UNKNOWN, notAsked, 7),
        failed(living.get(5), Outcome.UNKNOWN, notAsked, 7));
  }

  private static CheckStatus failed(
      CheckStatus before, Outcome outcome, String detail, int ageSeconds) {
    CheckHealth passed = before.health();
    Observation last =
        new Observation(
            passed.last().host(),
            passed.check(),
            outcome,
            Reason.REFUSED,
            detail,
            List.of(),
            Map.of(),
            0);
    return new CheckStatus(
        outcome == Outcome.UNKNOWN
            ? health(last, passed.last(), Verdict.OK)
            : health(last, last, Verdict.HARD),
        Duration.ofSeconds(ageSeconds));
  }

  private static CheckStatus seen(int ageSeconds, Observation passed) {
    return new CheckStatus(health(passed, passed, Verdict.OK), Duration.ofSeconds(ageSeconds));
  }

  private static CheckHealth health(Observation last, Observation cause, Verdict verdict) {
    int passes = verdict == Verdict.OK ? 51_840 : 0;
    int failures = verdict == Verdict.HARD ? 7 : 0;
    return new CheckHealth(last.check(), last, cause, passes, 0, failures, verdict, Spans.NONE);
  }

  /** {@code values} and {@code namesAndMicros} come in pairs. */
  private static Observation passed(
      String aspect, String check, String values, Object... namesAndMicros) {
    List<StageTiming> stages = new ArrayList<>();
    for (int i = 0; i < namesAndMicros.length; i += 2) {
      stages.add(
          new StageTiming(
              (String) namesAndMicros[i], ((Integer) namesAndMicros[i + 1]).longValue() * 1000));
    }
    Map<String, String> pairs = new LinkedHashMap<>();
    String[] words = values.split(" ", -1);
    for (int i = 0; i + 1 < words.length; i += 2) {
      pairs.put(words[i], words[i + 1]);
    }
    return new Observation(
        "gva-btc1",
        new Check(aspect.equals("p2p") ? Aspect.P2P : Aspect.RPC, check),
        Outcome.OK,
        Reason.PASSED,
        "",
        stages,
        pairs,
        0);
  }

  /** The route while the other node lives. */
  public static Route route(String nextHop) {
    return new Route(
        PREFIX, NextHop.of(IpAddress.parse(nextHop)), PathAttributes.NONE.withMed(100));
  }

  /** Its status. */
  public static StatusSnapshot status() {
    String reason = "1 of 2 hosts fit, 1 needed; gva-btc2: p2p.held PROVEN_DEAD";
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
                Optional.empty(),
                living()),
            new HostStatus(
                "gva-btc2",
                IpAddress.parse("203.0.113.12"),
                HostState.DOWN,
                Reason.PROVEN_DEAD,
                "p2p.held held connection ended; re-dial refused, witness refused",
                DEATH,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                dead())),
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
                Nlri.of(PREFIX),
                Optional.of("bitcoin"),
                Optional.of(route("203.0.113.11")),
                Optional.of(route("203.0.113.11")),
                RoutePhase.SETTLED,
                reason,
                1)),
        new EngineStatus(52_000, 0, "", 0, 0, 0, Duration.ZERO));
  }
}
