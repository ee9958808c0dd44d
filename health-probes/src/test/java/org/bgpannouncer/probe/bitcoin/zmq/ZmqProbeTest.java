package org.bgpannouncer.probe.bitcoin.zmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Observation.StageTiming;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.NodeFacts;
import org.bgpannouncer.probe.bitcoin.NodeFacts.Notifier;
import org.bgpannouncer.probe.net.DialFailure;
import org.bgpannouncer.probe.net.Dialer;
import org.bgpannouncer.probe.net.Dialer.CloseCause;
import org.bgpannouncer.probe.time.VirtualTime;
import org.bgpannouncer.probe.zmtp.Octets;
import org.bgpannouncer.probe.zmtp.ZmtpSignal;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Greeting;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Message;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Part;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Ping;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Pong;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Ready;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ZmqProbeTest {
  private static final InetSocketAddress ENDPOINT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 28332);
  private static final DialFailure REFUSED =
      new DialFailure(Outcome.HARD, Reason.REFUSED, "Connection refused");
  private static final String HASH = "00".repeat(31) + "2a";

  private final VirtualTime time = new VirtualTime();
  private final NodeFacts facts = new NodeFacts();
  private final List<ScriptedDial> dials = new ArrayList<>();
  private final List<Observation> observations = new ArrayList<>();

  @Test
  void subscribesAndReportsAtOnceWithTheStages() {
    ZmqProbe probe = start(config("hashblock"));
    after(2);
    dial().connect();
    after(3);
    dial().receive(new Greeting(3, 1, "NULL"));
    after(4);
    dial().receive(new Ready("PUB"));

    Observation first = last();
    assertThat(first.outcome()).isEqualTo(Outcome.OK);
    assertThat(first.reason()).isEqualTo(Reason.PASSED);
    assertThat(first.check()).hasToString("zmq.127.0.0.1:28332");
    assertThat(probe.checks()).containsExactly(first.check());
    assertThat(first.stages())
        .containsExactly(
            new StageTiming("connect", 2_000_000),
            new StageTiming("greeting", 3_000_000),
            new StageTiming("ready", 4_000_000));
    assertThat(first.values()).containsEntry("zmtp", "3.1").containsEntry("pong", "unknown");
    probe.close();
  }

  @Test
  void reportsOncePerIntervalWhileNothingIsWrong() {
    start(config("hashblock"));
    dial().subscribe();
    time.advance(Duration.ofSeconds(50));
    assertThat(observations).hasSize(11).allMatch(o -> o.outcome() == Outcome.OK);
    assertThat(dials).hasSize(1);
  }

  @Test
  void reportsAtTheFastIntervalWhenAskedTo() {
    ZmqProbe probe = start(config("hashblock"));
    dial().subscribe();
    probe.pace(Pace.FAST);
    time.advance(Duration.ofSeconds(10));
    assertThat(observations).hasSize(11);
    probe.pace(Pace.NORMAL);
    time.advance(Duration.ofSeconds(10));
    assertThat(observations).hasSize(13);
  }

  @Test
  void aFasterPaceShortensTheWaitThatIsUnderWay() {
    ZmqProbe probe = start(config("hashblock"));
    dial().fail(REFUSED);
    probe.pace(Pace.FAST);
    time.advance(Duration.ofSeconds(1));
    assertThat(dials).hasSize(2);
  }

  @Test
  void jitterShortensTheWaitAndNeverPutsItOff() {
    Cadence cadence =
        new Cadence(Duration.ofSeconds(10), Duration.ofSeconds(1), Duration.ofSeconds(3), 0.5);
    start(config(cadence, List.of("hashblock"), List.of()), 1.0);
    dial().subscribe();
    time.advance(Duration.ofSeconds(5));
    assertThat(observations).hasSize(2);

    observations.clear();
    dials.clear();
    start(config(cadence, List.of("hashblock"), List.of()), 0.0);
    dial().fail(REFUSED);
    time.advance(Duration.ofMillis(9_900));
    assertThat(dials).hasSize(1);
    time.advance(Duration.ofMillis(100));
    assertThat(dials).hasSize(2);
  }

  @Test
  void aRefusedDialIsHardAndTriedAgainAtTheCadence() {
    start(config("hashblock"));
    for (int i = 0; i < 3; i++) {
      dial().fail(REFUSED);
      time.advance(Duration.ofSeconds(5));
    }
    assertThat(dials).hasSize(4);
    assertThat(observations)
        .hasSize(3)
        .allMatch(o -> o.outcome() == Outcome.HARD && o.reason() == Reason.REFUSED);
  }

  @Test
  void ourOwnFailureIsUnknown() {
    start(config("hashblock"));
    dial().fail(new DialFailure(Outcome.UNKNOWN, Reason.LOCAL_RESOURCES, "too many open files"));
    assertThat(last().outcome()).isEqualTo(Outcome.UNKNOWN);
  }

  @Test
  void dialsAgainAtOnceWhenAHeldConnectionIsLostAndReportsTheOutcome() {
    start(config("hashblock"));
    dial().subscribe();
    time.advance(Duration.ofSeconds(7));
    int before = observations.size();
    dial().close(CloseCause.FIN);

    assertThat(dials).hasSize(2);
    assertThat(observations).as("the loss alone is no verdict").hasSize(before);
    dial().subscribe();
    assertThat(last().outcome()).isEqualTo(Outcome.OK);
    assertThat(last().values()).containsEntry("connections", "2");
  }

  @Test
  void aRedialThatIsStillUnderWayAtTheNextIntervalIsThatAttempt() {
    start(config("hashblock"));
    dial().subscribe();
    time.advance(Duration.ofSeconds(9));
    dial().close(CloseCause.FIN);
    time.advance(Duration.ofMillis(1_500));
    assertThat(dials).hasSize(2);
    dial().fail(REFUSED);
    time.advance(Duration.ofMillis(4_400));
    assertThat(dials).hasSize(2);
    time.advance(Duration.ofMillis(100));
    assertThat(dials).hasSize(3);
  }

  @Test
  void aHeldConnectionThatIsLostAndThenRefusedIsHardInTheSameMoment() {
    start(config("hashblock"));
    dial().subscribe();
    time.advance(Duration.ofSeconds(7));
    dial().close(CloseCause.RST);
    dial().fail(REFUSED);
    assertThat(last().reason()).isEqualTo(Reason.REFUSED);
    assertThat(last().atNanos()).isEqualTo(Duration.ofSeconds(7).toNanos());
  }

  @Test
  void aConnectionThatIsNeverHeldIsNotDialledInALoop() {
    start(config("hashblock"));
    for (int i = 0; i < 10; i++) {
      dial().subscribe();
      dial().close(CloseCause.FIN);
      time.advance(Duration.ofSeconds(5));
    }
    assertThat(dials).hasSize(11);
    assertThat(observations).filteredOn(o -> o.reason() == Reason.CLOSED).hasSize(10);
  }

  @Test
  void aConnectionClosedInTheHandshakeIsHard() {
    start(config("hashblock"));
    dial().connect();
    dial().close(CloseCause.RST);
    assertThat(last().outcome()).isEqualTo(Outcome.HARD);
    assertThat(last().reason()).isEqualTo(Reason.RESET);
    assertThat(last().stages()).extracting(StageTiming::name).containsExactly("connect");
  }

  @Test
  void ourOwnFailureOnAConnectionIsUnknown() {
    start(config("hashblock"));
    dial().connect();
    dial().close(CloseCause.OURS);
    assertThat(last().outcome()).isEqualTo(Outcome.UNKNOWN);
    assertThat(last().reason()).isEqualTo(Reason.INTERNAL_ERROR);
  }

  @Test
  void garbageIsHardAndNeverAnsweredByARedialLoop() {
    start(config("hashblock"));
    dial().subscribe();
    time.advance(Duration.ofMinutes(1));
    dial().close(CloseCause.PROTOCOL_ERROR);
    assertThat(last().reason()).isEqualTo(Reason.PROTOCOL_ERROR);
    time.advance(Duration.ofSeconds(5));
    dial().connect();
    dial().close(CloseCause.PROTOCOL_ERROR);
    time.runDue();
    assertThat(dials).hasSize(2);
  }

  @Test
  void aPeerThatIsNoPublisherIsHardAndHungUpOn() {
    start(config("hashblock"));
    dial().connect();
    dial().receive(new Greeting(3, 1, "NULL"));
    dial().receive(new Ready("REP"));
    assertThat(last().reason()).isEqualTo(Reason.PROTOCOL_ERROR);
    assertThat(last().detail()).isEqualTo("Socket-Type: REP (expected: PUB or XPUB)");
    assertThat(dial().cancelled).isTrue();
  }

  @Test
  void aMutePeerIsStalledAndHardAfterSilenceHard() {
    start(config("hashblock"));
    dial().connect();
    time.advance(Duration.ofSeconds(3));
    assertThat(last().outcome()).isEqualTo(Outcome.SOFT);
    assertThat(last().reason()).isEqualTo(Reason.STALL);
    assertThat(last().detail()).isEqualTo("no greeting within 3000 ms");
    assertThat(dial().cancelled).isTrue();
    for (int i = 0; i < 40; i++) {
      time.advance(Duration.ofSeconds(2));
      dial().connect();
      time.advance(Duration.ofSeconds(3));
    }
    assertThat(last().outcome()).isEqualTo(Outcome.HARD);
    assertThat(last().reason()).isEqualTo(Reason.STALL_EXPIRED);
    assertThat(observations).filteredOn(o -> o.reason() == Reason.STALL).hasSize(36);
  }

  @Test
  void aPeerThatGreetsButIsNeverReadyIsStalled() {
    start(config("hashblock"));
    dial().connect();
    time.advance(Duration.ofSeconds(2));
    dial().receive(new Greeting(3, 1, "NULL"));
    time.advance(Duration.ofSeconds(2));
    assertThat(observations).isEmpty();
    time.advance(Duration.ofSeconds(1));
    assertThat(last().detail()).isEqualTo("no ready within 3000 ms");
  }

  @Test
  void aGapOnALivingConnectionIsSoftOnce() {
    start(config("hashtx"));
    dial().subscribe();
    dial().notify("hashtx", 41);
    dial().notify("hashtx", 45);
    dial().notify("hashtx", 47);
    time.advance(Duration.ofSeconds(5));
    assertThat(last().outcome()).isEqualTo(Outcome.SOFT);
    assertThat(last().reason()).isEqualTo(Reason.SEQUENCE_GAP);
    assertThat(last().detail()).isEqualTo("hashtx: 4 notifications lost");
    assertThat(last().values())
        .containsEntry("hashtx.sequence", "47")
        .containsEntry("hashtx.messages", "3")
        .containsEntry("hashtx.lost", "4");
    time.advance(Duration.ofSeconds(5));
    assertThat(last().outcome()).isEqualTo(Outcome.OK);
  }

  @Test
  void aRestartOfTheNodeIsTold() {
    start(config("hashtx"));
    dial().subscribe();
    dial().notify("hashtx", 41);
    time.advance(Duration.ofSeconds(6));
    dial().close(CloseCause.FIN);
    dial().subscribe();
    dial().notify("hashtx", 0);
    time.advance(Duration.ofSeconds(5));
    assertThat(last().outcome()).isEqualTo(Outcome.OK);
    assertThat(last().reason()).isEqualTo(Reason.SEQUENCE_RESET);
  }

  @Test
  void aSilentHeartbeatTopicIsSoftThenHard() {
    start(config(cadence(), List.of("hashtx", "hashblock"), List.of("hashtx")));
    dial().subscribe();
    dial().notify("hashtx", 0);
    time.advance(Duration.ofSeconds(55));
    assertThat(last().outcome()).isEqualTo(Outcome.OK);
    time.advance(Duration.ofSeconds(5));
    assertThat(last().outcome()).isEqualTo(Outcome.SOFT);
    assertThat(last().reason()).isEqualTo(Reason.SILENT_TOPIC);
    assertThat(last().detail()).isEqualTo("hashtx: silent for 60 s");
    time.advance(Duration.ofSeconds(115));
    assertThat(last().outcome()).isEqualTo(Outcome.SOFT);
    time.advance(Duration.ofSeconds(5));
    assertThat(last().outcome()).isEqualTo(Outcome.HARD);
    dial().notify("hashtx", 1);
    time.advance(Duration.ofSeconds(5));
    assertThat(last().outcome()).isEqualTo(Outcome.OK);
  }

  @Test
  void aTopicThatIsNoHeartbeatMayBeSilentForDays() {
    start(config("hashblock"));
    dial().subscribe();
    time.advance(Duration.ofDays(2));
    assertThat(observations).allMatch(o -> o.outcome() == Outcome.OK);
  }

  @Test
  void aNotifierTheNodeDoesNotListIsSoft() {
    start(config("hashblock", "sequence"));
    dial().subscribe();
    facts.notifiers(
        List.of(
            new Notifier("hashblock", "tcp://0.0.0.0:28332"),
            new Notifier("sequence", "tcp://0.0.0.0:28333"),
            new Notifier("sequence", "ipc:///run/zmq")));
    time.advance(Duration.ofSeconds(5));
    assertThat(last().outcome()).isEqualTo(Outcome.SOFT);
    assertThat(last().reason()).isEqualTo(Reason.NOTIFIER_MISSING);
    assertThat(last().detail()).isEqualTo("getzmqnotifications lists no sequence on port 28332");
    facts.notifiers(
        List.of(
            new Notifier("hashblock", "tcp://0.0.0.0:28332"),
            new Notifier("sequence", "tcp://127.0.0.1:28332")));
    time.advance(Duration.ofSeconds(5));
    assertThat(last().outcome()).isEqualTo(Outcome.OK);
  }

  @Test
  void twoTipChangesInARowWithoutANotificationAreHard() {
    start(config("hashblock"));
    dial().subscribe();
    facts.tipChanged();
    time.advance(Duration.ofSeconds(35));
    assertThat(last().outcome()).isEqualTo(Outcome.OK);
    assertThat(last().values()).containsEntry("notifications-missed", "1");
    facts.tipChanged();
    time.advance(Duration.ofSeconds(35));
    assertThat(last().outcome()).isEqualTo(Outcome.HARD);
    assertThat(last().reason()).isEqualTo(Reason.NOTIFICATION_MISSED);
    dial().notify("hashblock", 0);
    time.advance(Duration.ofSeconds(5));
    assertThat(last().outcome()).isEqualTo(Outcome.OK);
    assertThat(last().values()).containsEntry("last-block", HASH);
  }

  @Test
  void noBlockIsExpectedOfATopicThatTellsNone() {
    start(config("hashtx"));
    dial().subscribe();
    for (int i = 0; i < 5; i++) {
      facts.tipChanged();
      time.advance(Duration.ofMinutes(1));
    }
    assertThat(observations).allMatch(o -> o.outcome() == Outcome.OK);
  }

  @Test
  void aMessageThatIsNotBitcoindsIsSoftAndAForeignTopicNothing() {
    start(config("hashblock"));
    dial().subscribe();
    dial().receive(new Message(List.of(part("hashblockx"), part("x"))));
    time.advance(Duration.ofSeconds(5));
    assertThat(last().outcome()).isEqualTo(Outcome.OK);
    dial().receive(new Message(List.of(part("hashblock"), part("x"))));
    time.advance(Duration.ofSeconds(5));
    assertThat(last().outcome()).isEqualTo(Outcome.SOFT);
    assertThat(last().reason()).isEqualTo(Reason.BAD_ANSWER);
    assertThat(last().detail()).isEqualTo("message: 9+1 bytes (expected: topic, body, 4 bytes)");
  }

  @Test
  void pingsEachIntervalAndTimesThePong() {
    start(config("hashblock"));
    dial().subscribe();
    Ping ping = dial().lastPing();
    assertThat(ping.ttlTenths()).isEqualTo(600);
    after(2);
    dial().receive(new Pong(ping.context()));
    time.advance(Duration.ofSeconds(5));
    assertThat(last().values()).containsEntry("pong", "2.000 ms");
    assertThat(last().stages()).containsExactly(new StageTiming("pong", 2_000_000));
    assertThat(dial().lastPing().context()).isNotEqualTo(ping.context());
  }

  @Test
  void aPeerThatNeverAnsweredAPingIsNotJudgedByIt() {
    start(config("hashblock"));
    dial().subscribe();
    time.advance(Duration.ofHours(1));
    assertThat(observations).allMatch(o -> o.outcome() == Outcome.OK);
    assertThat(last().values()).containsEntry("pong", "unknown");
  }

  @Test
  void aPeerThatStopsAnsweringPingsIsStalled() {
    start(config("hashblock"));
    dial().subscribe();
    dial().receive(new Pong(dial().lastPing().context()));
    time.advance(Duration.ofMinutes(1));
    assertThat(last().outcome()).isEqualTo(Outcome.OK);
    time.advance(Duration.ofSeconds(5));
    assertThat(last().outcome()).isEqualTo(Outcome.SOFT);
    assertThat(last().reason()).isEqualTo(Reason.STALL);
    time.advance(Duration.ofMinutes(2));
    assertThat(last().reason()).isEqualTo(Reason.STALL_EXPIRED);
    dial().notify("hashblock", 0);
    time.advance(Duration.ofSeconds(5));
    assertThat(last().outcome()).isEqualTo(Outcome.OK);
  }

  @Test
  void neverPingsAPeerOfThreeZero() {
    start(config("hashblock"));
    dial().connect();
    dial().receive(new Greeting(3, 0, "NULL"));
    dial().receive(new Ready("PUB"));
    time.advance(Duration.ofMinutes(5));
    assertThat(dial().sent).noneMatch(Ping.class::isInstance);
    assertThat(last().values())
        .containsEntry("zmtp", "3.0")
        .containsEntry("pong", "none in ZMTP 3.0");
  }

  @Test
  void theWorstFindingNamesTheObservationAndAllAreTold() {
    start(config(cadence(), List.of("hashtx", "hashblock"), List.of("hashtx")));
    dial().subscribe();
    facts.notifiers(List.of());
    time.advance(Duration.ofMinutes(3));
    assertThat(last().outcome()).isEqualTo(Outcome.HARD);
    assertThat(last().reason()).isEqualTo(Reason.SILENT_TOPIC);
    assertThat(last().detail())
        .isEqualTo(
            "hashtx: silent for 180 s; "
                + "getzmqnotifications lists no hashtx, hashblock on port 28332");
  }

  @Test
  void nothingFollowsAfterClose() {
    ZmqProbe probe = start(config("hashblock"));
    dial().subscribe();
    probe.close();
    probe.close();
    time.runDue();
    int before = observations.size();
    facts.tipChanged();
    time.advance(Duration.ofMinutes(10));
    assertThat(observations).hasSize(before);
    assertThat(dial().cancelled).isTrue();
    assertThat(dials).hasSize(1);
    assertThat(time.pending()).isZero();
  }

  @Test
  void closeDuringADialOrAWaitLeavesNoTimer() {
    ZmqProbe dialling = start(config("hashblock"));
    dial().connect();
    dialling.close();
    time.runDue();
    assertThat(time.pending()).isZero();

    ZmqProbe waiting = start(config("hashblock"));
    dial().fail(REFUSED);
    waiting.close();
    time.runDue();
    assertThat(time.pending()).isZero();
  }

  @Test
  void anIpv6EndpointHasACheckNameToo() throws UnknownHostException {
    InetAddress address = InetAddress.getByName("2001:db8::1");
    assertThat(Check.nameOf(new InetSocketAddress(address, 28332)))
        .isEqualTo("2001:db8:0:0:0:0:0:1:28332");
  }

  @Test
  void anUnresolvedEndpointIsRefused() {
    assertThatThrownBy(() -> Check.nameOf(InetSocketAddress.createUnresolved("node", 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("(expected: resolved)");
  }

  private ZmqProbe start(ZmqConfig config) {
    return start(config, 0.0);
  }

  private ZmqProbe start(ZmqConfig config, double random) {
    ZmqProbe probe = new ZmqProbe("n1", config, facts, time, this::dial, always(random));
    probe.start(observations::add);
    time.runDue();
    return probe;
  }

  private static RandomGenerator always(double value) {
    return new RandomGenerator() {
      @Override
      public long nextLong() {
        throw new UnsupportedOperationException("only jitter is random");
      }

      @Override
      public double nextDouble() {
        return value;
      }
    };
  }

  private static Cadence cadence() {
    return Cadence.DEFAULT;
  }

  private static ZmqConfig config(String... topics) {
    return config(cadence(), List.of(topics), List.of());
  }

  private static ZmqConfig config(Cadence cadence, List<String> topics, List<String> heartbeats) {
    return new ZmqConfig(
        ENDPOINT,
        Optional.empty(),
        topics,
        cadence,
        heartbeats,
        Duration.ofMinutes(1),
        Duration.ofMinutes(3));
  }

  private void after(int millis) {
    time.advance(Duration.ofMillis(millis));
  }

  private Observation last() {
    return observations.get(observations.size() - 1);
  }

  private ScriptedDial dial() {
    return dials.get(dials.size() - 1);
  }

  private Dialer.Dial dial(
      InetSocketAddress remote,
      @Nullable InetAddress source,
      long timeoutNanos,
      Dialer.Handler<ZmtpSignal> handler) {
    ScriptedDial dial = new ScriptedDial(handler);
    dials.add(dial);
    return dial;
  }

  private static Part part(String text) {
    return new Part(Octets.ofText(text), text.length());
  }

  private static final class ScriptedDial implements Dialer.Dial {
    private final Dialer.Handler<ZmtpSignal> handler;
    private final List<ZmtpSignal> sent = new ArrayList<>();
    private boolean cancelled;

    ScriptedDial(Dialer.Handler<ZmtpSignal> handler) {
      this.handler = handler;
    }

    void connect() {
      handler.connected(sent::add);
    }

    void fail(DialFailure failure) {
      handler.failed(failure);
    }

    void receive(ZmtpSignal signal) {
      handler.received(signal);
    }

    void close(CloseCause cause) {
      handler.closed(cause, cause.toString());
    }

    void subscribe() {
      connect();
      receive(new Greeting(3, 1, "NULL"));
      receive(new Ready("PUB"));
    }

    void notify(String topic, int counter) {
      Part body = new Part(Octets.ofHex(HASH), 32);
      Octets sequence = Octets.of((byte) counter, (byte) (counter >> 8), (byte) 0, (byte) 0);
      receive(new Message(List.of(part(topic), body, new Part(sequence, 4))));
    }

    Ping lastPing() {
      return sent.stream()
          .filter(Ping.class::isInstance)
          .map(Ping.class::cast)
          .reduce((first, second) -> second)
          .orElseThrow();
    }

    @Override
    public void cancel() {
      cancelled = true;
    }
  }
}
