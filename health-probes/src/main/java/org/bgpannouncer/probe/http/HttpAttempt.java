package org.bgpannouncer.probe.http;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.bgpannouncer.probe.Observation.StageTiming;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.finding.Finding;
import org.bgpannouncer.probe.net.DialFailure;
import org.bgpannouncer.probe.net.Dialer;
import org.bgpannouncer.probe.net.http.HttpMessage;
import org.bgpannouncer.probe.time.Loop;
import org.jspecify.annotations.Nullable;

/** One GET: connect, perhaps TLS, request, answer; a deadline for each. Confined to its loop. */
final class HttpAttempt implements Dialer.Handler<HttpMessage> {
  private final Loop loop;
  private final Plan plan;
  private final Dialer<HttpMessage> dialer;
  private final HttpProbe.Security security;
  private final Consumer<HttpAttempt> onEnd;
  private final List<StageTiming> stages = new ArrayList<>();
  private Dialer.@Nullable Dial dial;
  private Dialer.@Nullable Link<HttpMessage> link;
  private Loop.@Nullable Timer deadline;
  private HttpMessage.@Nullable Secured secured;
  private HttpMessage.@Nullable Response response;
  private @Nullable Finding failure;
  private long stageStartNanos;
  private boolean over;

  /** What to do; {@code timeoutNanos} is that of each stage. */
  record Plan(
      InetSocketAddress address,
      @Nullable InetAddress source,
      long timeoutNanos,
      HttpMessage.Request request) {}

  HttpAttempt(
      Loop loop,
      Plan plan,
      Dialer<HttpMessage> dialer,
      HttpProbe.Security security,
      Consumer<HttpAttempt> onEnd) {
    this.loop = loop;
    this.plan = plan;
    this.dialer = dialer;
    this.security = security;
    this.onEnd = onEnd;
  }

  void start() {
    security.prepare(plan.timeoutNanos(), this::prepared);
  }

  private void prepared(Optional<String> problem) {
    if (over) {
      return;
    }
    if (problem.isPresent()) {
      fail(Outcome.UNKNOWN, Reason.LOCAL_FILE, "trust: " + problem.get());
      return;
    }
    stageStartNanos = loop.nanoTime();
    dial = dialer.dial(plan.address(), plan.source(), plan.timeoutNanos(), this);
  }

  /** Ends the attempt without a word. */
  void cancel() {
    over = true;
    if (deadline != null) {
      deadline.cancel();
    }
    if (dial != null) {
      dial.cancel();
    }
  }

  List<StageTiming> stages() {
    return stages;
  }

  @Override
  public void connected(Dialer.Link<HttpMessage> established) {
    link = established;
    stage("connect");
    if (security.on()) {
      await("TLS handshake");
    } else {
      request();
    }
  }

  @Override
  public void failed(DialFailure why) {
    fail(why.outcome(), why.reason(), why.detail());
  }

  @Override
  public void received(HttpMessage message) {
    if (message instanceof HttpMessage.Secured established) {
      secured = established;
      stage("tls");
      request();
    } else if (message instanceof HttpMessage.Insecure refused) {
      security.distrust();
      fail(
          Outcome.HARD,
          refused.expired() ? Reason.CERTIFICATE_EXPIRED : Reason.TLS_FAILED,
          refused.detail());
    } else if (message instanceof HttpMessage.Response answer) {
      stage("response");
      response = answer;
      end();
    }
  }

  @Override
  public void closed(Dialer.CloseCause cause, String detail) {
    switch (cause) {
      case FIN, ERROR -> fail(Outcome.HARD, Reason.CLOSED, detail);
      case RST -> fail(Outcome.HARD, Reason.RESET, detail);
      case PROTOCOL_ERROR -> fail(Outcome.HARD, Reason.PROTOCOL_ERROR, detail);
      case OURS -> fail(Outcome.UNKNOWN, Reason.INTERNAL_ERROR, detail);
    }
  }

  private void request() {
    if (link != null) {
      await("answer");
      link.send(plan.request());
    }
  }

  private void await(String what) {
    if (deadline != null) {
      deadline.cancel();
    }
    deadline =
        loop.schedule(
            plan.timeoutNanos(),
            () ->
                fail(
                    Outcome.HARD,
                    Reason.STALL,
                    "no " + what + " within " + plan.timeoutNanos() / 1_000_000 + " ms"));
  }

  private void stage(String name) {
    long nowNanos = loop.nanoTime();
    stages.add(new StageTiming(name, nowNanos - stageStartNanos));
    stageStartNanos = nowNanos;
  }

  private void fail(Outcome outcome, Reason reason, String detail) {
    if (!over) {
      failure = Finding.of(outcome, reason, detail);
      end();
    }
  }

  private void end() {
    if (!over) {
      cancel();
      onEnd.accept(this);
    }
  }

  /** Judges the attempt that has ended. */
  Finding judge(Expectation expectation, Instant now, Duration certificateSoft) {
    if (failure != null) {
      return failure;
    }
    HttpMessage.Response answer = response;
    if (answer == null) {
      throw new IllegalStateException("response: absent (expected: an attempt that has ended)");
    }
    Map<String, String> values = new LinkedHashMap<>();
    values.put("status", Integer.toString(answer.status()));
    values.put("body-chars", Integer.toString(answer.body().length()));
    HttpMessage.Secured tls = secured;
    if (tls != null) {
      values.put("tls", tls.protocol());
      values.put("certificate-not-after", tls.notAfter().toString());
    }
    Optional<Finding> mismatch = expectation.mismatch(answer);
    if (mismatch.isPresent()) {
      return mismatch.get().with(values);
    }
    if (tls != null && HttpProbe.expiresSoon(tls.notAfter(), now, certificateSoft)) {
      return Finding.of(
              Outcome.SOFT, Reason.CERTIFICATE_EXPIRES, "certificate expires " + tls.notAfter())
          .with(values);
    }
    return Finding.passed(values);
  }
}
