package org.bgpannouncer.probe.http;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.ObservationListener;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Probe;
import org.bgpannouncer.probe.finding.Finding;
import org.bgpannouncer.probe.net.BlockingRead;
import org.bgpannouncer.probe.net.Dialer;
import org.bgpannouncer.probe.net.NettyDialer;
import org.bgpannouncer.probe.net.http.HttpExchange;
import org.bgpannouncer.probe.net.http.HttpMessage;
import org.bgpannouncer.probe.pacing.AttemptRunner;
import org.bgpannouncer.probe.time.Loop;

/**
 * One GET per attempt, each on a connection of its own: status, body, a value in it, and the
 * certificate's remaining validity. Redirects are not followed; a body is read up to 256 KiB and
 * judged by what was read.
 *
 * <p>Whatever differs from the expectation is HARD, and so is a stage that misses its deadline; a
 * certificate about to expire is SOFT. An expression that takes too many steps on the body is our
 * own fault: UNKNOWN.
 *
 * <p>Its check is named by {@link HttpConfig#check}.
 */
public final class HttpProbe implements Probe {
  static final int MAX_BODY_BYTES = 256 * 1024;

  private final HttpConfig config;
  private final Loop loop;
  private final Dialer<HttpMessage> dialer;
  private final Security security;
  private final Expectation expectation;
  private final InstantSource wallClock;
  private final AttemptRunner runner;

  /** Whether and how the connection is secured. */
  interface Security {
    /** Nothing to secure: plain HTTP. */
    Security NONE =
        new Security() {
          @Override
          public boolean on() {
            return false;
          }

          @Override
          public void prepare(long timeoutNanos, Consumer<Optional<String>> ready) {
            ready.accept(Optional.empty());
          }

          @Override
          public void distrust() {}
        };

    /** Whether a TLS handshake follows the connect. */
    boolean on();

    /** Calls back once it is ready, or with what went wrong on our side. */
    void prepare(long timeoutNanos, Consumer<Optional<String>> ready);

    /** The next preparation starts from the file again. */
    void distrust();
  }

  HttpProbe(
      String host,
      HttpConfig config,
      Loop loop,
      Dialer<HttpMessage> dialer,
      Security security,
      InstantSource wallClock,
      RandomGenerator random) {
    this.config = config;
    this.loop = loop;
    this.dialer = dialer;
    this.security = security;
    this.expectation = new Expectation(config);
    this.wallClock = wallClock;
    this.runner =
        new AttemptRunner(host, config.check(), loop, config.cadence(), random, this::attempt);
  }

  /**
   * A probe of {@code host} on a loop of {@link org.bgpannouncer.probe.ProbeRuntime}.
   *
   * @throws IllegalArgumentException if the URI is neither http nor https or has no host, or the
   *     JSON expectation cannot be read
   */
  public static HttpProbe create(String host, HttpConfig config, Loop loop) {
    String scheme = String.valueOf(config.uri().getScheme()).toLowerCase(Locale.ROOT);
    if (config.uri().getHost() == null || !(scheme.equals("http") || scheme.equals("https"))) {
      throw new IllegalArgumentException(
          "uri: " + config.uri() + " (expected: http or https with a host)");
    }
    Tls tls =
        scheme.equals("https")
            ? new Tls(config.uri(), config.trust(), loop, BlockingRead.threadPerRead())
            : null;
    Dialer<HttpMessage> dialer =
        NettyDialer.on(
            loop,
            HttpMessage.class,
            pipeline -> {
              if (tls != null) {
                tls.addTo(pipeline);
              }
              HttpExchange.addTo(pipeline, MAX_BODY_BYTES);
            });
    return new HttpProbe(
        host,
        config,
        loop,
        dialer,
        tls == null ? Security.NONE : tls,
        InstantSource.system(),
        new SplittableRandom());
  }

  @Override
  public void start(ObservationListener listener) {
    runner.start(listener);
  }

  @Override
  public void pace(Pace pace) {
    runner.pace(pace);
  }

  @Override
  public Set<Check> checks() {
    return runner.checks();
  }

  @Override
  public void close() {
    runner.close();
  }

  private Runnable attempt(AttemptRunner.End end) {
    HttpAttempt next =
        new HttpAttempt(
            loop,
            new HttpAttempt.Plan(
                config.address(),
                config.source().orElse(null),
                config.cadence().timeout().toNanos(),
                request(config.uri())),
            dialer,
            security,
            ended -> end.tell(() -> judge(ended), ended.stages()));
    next.start();
    return next::cancel;
  }

  private Finding judge(HttpAttempt attempt) {
    return attempt.judge(expectation, wallClock.instant(), config.certificateSoft());
  }

  private static HttpMessage.Request request(URI uri) {
    String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Host", uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort()));
    headers.put("User-Agent", "bgp-announcer");
    headers.put("Accept", "*/*");
    headers.put("Connection", "close");
    return new HttpMessage.Request(
        "GET", uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery(), headers, "");
  }

  /** Whether a certificate that expires at {@code notAfter} expires soon. */
  static boolean expiresSoon(Instant notAfter, Instant now, Duration soft) {
    return notAfter.isBefore(now.plus(soft));
  }
}
