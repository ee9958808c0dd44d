package org.bgpannouncer.probe.bitcoin.zmq;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation.StageTiming;
import org.bgpannouncer.probe.ObservationListener;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Probe;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.NodeFacts;
import org.bgpannouncer.probe.finding.Finding;
import org.bgpannouncer.probe.net.DialFailure;
import org.bgpannouncer.probe.net.Dialer;
import org.bgpannouncer.probe.net.NettyDialer;
import org.bgpannouncer.probe.net.NettyTransport;
import org.bgpannouncer.probe.pacing.AttemptClock;
import org.bgpannouncer.probe.time.Loop;
import org.bgpannouncer.probe.zmtp.Octets;
import org.bgpannouncer.probe.zmtp.ZmtpCodec;
import org.bgpannouncer.probe.zmtp.ZmtpLimits;
import org.bgpannouncer.probe.zmtp.ZmtpSignal;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Greeting;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Message;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Ping;
import org.bgpannouncer.probe.zmtp.ZmtpSubscriber;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds one subscription to one ZMQ endpoint of a node and reports on it once per interval: the
 * check {@code zmq.ADDRESS:PORT}.
 *
 * <ul>
 *   <li>HARD: the endpoint refuses, is unreachable or breaks the protocol; a heartbeat topic silent
 *       for {@code silence-hard}; two tip changes in a row without a notification.
 *   <li>SOFT: counters skipped, a heartbeat topic silent for {@code silence-soft}, a notifier the
 *       node does not list, a peer that accepts but says nothing (HARD after {@code silence-hard}).
 *   <li>OK with {@code SEQUENCE_RESET}: the node restarted.
 *   <li>A missing PONG is a value only, until this connection has answered one before.
 * </ul>
 *
 * <p>A connection lost after it was held for an interval is dialled again at once; what else fails
 * is tried again at the cadence. Memory per probe is bounded whatever the peer sends.
 */
public final class ZmqProbe implements Probe {
  private static final Logger log = LoggerFactory.getLogger(ZmqProbe.class);

  /** A serialised block has at most 4 MB (Bitcoin Core, MAX_BLOCK_SERIALIZED_SIZE); twice that. */
  private static final long MAX_BODY_BYTES = 8_000_000;

  private static final ZmtpLimits LIMITS =
      new ZmtpLimits(Notification.HEAD_BYTES, 8, MAX_BODY_BYTES, 2 * MAX_BODY_BYTES, 4096);

  /** After so much silence of ours the node may forget us; three intervals if that is more. */
  private static final long MIN_TTL_NANOS = TimeUnit.SECONDS.toNanos(60);

  private static final long TENTH_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final String host;
  private final Check check;
  private final ZmqConfig config;
  private final NodeFacts facts;
  private final Loop loop;
  private final Dialer<ZmtpSignal> dialer;
  private final AttemptClock clock;
  private final Subscription subscription;
  private @Nullable ObservationListener listener;
  private boolean closed;
  private @Nullable Attempt attempt;
  private boolean stalling;
  private long stallingSinceNanos;

  /**
   * A probe on an event loop of the runtime.
   *
   * @param host the configured name of the host
   * @param config the endpoint
   * @param facts what the host's other probes share
   * @param loop the host's loop
   */
  public static Probe create(String host, ZmqConfig config, NodeFacts facts, Loop loop) {
    Dialer<ZmtpSignal> dialer =
        NettyDialer.on(
            loop,
            ZmtpSignal.class,
            pipeline -> {
              NettyTransport.keepAlive(pipeline.channel(), 60, 10, 3);
              ZmtpCodec.addTo(pipeline, LIMITS);
            });
    return new ZmqProbe(host, config, facts, loop, dialer, new SplittableRandom());
  }

  /**
   * @param random for jitter
   */
  ZmqProbe(
      String host,
      ZmqConfig config,
      NodeFacts facts,
      Loop loop,
      Dialer<ZmtpSignal> dialer,
      RandomGenerator random) {
    this.host = host;
    this.check = config.check();
    this.config = config;
    this.facts = facts;
    this.loop = loop;
    this.dialer = dialer;
    this.clock = new AttemptClock(loop, config.cadence(), random, this::attempt, this::bug);
    this.subscription = new Subscription(config, facts);
  }

  @Override
  public void start(ObservationListener observations) {
    loop.execute(
        () -> {
          if (!closed) {
            listener = observations;
            facts.onTipChange(() -> subscription.tipChanged(loop.nanoTime()));
            clock.start();
          }
        });
  }

  @Override
  public void pace(Pace wanted) {
    loop.execute(() -> clock.pace(wanted));
  }

  @Override
  public Set<Check> checks() {
    return Set.of(check);
  }

  @Override
  public void close() {
    loop.execute(
        () -> {
          closed = true;
          listener = null;
          clock.stop();
          Attempt current = attempt;
          if (current != null) {
            current.abandon();
          }
        });
  }

  // A connection lost is dialled again without waiting for the clock, which may then find that
  // dial under way: it is this attempt, and ends it.
  private void attempt() {
    Attempt current = attempt;
    if (current == null) {
      dial();
    } else if (current.subscribed) {
      current.tick();
    }
  }

  private void bug(RuntimeException thrown) {
    log.error("event=probe-bug host={} check={}", host, check, thrown);
    Attempt current = attempt;
    if (current != null) {
      current.abandon();
    }
    report(Finding.bug(thrown), List.of(), Map.of());
  }

  private void dial() {
    Attempt next = new Attempt();
    attempt = next;
    next.dial =
        dialer.dial(
            config.address(),
            config.source().orElse(null),
            config.cadence().timeout().toNanos(),
            next);
  }

  private void report(Finding finding, List<StageTiming> stages, Map<String, String> values) {
    ObservationListener current = listener;
    if (current != null) {
      current.observed(finding.with(values).toObservation(host, check, stages, loop.nanoTime()));
    }
  }

  /** One dial and the connection it may become. */
  private final class Attempt implements Dialer.Handler<ZmtpSignal>, ZmtpSubscriber.Listener {
    private final long startNanos = loop.nanoTime();
    private final List<StageTiming> stages = new ArrayList<>();
    private long stageNanos = startNanos;
    private Dialer.@Nullable Dial dial;
    private @Nullable ZmtpSubscriber subscriber;
    private @Nullable Greeting peer;
    private Loop.@Nullable Timer deadline;
    private boolean subscribed;
    private long subscribedNanos;

    @Override
    public void connected(Dialer.Link<ZmtpSignal> link) {
      stage("connect");
      await("greeting");
      subscriber = new ZmtpSubscriber(config.topics(), link::send, this);
    }

    @Override
    public void failed(DialFailure failure) {
      stalling = false;
      end(failure.finding());
    }

    @Override
    public void received(ZmtpSignal signal) {
      ZmtpSubscriber current = subscriber;
      if (current != null) {
        current.received(signal);
      }
    }

    @Override
    public void greeted(Greeting greeting) {
      peer = greeting;
      stage("greeting");
      await("ready");
    }

    @Override
    public void ready() {
      stage("ready");
      cancelDeadline();
      stalling = false;
      subscribed = true;
      subscribedNanos = loop.nanoTime();
      Greeting greeting = peer;
      if (greeting != null) {
        subscription.begun(greeting, subscribedNanos);
      }
      tick();
    }

    @Override
    public void message(Message message) {
      subscription.received(message, loop.nanoTime());
    }

    @Override
    public void pong(Octets context) {
      Heartbeat heartbeat = subscription.heartbeat();
      if (heartbeat.answered(context, loop.nanoTime())) {
        stages.add(new StageTiming("pong", heartbeat.roundTripNanos()));
      }
    }

    @Override
    public void violated(String detail) {
      abandon();
      end(Finding.of(Outcome.HARD, Reason.PROTOCOL_ERROR, detail));
    }

    @Override
    public void closed(Dialer.CloseCause cause, String detail) {
      boolean wasHeld =
          subscribed && loop.nanoTime() - subscribedNanos >= config.cadence().interval().toNanos();
      Reason reason =
          switch (cause) {
            case FIN, ERROR -> Reason.CLOSED;
            case RST -> Reason.RESET;
            case PROTOCOL_ERROR -> Reason.PROTOCOL_ERROR;
            case OURS -> Reason.INTERNAL_ERROR;
          };
      if (wasHeld && cause != Dialer.CloseCause.PROTOCOL_ERROR) {
        abandon();
        dial();
      } else {
        boolean ours = cause == Dialer.CloseCause.OURS;
        end(Finding.of(ours ? Outcome.UNKNOWN : Outcome.HARD, reason, detail));
      }
    }

    void abandon() {
      cancelDeadline();
      if (attempt == this) {
        attempt = null;
      }
      if (subscribed) {
        subscribed = false;
        subscription.ended(loop.nanoTime());
      }
      Dialer.Dial currentDial = dial;
      if (currentDial != null) {
        currentDial.cancel();
      }
    }

    private void end(Finding finding) {
      abandon();
      List<StageTiming> done = List.copyOf(stages);
      clock.finished();
      report(finding, done, Map.of());
    }

    private void tick() {
      long nowNanos = loop.nanoTime();
      clock.finished();
      Finding finding = Finding.worst(subscription.findings(nowNanos));
      List<StageTiming> done = List.copyOf(stages);
      stages.clear();
      ping(nowNanos);
      report(finding, done, subscription.values(nowNanos));
    }

    private void ping(long nowNanos) {
      Heartbeat heartbeat = subscription.heartbeat();
      ZmtpSubscriber current = subscriber;
      if (current != null && heartbeat.due(nowNanos, config.cadence().timeout().toNanos())) {
        long ttlNanos = Math.max(MIN_TTL_NANOS, 3 * config.cadence().interval().toNanos());
        int ttlTenths = (int) Math.min(ttlNanos / TENTH_NANOS, Ping.MAX_TTL_TENTHS);
        if (current.ping(ttlTenths, heartbeat.nextContext())) {
          heartbeat.sent(nowNanos);
        }
      }
    }

    private void stage(String name) {
      long nowNanos = loop.nanoTime();
      stages.add(new StageTiming(name, nowNanos - stageNanos));
      stageNanos = nowNanos;
    }

    private void await(String stage) {
      cancelDeadline();
      deadline = loop.schedule(config.cadence().timeout().toNanos(), () -> missed(stage));
    }

    private void missed(String stage) {
      long nowNanos = loop.nanoTime();
      if (!stalling) {
        stalling = true;
        stallingSinceNanos = nowNanos;
      }
      boolean expired = nowNanos - stallingSinceNanos >= config.silenceHard().toNanos();
      end(
          Finding.of(
              expired ? Outcome.HARD : Outcome.SOFT,
              expired ? Reason.STALL_EXPIRED : Reason.STALL,
              "no " + stage + " within " + config.cadence().timeout().toMillis() + " ms"));
    }

    private void cancelDeadline() {
      Loop.Timer current = deadline;
      if (current != null) {
        current.cancel();
        deadline = null;
      }
    }
  }
}
