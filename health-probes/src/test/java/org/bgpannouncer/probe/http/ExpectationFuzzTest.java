package org.bgpannouncer.probe.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.finding.Finding;
import org.bgpannouncer.probe.http.HttpConfig.JsonExpectation;
import org.bgpannouncer.probe.net.http.HttpMessage.Response;

/**
 * Whatever body a server sends, it holds the value that is looked for, or the finding says in a few
 * words why not; an expression that backtracks without end over it is our failure and never the
 * host's.
 */
final class ExpectationFuzzTest {
  private static final int MAX_DETAIL_CHARS = 400;
  private static final JsonExpectation SYNCHRONIZED = new JsonExpectation("/a/0/sync", "true");
  private static final String BACKTRACKING = "^(([a-z])+.)+[A-Z]([a-z])+$";

  private final Expectation json = expectation(Optional.empty(), Optional.of(SYNCHRONIZED));
  private final Expectation body =
      expectation(Optional.of(Pattern.compile(BACKTRACKING)), Optional.empty());

  @FuzzTest
  void saysInAFewWordsWhatIsAmiss(byte[] input) {
    Response response = new Response(200, new String(input, StandardCharsets.UTF_8), false, true);
    Optional<Finding> amiss = json.mismatch(response);
    amiss.ifPresent(ExpectationFuzzTest::requireShort);
    amiss.ifPresent(finding -> assertThat(finding.outcome()).isEqualTo(Outcome.HARD));
    body.mismatch(response).ifPresent(ExpectationFuzzTest::requireShort);
  }

  private static void requireShort(Finding finding) {
    assertThat(finding.outcome()).isIn(Outcome.HARD, Outcome.UNKNOWN);
    assertThat(finding.detail()).isNotEmpty().hasSizeLessThanOrEqualTo(MAX_DETAIL_CHARS);
  }

  private static Expectation expectation(Optional<Pattern> body, Optional<JsonExpectation> json) {
    return new Expectation(
        new HttpConfig(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 80),
            URI.create("http://h/"),
            Optional.empty(),
            Cadence.DEFAULT,
            List.of(200),
            body,
            json,
            Optional.empty(),
            Duration.ofDays(7)));
  }
}
