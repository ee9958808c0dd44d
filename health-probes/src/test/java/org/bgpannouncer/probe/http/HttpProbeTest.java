package org.bgpannouncer.probe.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Observation.StageTiming;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.http.HttpConfig.JsonExpectation;
import org.bgpannouncer.probe.net.Dialer.CloseCause;
import org.bgpannouncer.probe.net.http.HttpMessage;
import org.bgpannouncer.probe.net.http.ScriptedHttp;
import org.bgpannouncer.probe.time.VirtualTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HttpProbeTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  private final VirtualTime time = new VirtualTime();
  private final List<Observation> observations = new ArrayList<>();
  private final List<HttpMessage.Request> requests = new ArrayList<>();
  private final ScriptedHttp peer =
      new ScriptedHttp(
          time,
          (connection, request) -> {
            requests.add(request);
            connection.answer(200, "{\"synchronized\":true,\"height\":7}");
          });

  private static HttpConfig config(
      String uri, Optional<Pattern> body, Optional<JsonExpectation> json) {
    return new HttpConfig(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 8080),
        URI.create(uri),
        Optional.empty(),
        Cadence.DEFAULT,
        List.of(200, 204),
        body,
        json,
        Optional.empty(),
        Duration.ofDays(7));
  }

  private Observation probe(HttpConfig config, HttpProbe.Security security) {
    HttpProbe probe =
        new HttpProbe(
            "web1",
            config,
            time,
            peer,
            security,
            InstantSource.fixed(NOW),
            new SplittableRandom(7));
    probe.start(observations::add);
    time.advance(Duration.ofSeconds(4));
    probe.close();
    time.runDue();
    assertThat(observations).hasSize(1);
    assertThat(peer.open()).isZero();
    assertThat(time.pending()).isZero();
    return observations.get(0);
  }

  private Observation probe(HttpConfig config) {
    return probe(config, HttpProbe.Security.NONE);
  }

  private Observation probePlain() {
    return probe(config("http://pay.example:8080/", Optional.empty(), Optional.empty()));
  }

  @Test
  void sendsOneGetForTheUriWhateverAddressItDials() {
    Observation seen =
        probe(
            config(
                "http://pay.example:8080/api/v1/health?a=b", Optional.empty(), Optional.empty()));

    assertThat(seen.outcome()).isEqualTo(Outcome.OK);
    assertThat(seen.values()).containsEntry("status", "200");
    assertThat(seen.stages()).extracting(StageTiming::name).containsExactly("connect", "response");
    assertThat(seen.check().toString()).startsWith("http.http://pay.example:8080/api/v1/health-");
    assertThat(requests).hasSize(1);
    assertThat(requests.get(0).target()).isEqualTo("/api/v1/health?a=b");
    assertThat(requests.get(0).headers())
        .containsAllEntriesOf(Map.of("Host", "pay.example:8080", "Connection", "close"));
  }

  @Test
  void anotherStatusIsHard() {
    peer.script((connection, request) -> connection.answer(503, ""));

    assertThat(probePlain())
        .extracting(Observation::outcome, Observation::reason, Observation::detail)
        .containsExactly(Outcome.HARD, Reason.HTTP_STATUS, "status: 503 (expected: [200, 204])");
  }

  @Test
  void aBodyThatDoesNotMatchIsHard() {
    Observation seen =
        probe(config("http://h/", Optional.of(Pattern.compile("ready=\\d+")), Optional.empty()));

    assertThat(seen)
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.HARD, Reason.HTTP_BODY);
    assertThat(seen.detail()).endsWith("(expected: match of ready=\\d+)");
  }

  @Test
  void aCatastrophicExpressionIsOurFaultAndEnds() {
    peer.script((connection, request) -> connection.answer(200, "a".repeat(3000)));
    Observation seen =
        probe(
            config(
                "http://h/", Optional.of(Pattern.compile("(.*)(.*)(.*)(.*)z")), Optional.empty()));

    assertThat(seen)
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.UNKNOWN, Reason.INTERNAL_ERROR);
  }

  @Test
  void anExpressionThatExhaustsTheStackIsOurFaultAndEnds() {
    peer.script((connection, request) -> connection.answer(200, "ab".repeat(100_000)));
    Observation seen =
        probe(config("http://h/", Optional.of(Pattern.compile("^(a|b)*$")), Optional.empty()));

    assertThat(seen.outcome()).isEqualTo(Outcome.UNKNOWN);
  }

  @Test
  void looksUpTheExpectedJsonValue() {
    Optional<JsonExpectation> expected = Optional.of(new JsonExpectation("/synchronized", "true"));

    assertThat(probe(config("http://h/", Optional.empty(), expected)).outcome())
        .isEqualTo(Outcome.OK);
  }

  @Test
  void aNodeThatSaysItIsNotSynchronizedWithStatus200IsNotOk() {
    peer.script((connection, request) -> connection.answer(200, "{\"synchronized\":false}"));
    Optional<JsonExpectation> expected = Optional.of(new JsonExpectation("/synchronized", "true"));

    assertThat(probe(config("http://h/", Optional.empty(), expected)))
        .extracting(Observation::outcome, Observation::reason, Observation::detail)
        .containsExactly(Outcome.HARD, Reason.HTTP_BODY, "/synchronized: false (expected: true)");
  }

  @Test
  void anAbsentJsonValueAndABodyThatIsNoJsonAreHard() {
    peer.script((connection, request) -> connection.answer(200, "<html>"));
    Optional<JsonExpectation> expected = Optional.of(new JsonExpectation("/synchronized", "true"));

    assertThat(probe(config("http://h/", Optional.empty(), expected)).detail())
        .startsWith("body: not JSON");
  }

  @Test
  void silenceAfterTheConnectIsHardAtTheDeadline() {
    peer.script((connection, request) -> {});

    assertThat(probePlain())
        .extracting(Observation::outcome, Observation::reason, Observation::atNanos)
        .containsExactly(Outcome.HARD, Reason.STALL, Duration.ofSeconds(3).toNanos());
  }

  @Test
  void anEndWithoutAnAnswerIsHard() {
    peer.script((connection, request) -> connection.close(CloseCause.RST));

    assertThat(probePlain())
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.HARD, Reason.RESET);
  }

  @Test
  void ourOwnFailureOnAConnectionIsUnknown() {
    peer.script((connection, request) -> connection.close(CloseCause.OURS));

    assertThat(probePlain())
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.UNKNOWN, Reason.INTERNAL_ERROR);
  }

  @Test
  void aRefusedDialIsHard() {
    peer.refuse();

    assertThat(probePlain())
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.HARD, Reason.REFUSED);
  }

  @Test
  void aCertificateAboutToExpireIsSoft() {
    assertThat(probeTls(NOW.plus(Duration.ofDays(6))))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.SOFT, Reason.CERTIFICATE_EXPIRES);
  }

  @Test
  void aCertificateWithAWeekLeftPassesAndShowsItsEnd() {
    Observation seen = probeTls(NOW.plus(Duration.ofDays(7)));

    assertThat(seen.outcome()).isEqualTo(Outcome.OK);
    assertThat(seen.values())
        .containsEntry("tls", "TLSv1.3")
        .containsEntry("certificate-not-after", "2026-11-29T12:00:00Z");
    assertThat(seen.stages())
        .extracting(StageTiming::name)
        .containsExactly("connect", "tls", "response");
  }

  @Test
  void anExpiredCertificateIsHard() {
    assertThat(probeTls(new HttpMessage.Insecure(true, "NotAfter: Sat Nov 21")))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.HARD, Reason.CERTIFICATE_EXPIRED);
  }

  @Test
  void anUntrustedCertificateIsHard() {
    assertThat(probeTls(new HttpMessage.Insecure(false, "unable to find valid path")))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.HARD, Reason.TLS_FAILED);
  }

  @Test
  void aTrustFileThatCannotBeReadIsUnknown() {
    HttpConfig https = config("https://pay.example/", Optional.empty(), Optional.empty());

    assertThat(probe(https, new ScriptedSecurity(Optional.of("no such file"))))
        .extracting(Observation::outcome, Observation::reason, Observation::detail)
        .containsExactly(Outcome.UNKNOWN, Reason.LOCAL_FILE, "trust: no such file");
    assertThat(peer.dials()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "ok", "1 2", " "})
  void refusesAnExpectationThatIsNotOneJsonValue(String expected) {
    assertThatThrownBy(() -> new JsonExpectation("/a", expected))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("expected: " + expected + " (expected: one JSON value)");
  }

  private Observation probeTls(Instant notAfter) {
    return probeTls(new HttpMessage.Secured("TLSv1.3", notAfter));
  }

  private Observation probeTls(HttpMessage handshake) {
    peer.onConnect(connection -> connection.say(handshake));
    return probe(
        config("https://pay.example/", Optional.empty(), Optional.empty()),
        new ScriptedSecurity(Optional.empty()));
  }

  private record ScriptedSecurity(Optional<String> problem) implements HttpProbe.Security {
    @Override
    public boolean on() {
      return true;
    }

    @Override
    public void prepare(long timeoutNanos, Consumer<Optional<String>> ready) {
      ready.accept(problem);
    }

    @Override
    public void distrust() {}
  }
}
