package org.bgpannouncer.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostHealthTest {
  private static final HealthThresholds THRESHOLDS =
      new HealthThresholds(
          3, 2, Duration.ofSeconds(10), Duration.ofSeconds(120), Duration.ofSeconds(900));
  private static final Check HELD = Check.P2P_HELD;
  private static final Check HANDSHAKE = new Check(Aspect.P2P, "handshake");
  private static final Check CHAIN = new Check(Aspect.RPC, "chain");
  private static final Set<Aspect> P2P = EnumSet.of(Aspect.P2P);
  private static final Set<Aspect> RPC = EnumSet.of(Aspect.RPC);

  private long nowNanos = -5_000_000_000L; // nanoTime may be negative and pass zero
  private HostHealth health = HostHealth.unobserved(THRESHOLDS, EnumSet.of(Aspect.P2P, Aspect.RPC));

  /**
   * One character per observation: o OK, s SOFT, m mute (STALL), h HARD, p proof, u UNKNOWN, n
   * NOT_READY, b BUSY, c capability off; a dot lets ten seconds pass, a slash ten minutes.
   */
  private HostHealthTest see(Check check, String observations) {
    for (int i = 0; i < observations.length(); i++) {
      char each = observations.charAt(i);
      if (each == '.') {
        pass(10);
      } else if (each == '/') {
        pass(600);
      } else {
        health = health.after(observation(check, each), nowNanos);
        nowNanos += 1_000_000;
      }
    }
    return this;
  }

  private void pass(long seconds) {
    nowNanos += Duration.ofSeconds(seconds).toNanos();
    health = health.at(nowNanos);
  }

  private Observation observation(Check check, char letter) {
    return switch (letter) {
      case 'o' -> of(check, Outcome.OK, Reason.PASSED);
      case 's' -> of(check, Outcome.SOFT, Reason.SATURATED);
      case 'm' -> of(check, Outcome.SOFT, Reason.STALL);
      case 'h' -> of(check, Outcome.HARD, Reason.REFUSED);
      case 'p' -> of(check, Outcome.HARD, Reason.PROVEN_DEAD);
      case 'u' -> of(check, Outcome.UNKNOWN, Reason.LOCAL_RESOURCES);
      case 'n' -> of(check, Outcome.NOT_READY, Reason.WARMING_UP);
      case 'b' -> of(check, Outcome.SOFT, Reason.BUSY);
      case 'c' -> of(check, Outcome.UNKNOWN, Reason.CAPABILITY_OFF);
      default -> throw new IllegalArgumentException("letter: " + letter);
    };
  }

  private Observation of(Check check, Outcome outcome, Reason reason) {
    return Observation.of("a", check, outcome, reason, "", nowNanos);
  }

  private Observation muteFor(long seconds) {
    return muteFor(HELD, seconds);
  }

  private Observation muteFor(Check check, long seconds) {
    return new Observation(
        "a",
        check,
        Outcome.SOFT,
        Reason.STALL,
        "",
        List.of(),
        Map.of(Observation.STALL_MILLIS, Long.toString(seconds * 1000)),
        nowNanos);
  }

  private HostState state() {
    return health.verdict(P2P).state();
  }

  /** Every state, met by every kind of observation, once and {@code fall} times. */
  @ParameterizedTest(name = "{0} then {1}: {2}")
  @CsvSource({
    // no verdict yet
    "'',      '',    INIT",
    "'',      o,     INIT",
    "'',      oo,    INIT",
    "'',      oo.,   UP",
    "'',      o.,    INIT",
    "'',      o.o,   UP",
    "'',      s,     INIT",
    "'',      sss,   INIT",
    "'',      ssso.o,UP",
    "'',      m,     INIT",
    "'',      mmm,   INIT",
    "'',      h,     INIT",
    "'',      hhh,   DOWN",
    "'',      p,     DOWN",
    "'',      u,     INIT",
    "'',      uuu,   INIT",
    "'',      n,     NOT_READY",
    "'',      oou.,  INIT",
    "'',      oouo.  , UP",
    "'',      oomo., INIT",
    "'',      ooho., INIT",
    "'',      ooso., UP",
    "'',      c,     INIT",
    "'',      ccc.,  INIT",
    // UP
    "oo.,     o,     UP",
    "oo.,     s,     UP",
    "oo.,     ss,    UP",
    "oo.,     sss,   DEGRADED",
    "oo.,     sso,   UP",
    "oo.,     ssoss, UP",
    "oo.,     mmm,   DEGRADED",
    "oo.,     h,     UP",
    "oo.,     hh,    UP",
    "oo.,     hhh,   DOWN",
    "oo.,     hhohh, UP",
    "oo.,     hhshh, DEGRADED",
    "oo.,     hhmh,  DOWN",
    "oo.,     hhuh,  DOWN",
    "oo.,     hhnh,  DOWN",
    "oo.,     hss,   DEGRADED",
    "oo.,     p,     DOWN",
    "oo.,     uuuuuu,UP",
    "oo.,     u.....,UP",
    "oo.,     nnnnnn,UP",
    "oo.,     c,     UP",
    // DEGRADED
    "oo.sss,  o,     DEGRADED",
    "oo.sss,  oo,    DEGRADED",
    "oo.sss,  oo.o,  UP",
    "oo.sss,  ssssss,DEGRADED",
    "oo.sss,  h,     DEGRADED",
    "oo.sss,  hhh,   DOWN",
    "oo.sss,  p,     DOWN",
    "oo.sss,  uuu,   DEGRADED",
    "oo.sss,  nnn,   DEGRADED",
    // DOWN
    "oo.p,    o,     DOWN",
    "oo.p,    oo,    DOWN",
    "oo.p,    oo.,   UP",
    "oo.p,    o.,    DOWN",
    "oo.p,    oho.,  DOWN",
    "oo.p,    omo.,  DOWN",
    "oo.p,    ouo.,  UP",
    "oo.p,    ouo,   DOWN",
    "oo.p,    oou.,  DOWN",
    "oo.p,    s,     DOWN",
    "oo.p,    ssss., DOWN",
    "oo.p,    h,     DOWN",
    "oo.p,    p,     DOWN",
    "oo.p,    u,     DOWN",
    "oo.p,    n,     NOT_READY",
    "oo.p,    n.o,   DOWN",
    "oo.p,    no.o,  UP",
  })
  void movesAsTheTableSays(String before, String then, HostState expected) {
    see(HELD, before.strip()).see(HELD, then.strip());

    assertThat(state()).isEqualTo(expected);
  }

  @Test
  void countsPerCheckSoThatOnesPassesNeverHideTheOthersFailures() {
    see(HELD, "oo.");
    for (int i = 0; i < 3; i++) {
      see(HANDSHAKE, "h").see(HELD, "ooooo");
    }

    assertThat(state()).isEqualTo(HostState.DOWN);
    assertThat(health.verdict(P2P).brief()).isEqualTo("p2p.handshake REFUSED");
  }

  @Test
  void risesOnlyWhenNoCheckIsBlocking() {
    see(HELD, "oo.").see(HANDSHAKE, "hhh").see(HELD, "oooooo...");
    assertThat(state()).isEqualTo(HostState.DOWN);

    see(HANDSHAKE, "o");
    assertThat(state()).isEqualTo(HostState.DOWN);
    pass(10);
    assertThat(state()).isEqualTo(HostState.UP);
  }

  /**
   * What a handshake says before and after the host rose on the held connection's passes: the state
   * then.
   */
  @ParameterizedTest(name = "handshake {0}, risen, {1}: {2}")
  @CsvSource({
    // SOFT ever since lowers the host, and never withdraws it
    "hhhssssssssss, '',     DEGRADED",
    "hhhs,          '',     DEGRADED",
    "hhhs,          s,      DEGRADED",
    "ps,            '',     UP",
    "ps,            s,      DEGRADED",
    "pss,           '',     DEGRADED",
    "hhhs,          mmmm,   DEGRADED",
    // it passes as any other that was SOFT
    "hhhs,          oo,     DEGRADED",
    "hhhs,          oo.o,   UP",
    // and falls as any other: at fall failures, or at once if a proof
    "hhhs,          h,      DEGRADED",
    "hhhs,          hh,     DEGRADED",
    "hhhs,          hhh,    DOWN",
    "hhhs,          hhshh,  DEGRADED",
    "hhhs,          hhmh,   DOWN",
    "hhhs,          p,      DOWN",
    "ps,            hh,     DEGRADED",
    "ps,            hhh,    DOWN",
    "hhhsc,         '',     UP",
    "hhhsc,         hh,     UP",
  })
  void aFailureBeforeTheHostRoseIsSpent(String before, String then, HostState expected) {
    see(HELD, "oo.").see(HANDSHAKE, before.substring(0, before.indexOf('s')));
    assertThat(state()).isEqualTo(HostState.DOWN);
    see(HANDSHAKE, before.substring(before.indexOf('s'))).see(HELD, "oo.");
    assertThat(state().isFit()).isTrue();

    see(HANDSHAKE, then);

    assertThat(state()).isEqualTo(expected);
  }

  @Test
  void whatHasOnlyBeenSoftSinceItFailedDoesNotHastenTheRise() {
    see(HELD, "oo.").see(HANDSHAKE, "hhh").see(HANDSHAKE, "ssssssssss...");
    assertThat(state()).isEqualTo(HostState.DOWN);

    see(HELD, "o.").see(HANDSHAKE, "s");
    assertThat(state()).as("rise needs two passes").isEqualTo(HostState.DOWN);
    see(HANDSHAKE, "h").see(HELD, "o.");
    assertThat(state())
        .as("a failure while it is DOWN starts them again")
        .isEqualTo(HostState.DOWN);
    see(HANDSHAKE, "s").see(HELD, "oo");
    assertThat(state()).as("and so the hold-down").isEqualTo(HostState.DOWN);
    pass(10);
    assertThat(health.verdict(P2P).brief()).isEqualTo("p2p.handshake SATURATED");
    assertThat(state()).isEqualTo(HostState.DEGRADED);
  }

  @Test
  void aStallThatExpiredIsSpentAsWellOnceTheHostRose() {
    health = HostHealth.unobserved(THRESHOLDS, P2P);
    see(HELD, "oo.");
    health = health.after(muteFor(HANDSHAKE, 120), nowNanos);
    health = health.after(muteFor(HANDSHAKE, 123), nowNanos);
    health = health.after(muteFor(HANDSHAKE, 126), nowNanos);
    assertThat(state()).isEqualTo(HostState.DOWN);
    see(HANDSHAKE, "s").see(HELD, "oo.");
    assertThat(state()).isEqualTo(HostState.DEGRADED);

    see(HANDSHAKE, "m");
    assertThat(state()).as("SOFT never withdraws").isEqualTo(HostState.DEGRADED);
  }

  @Test
  void aCheckThatTheNodeCannotMakeBlocksNothingAndPassesNothing() {
    see(CHAIN, "ccc.");
    assertThat(health.verdict(RPC).state()).isEqualTo(HostState.INIT);
    assertThat(health.evidence(RPC)).isEqualTo(Evidence.NONE);

    see(Check.RPC_LIVENESS, "oo").see(CHAIN, "c").see(Check.RPC_LIVENESS, ".");
    assertThat(health.verdict(RPC).state()).isEqualTo(HostState.UP);
  }

  @Test
  void lowersOnlyTheServicesThatNameTheAspect() {
    see(HELD, "oo.").see(Check.RPC_LIVENESS, "oo.");
    see(CHAIN, "hhh");

    assertThat(state()).isEqualTo(HostState.DEGRADED);
    assertThat(health.verdict(RPC).state()).isEqualTo(HostState.DOWN);
    assertThat(health.verdict(EnumSet.allOf(Aspect.class)).state()).isEqualTo(HostState.DOWN);
  }

  /**
   * What RPC's chain says first, what P2P and then what RPC say, and P2P again: the state of a
   * service that names P2P alone.
   */
  @ParameterizedTest(name = "chain {0}, held {1}, chain {2}, held {3}: {4}")
  @CsvSource({
    // it holds back a host that is not fit
    "n, oo,   '', .o.o,   NOT_READY",
    "n, oo.o, n,  ....o,  NOT_READY",
    "n, p,    '', '',     DOWN",
    "n, p,    '', oo.o,   NOT_READY",
    "n, mmm,  '', '',     NOT_READY",
    // and no longer than until its check passes or fails; hold-down counts from there
    "n, oo.,  o,  '',     INIT",
    "n, oo.,  o,  o,      INIT",
    "n, oo.,  o,  o.,     UP",
    "n, oo.,  h,  o.,     UP",
    "n, oo.,  s,  o.,     UP",
    "n, oo.,  c,  o.,     UP",
    // what is no answer does not take it back, but is not believed for ever
    "n, oo.,  u,  o.o,    NOT_READY",
    "n, oo.,  m,  o.o,    NOT_READY",
    "n, oo.,  b,  o.o,    NOT_READY",
    "n, oo.,  uu, o./o,   INIT",
    "n, oo.,  uu, o./o.,  UP",
    "n, oo.,  u,  //n/,   NOT_READY",
    // it moves nothing that is fit
    "o, oo.,  n,  o,      UP",
    "o, oo.,  nnn,...,    UP",
    "o, oo.,  n,  sss,    DEGRADED",
    "o, oo.,  n,  p,      DOWN",
    "o, oo.,  n,  poo.,   NOT_READY",
    // nothing else of an aspect that is not named holds back
    "'', oo., '', '',     UP",
    "u, oo.,  uu, '',     UP",
    "m, oo.,  '', '',     UP",
    "hhh, oo.,'', '',     DEGRADED",
  })
  void notReadyOfAnyAspectHoldsBackWhatIsNotFitAndMovesNothingElse(
      String chainFirst, String held, String chain, String heldThen, HostState expected) {
    see(CHAIN, chainFirst).see(HELD, held).see(CHAIN, chain).see(HELD, heldThen);

    assertThat(state()).isEqualTo(expected);
  }

  @Test
  void notReadyHoldsBackEveryServiceWhateverItNames() {
    see(Check.RPC_LIVENESS, "oo.");
    see(HELD, "n").see(Check.RPC_LIVENESS, "p").see(Check.RPC_LIVENESS, "oo.o");

    assertThat(health.verdict(RPC))
        .isEqualTo(new HostVerdict(HostState.NOT_READY, Reason.WARMING_UP, HELD.toString()));
    assertThat(health.rise(RPC, nowNanos)).isEmpty();
    assertThat(health.nextDeadlineNanos()).isEmpty();
  }

  @Test
  void aRememberedNotReadyGoesWithItsAspect() {
    see(CHAIN, "n").see(HELD, "oo.");
    assertThat(state()).isEqualTo(HostState.NOT_READY);

    health = health.reconfigured(THRESHOLDS, P2P, check -> true);
    see(HELD, "o.");
    assertThat(state()).isEqualTo(HostState.UP);
  }

  @Test
  void notReadyOfAnAspectNotNamedSaysNothingAboutAnAdoptedRoute() {
    see(CHAIN, "n");
    assertThat(health.evidence(P2P)).isEqualTo(Evidence.NONE);
    see(HELD, "o");
    assertThat(health.evidence(P2P)).isEqualTo(Evidence.FOR);
  }

  @Test
  void aMuteNodeFallsAfterStallDownUnlessRpcAnswers() {
    see(HELD, "oo.").see(Check.RPC_LIVENESS, "oo.");
    health = health.after(muteFor(119), nowNanos);
    pass(2);
    assertThat(state()).isEqualTo(HostState.UP);

    see(Check.RPC_LIVENESS, "h"); // refused: now nothing speaks for it any more
    assertThat(state()).isEqualTo(HostState.DOWN);
    assertThat(health.verdict(P2P).reason()).isEqualTo(Reason.STALL_EXPIRED);
  }

  @Test
  void aMuteNodeFallsAfterStallDownAloneWhateverRpcSays() {
    see(HELD, "oo.").see(Check.RPC_LIVENESS, "oo.");
    health = health.after(muteFor(899), nowNanos);
    assertThat(state()).isEqualTo(HostState.UP);
    assertThat(health.nextDeadlineNanos()).hasValue(nowNanos + 1_000_000_000L);

    pass(1);
    assertThat(state()).isEqualTo(HostState.DOWN);
  }

  /** What liveness says, and how many seconds of silence are borne then. */
  @ParameterizedTest(name = "{0} {1}: {2} s")
  @CsvSource({
    "HARD,      REFUSED,          120",
    "HARD,      STALL_EXPIRED,    120",
    "SOFT,      STALL,            120",
    "SOFT,      BUSY,             900",
    "SOFT,      BAD_ANSWER,       900",
    "NOT_READY, WARMING_UP,       900",
    "NOT_READY, SHUTTING_DOWN,    900",
    "UNKNOWN,   UNAUTHORIZED,     900",
    "UNKNOWN,   FORBIDDEN,        900",
    "UNKNOWN,   LOCAL_FILE,       900",
    "UNKNOWN,   LOCAL_RESOURCES,  900",
    "UNKNOWN,   CAPABILITY_OFF,   900",
  })
  void onlyADeadRpcShortensWhatAMuteNodeIsBorne(Outcome outcome, Reason reason, long seconds) {
    see(HELD, "oo.");
    health = health.after(of(Check.RPC_LIVENESS, outcome, reason), nowNanos);
    health = health.after(muteFor(seconds - 1), nowNanos);
    assertThat(state()).isEqualTo(HostState.UP);

    pass(1);
    assertThat(state()).isEqualTo(HostState.DOWN);
  }

  @Test
  void whileOurOwnSideFailsNoStallGrowsAndNoneExpires() {
    health = HostHealth.unobserved(THRESHOLDS, P2P);
    see(HELD, "oo.");
    health = health.after(muteFor(100), nowNanos);
    see(HELD, "u");
    pass(3600);
    assertThat(state()).isEqualTo(HostState.UP);
    assertThat(health.nextDeadlineNanos()).isEmpty();

    health = health.after(muteFor(3700), nowNanos); // the probe's own clock did not stop
    pass(19);
    assertThat(state()).isEqualTo(HostState.UP);
    pass(2);
    assertThat(state()).isEqualTo(HostState.DOWN);
  }

  @Test
  void slowHandshakesDoNotWithdrawANodeThatAnswersEveryPing() {
    health = HostHealth.unobserved(THRESHOLDS, P2P);
    see(HELD, "oo.");
    for (long seconds : List.of(3, 303)) { // full: one handshake in five minutes
      health = health.after(muteFor(HANDSHAKE, seconds), nowNanos);
      for (int i = 0; i < 30; i++) {
        see(HELD, "o.");
      }
      assertThat(state()).isEqualTo(HostState.UP);
      assertThat(health.nextDeadlineNanos()).isEmpty();
    }

    health = health.after(muteFor(HANDSHAKE, 603), nowNanos);
    assertThat(state()).isEqualTo(HostState.DOWN);
    assertThat(health.verdict(P2P).detail())
        .isEqualTo("p2p.handshake mute for 120 s, no RPC to ask");
  }

  @Test
  void whatAnotherCheckOfTheAspectExplainsIsNotOurFailure() {
    see(HELD, "oo.u").see(CHAIN, "u.u");
    assertThat(health.unknown().orElseThrow().check()).isEqualTo(HELD);

    see(HELD, "o");
    assertThat(health.unknown().orElseThrow().check()).isEqualTo(CHAIN);
    see(Check.RPC_LIVENESS, "o");
    assertThat(health.unknown().orElseThrow().check()).isEqualTo(CHAIN);
    see(Check.RPC_LIVENESS, "h"); // the chain is not asked while it is refused
    assertThat(health.unknown()).isEmpty();

    see(CHAIN, "o").see(Check.RPC_LIVENESS, "u").see(CHAIN, "c");
    assertThat(health.unknown().orElseThrow().check()).isEqualTo(Check.RPC_LIVENESS);
  }

  @Test
  void anAnswerEndsTheStall() {
    see(HELD, "oo.");
    health = health.after(muteFor(100), nowNanos);
    see(HELD, "o");
    pass(1000);

    assertThat(state()).isEqualTo(HostState.UP);
    assertThat(health.nextDeadlineNanos()).isEmpty();
  }

  @Test
  void asksFastOnlyWhileOneMoreObservationMayChangeTheVerdict() {
    assertThat(health.pace(nowNanos)).isEqualTo(Pace.NORMAL);
    assertThat(see(HELD, "o").health.pace(nowNanos)).isEqualTo(Pace.FAST);
    assertThat(see(HELD, "o").health.pace(nowNanos)).isEqualTo(Pace.NORMAL);
    see(HELD, ".");
    assertThat(see(HELD, "h").health.pace(nowNanos)).isEqualTo(Pace.FAST);
    assertThat(see(HELD, "hh").health.pace(nowNanos)).isEqualTo(Pace.NORMAL);
    assertThat(see(HELD, "u").health.pace(nowNanos)).isEqualTo(Pace.NORMAL);
  }

  @Test
  void keepsItsCountsWhenReconfiguredAndForgetsAnAspectThatIsGone() {
    see(HELD, "oo.hh").see(CHAIN, "hhh");
    assertThat(health.verdict(P2P).state()).isEqualTo(HostState.DEGRADED);

    health = health.reconfigured(THRESHOLDS, P2P, check -> true);
    assertThat(health.verdict(P2P).state()).isEqualTo(HostState.UP);
    see(HELD, "h");
    assertThat(health.verdict(P2P).state()).isEqualTo(HostState.DOWN);
  }

  @Test
  void aCheckThatDoesNotGoOnHoldsNothingBackAndLeavesItsVerdictToTheOthers() {
    health = HostHealth.unobserved(THRESHOLDS, EnumSet.of(Aspect.TCP));
    Set<Aspect> tcp = EnumSet.of(Aspect.TCP);
    Check before = new Check(Aspect.TCP, "192.0.2.1:1");
    Check other = new Check(Aspect.TCP, "192.0.2.1:2");
    see(other, "o").see(before, "hhh");

    health = health.reconfigured(THRESHOLDS, tcp, other::equals);
    assertThat(health.checks()).hasSize(1);
    assertThat(health.verdict(tcp).state()).isEqualTo(HostState.DOWN);
    see(other, "oo.");
    assertThat(health.verdict(tcp).state()).isEqualTo(HostState.UP);
  }

  @Test
  void anAspectOfWhichNoCheckGoesOnIsUnobserved() {
    see(HELD, "oo.").see(HANDSHAKE, "o");
    assertThat(health.verdict(P2P).state()).isEqualTo(HostState.UP);

    health = health.reconfigured(THRESHOLDS, P2P, check -> false);
    assertThat(health.verdict(P2P))
        .isEqualTo(new HostVerdict(HostState.INIT, Reason.UNOBSERVED, "p2p not observed yet"));
  }

  @Test
  void anObservationOfAnAspectNotConfiguredChangesNothing() {
    assertThat(health.after(of(new Check(Aspect.TCP, "x"), Outcome.HARD, Reason.REFUSED), 0))
        .isSameAs(health);
  }

  @Test
  void firstEvidenceIsForOnlyWhenEveryNamedAspectAnswered() {
    assertThat(health.evidence(P2P)).isEqualTo(Evidence.NONE);
    see(HELD, "m");
    assertThat(health.evidence(P2P)).isEqualTo(Evidence.NONE);
    see(HELD, "s");
    assertThat(health.evidence(P2P)).isEqualTo(Evidence.FOR);
    assertThat(health.evidence(EnumSet.of(Aspect.P2P, Aspect.RPC))).isEqualTo(Evidence.NONE);
    see(CHAIN, "h");
    assertThat(health.evidence(EnumSet.of(Aspect.P2P, Aspect.RPC))).isEqualTo(Evidence.AGAINST);
  }
}
