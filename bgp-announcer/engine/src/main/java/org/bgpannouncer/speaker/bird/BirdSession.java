package org.bgpannouncer.speaker.bird;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.bgpannouncer.speaker.bird.Reading.Purpose;

/**
 * What to say to BIRD and when: a state machine without thread, clock or I/O. Lines, wishes and the
 * time go in; commands, files and events come out through {@link Effects}. One command is
 * unanswered at a time, and so one {@code configure}.
 *
 * <pre>
 *   CONNECTING ─▶ GREETING ─▶ VERSION ─▶ PROTOCOLS ─▶ ROUTES ──▶ READY   (Synchronised)
 *        ▲                                  ▲                      │
 *        │                                  └── a protocol is gone │ each second: PROTOCOLS
 *        │                                                         ▼ a change waits
 *        │             SETTLING ◀─▶ PROTOCOLS, ROUTES ◀─ CONFIGURING ◀─ SILENCING
 *        └── no answer in time, not understood, or the socket is gone (Lost)
 * </pre>
 *
 * <p>A round: the protocol that loses its last route is disabled at once (SILENCING), which needs
 * neither a file nor a configuration that BIRD accepts; then the file, {@code configure}, and what
 * BIRD holds after that is read. Not thread-safe.
 */
final class BirdSession {
  static final long ANSWER_NANOS = Duration.ofSeconds(2).toNanos();

  /** What takes BIRD longer: a large configuration, a walk of the Internet's routing table. */
  static final long WORK_NANOS = Duration.ofSeconds(10).toNanos();

  /** The pause between two looks at the sessions. */
  static final long POLL_NANOS = Duration.ofSeconds(1).toNanos();

  /** How long BIRD may take to carry out what it has accepted. */
  static final long COMES_TRUE_NANOS = Duration.ofSeconds(5).toNanos();

  static final long LOOK_AGAIN_NANOS = Duration.ofMillis(5).toNanos();
  static final long FIRST_RETRY_NANOS = Duration.ofMillis(50).toNanos();
  static final long LAST_RETRY_NANOS = Duration.ofSeconds(1).toNanos();

  static final String INCLUDE = "bird-include";
  static final String CONFIGURATION = "bird-configuration";

  private final String fileName;
  private final Effects effects;
  private final BgpSessions sessions;
  private final RouteDesk desk;
  private final Deque<String> toDisable = new ArrayDeque<>();

  private Phase phase = Phase.CONNECTING;
  private Reading reading = new Reading(Purpose.THE_TRUTH);
  private Optional<ReplyLine> refusal = Optional.empty();
  private Optional<String> failure = Optional.empty();
  private boolean takesEffect;
  private boolean lost;
  private String version = "";
  private long dueNanos;
  private long retryNanos = FIRST_RETRY_NANOS;
  private long pollAtNanos;
  private long comesTrueByNanos;

  /**
   * @param fileName of the file that BIRD includes, for the operator
   * @param counting the protocols that count as sessions; empty for every one of type BGP
   */
  BirdSession(String fileName, Set<String> counting, Effects effects) {
    this.fileName = fileName;
    this.effects = effects;
    this.sessions = new BgpSessions(counting);
    this.desk = new RouteDesk(effects);
  }

  Phase phase() {
    return phase;
  }

  /** Whether BIRD has confirmed every withdraw of {@link #withdrawAll}. */
  boolean isWithdrawn() {
    return desk.isWithdrawn() && phase == Phase.READY;
  }

  /** Whether nothing is left to say or to wait for. */
  boolean isSettled() {
    return phase == Phase.ENDED || (desk.isSettled() && phase == Phase.READY);
  }

  void start(long nowNanos) {
    connect(nowNanos);
  }

  void apply(Collection<RouteChange> changes, long nowNanos) {
    if (phase != Phase.ENDED) {
      desk.apply(changes);
      pump(nowNanos);
    }
  }

  /** From now on everything shall be down. */
  void withdrawAll(long nowNanos) {
    desk.withdrawAll();
    pump(nowNanos);
  }

  /** Nothing is done any more. */
  void end() {
    phase = Phase.ENDED;
  }

  // ---- the connection ----

  private void connect(long nowNanos) {
    Optional<String> problem = effects.connect();
    if (version.isEmpty()) {
      desk.load(); // each time: until it is ours, another announcer may write the file
    }
    if (problem.isPresent()) {
      disconnected(problem.get(), nowNanos);
    } else {
      phase = Phase.GREETING;
      dueNanos = nowNanos + ANSWER_NANOS;
    }
  }

  /** The connection is gone, or could not be made. */
  void disconnected(String reason, long nowNanos) {
    if (phase == Phase.ENDED) {
      return;
    }
    phase = Phase.CONNECTING;
    sessions.forget();
    desk.lost();
    if (!lost) {
      lost = true;
      effects.emit(new SpeakerEvent.Lost(reason));
    }
    dueNanos = nowNanos + retryNanos;
    retryNanos = Math.min(2 * retryNanos, LAST_RETRY_NANOS);
    pump(nowNanos);
  }

  private void fail(String reason, long nowNanos) {
    effects.disconnect();
    disconnected(reason, nowNanos);
  }

  // ---- time ----

  /** The time at which {@link #tick} must be called at the latest. */
  OptionalLong deadlineNanos() {
    return switch (phase) {
      case ENDED -> OptionalLong.empty();
      case READY -> OptionalLong.of(pollAtNanos);
      default -> OptionalLong.of(dueNanos);
    };
  }

  void tick(long nowNanos) {
    OptionalLong deadline = deadlineNanos();
    if (deadline.isEmpty() || nowNanos - deadline.getAsLong() < 0) {
      return;
    }
    switch (phase) {
      case CONNECTING -> connect(nowNanos);
      case READY -> read(Purpose.A_LOOK, nowNanos);
      case SETTLING -> read(Purpose.THE_ROUND, nowNanos);
      default -> fail("no answer from BIRD in time", nowNanos);
    }
  }

  private void pump(long nowNanos) {
    if (phase == Phase.READY || phase == Phase.SETTLING) {
      if (desk.hasWork()) {
        begin(nowNanos);
      }
    } else if (phase == Phase.CONNECTING || phase == Phase.GREETING) {
      desk.withdrawFromFile();
    }
  }

  // ---- questions and answers ----

  private void ask(Phase asking, String command, long withinNanos, long nowNanos) {
    phase = asking;
    refusal = Optional.empty();
    dueNanos = nowNanos + withinNanos;
    effects.send(command);
  }

  void line(ReplyLine line, long nowNanos) {
    switch (phase) {
      case CONNECTING, ENDED -> {}
      case READY, SETTLING -> fail("BIRD said something that nobody asked for", nowNanos);
      default -> {
        if (line.isRefusal() && line.code() != ReplyLine.LINE_TOO_LONG) {
          refusal = Optional.of(line);
        }
        if (phase == Phase.VERSION && line.code() == ReplyLine.VERSION) {
          version = line.text().toLowerCase(Locale.ROOT);
        } else if (phase == Phase.PROTOCOLS) {
          reading.report().add(line);
        } else if (phase == Phase.ROUTES) {
          reading.routes().add(line);
        }
        if (line.last()) {
          answered(line, nowNanos);
          pump(nowNanos);
        }
      }
    }
  }

  private void answered(ReplyLine end, long nowNanos) {
    switch (phase) {
      case GREETING -> {
        if (end.code() == ReplyLine.WELCOME) {
          ask(Phase.VERSION, "show status", ANSWER_NANOS, nowNanos);
        } else {
          fail("not BIRD's control socket: " + end.reason(), nowNanos);
        }
      }
      case VERSION -> {
        if (refusal.isPresent() || version.isEmpty()) {
          fail("show status: " + end.reason(), nowNanos);
        } else {
          read(Purpose.THE_TRUTH, nowNanos);
        }
      }
      case PROTOCOLS -> protocolsKnown(end, nowNanos);
      case ROUTES -> routesKnown(nowNanos);
      case SILENCING -> silence(nowNanos); // a refusal shows when the routes are read
      case CONFIGURING -> configured(end, nowNanos);
      default -> throw new IllegalStateException("an answer in " + phase);
    }
  }

  // ---- reading ----

  private void read(Purpose why, long nowNanos) {
    reading = new Reading(why);
    ask(Phase.PROTOCOLS, "show protocols", ANSWER_NANOS, nowNanos);
  }

  private void protocolsKnown(ReplyLine end, long nowNanos) {
    if (refusal.isPresent() || !reading.report().isWhole()) {
      fail("show protocols: " + end.reason(), nowNanos);
      return;
    }
    if (reading.purpose() != Purpose.THE_TRUTH) {
      sessions.update(reading.protocols(), effects::emit);
    }
    if (reading.purpose() == Purpose.THE_TRUTH) {
      reading.askForEveryRoute();
      nextRoutes(nowNanos);
    } else if (reading.purpose() == Purpose.THE_ROUND) {
      reading.questions(desk.questions(reading.protocols().keySet()));
      nextRoutes(nowNanos);
    } else if (reading.isAmiss(desk::holds)) {
      read(Purpose.THE_TRUTH, nowNanos);
    } else {
      ready(nowNanos);
    }
  }

  private void nextRoutes(long nowNanos) {
    Optional<String> question = reading.nextQuestion();
    if (question.isPresent()) {
      ask(Phase.ROUTES, question.get(), WORK_NANOS, nowNanos);
    } else if (reading.purpose() == Purpose.THE_TRUTH) {
      synchronised(nowNanos);
    } else {
      verified(nowNanos);
    }
  }

  private void routesKnown(long nowNanos) {
    boolean refused = refusal.filter(line -> line.code() != ReplyLine.NO_SUCH_NETWORK).isPresent();
    if (!reading.routes().isWhole() || (refused && reading.purpose() == Purpose.THE_TRUTH)) {
      fail(
          "show route: "
              + refusal
                  .map(ReplyLine::reason)
                  .orElse("not understood, or more than " + RouteReport.MAX_ROUTES + " routes"),
          nowNanos);
    } else if (refused) {
      settle(refusal.map(ReplyLine::reason).orElse(""), nowNanos); // it reconfigures
    } else {
      nextRoutes(nowNanos);
    }
  }

  private void synchronised(long nowNanos) {
    lost = false;
    retryNanos = FIRST_RETRY_NANOS;
    RouteReport routes = reading.routes();
    desk.synchronised(routes.held(), routes.inexact());
    effects.emit(new SpeakerEvent.Synchronised(routes.held(), routes.inexact(), version));
    sessions.update(reading.protocols(), effects::emit);
    ready(nowNanos);
  }

  private void ready(long nowNanos) {
    phase = Phase.READY;
    pollAtNanos = nowNanos + POLL_NANOS;
  }

  // ---- a round ----

  private void begin(long nowNanos) {
    desk.begin();
    failure = Optional.empty();
    toDisable.clear();
    Reading.OURS.stream()
        .filter(desk::silences)
        .filter(reading.protocols()::containsKey)
        .forEach(toDisable::add);
    silence(nowNanos);
  }

  private void silence(long nowNanos) {
    String next = toDisable.poll();
    if (next != null) {
      ask(Phase.SILENCING, "disable " + next, ANSWER_NANOS, nowNanos);
    } else if (desk.store()) {
      ask(Phase.CONFIGURING, "configure", WORK_NANOS, nowNanos);
    } else {
      ready(nowNanos);
    }
  }

  private void configured(ReplyLine end, long nowNanos) {
    if (end.code() == ReplyLine.SHUTTING_DOWN) {
      fail("BIRD shuts down", nowNanos);
      return;
    }
    if (refusal.isEmpty()) {
      desk.accepted();
      notice(CONFIGURATION, "");
      takesEffect = end.code() == ReplyLine.RECONFIGURED || end.code() == ReplyLine.RECONFIGURING;
      comesTrueByNanos = nowNanos + COMES_TRUE_NANOS;
      read(Purpose.THE_ROUND, nowNanos);
    } else if (desk.rollBack(refusal.get().reason())) {
      ask(Phase.CONFIGURING, "configure", WORK_NANOS, nowNanos);
    } else if (desk.isRoundDone()) {
      ready(nowNanos); // nor could the file be written
    } else {
      failure = refusal.map(ReplyLine::reason);
      notice(
          CONFIGURATION,
          "with no route of ours it refuses its own configuration: " + failure.orElse(""));
      read(Purpose.THE_ROUND, nowNanos); // what was silenced is withdrawn all the same
    }
  }

  private void verified(long nowNanos) {
    desk.verify(reading.routes().held(), reading.routes().inexact());
    String missing = reading.missing();
    if (desk.isRoundDone()) {
      ready(nowNanos);
    } else if (failure.isPresent()) {
      giveUp(failure.get(), nowNanos);
    } else if (!missing.isEmpty() && takesEffect) {
      giveUp("BIRD has no protocol " + missing + ", so it does not include " + fileName, nowNanos);
    } else {
      settle("BIRD does not hold it just so, or prefers another protocol's route", nowNanos);
    }
    if (failure.isEmpty()) {
      notice(
          INCLUDE, missing.isEmpty() ? "" : "missing in bird.conf: include \"" + fileName + "\";");
    }
  }

  /** What has not come true yet is looked at again, for a while. */
  private void settle(String reason, long nowNanos) {
    if (nowNanos - comesTrueByNanos >= 0) {
      giveUp(reason, nowNanos);
    } else {
      phase = Phase.SETTLING;
      dueNanos = nowNanos + LOOK_AGAIN_NANOS;
    }
  }

  private void giveUp(String reason, long nowNanos) {
    desk.rejectAll(reason);
    ready(nowNanos);
  }

  private void notice(String key, String text) {
    effects.emit(new SpeakerEvent.Notice(key, text));
  }
}
