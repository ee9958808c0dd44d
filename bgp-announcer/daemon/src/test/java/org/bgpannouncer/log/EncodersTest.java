package org.bgpannouncer.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

/** What a peer sent reaches the log, but neither a line of its own nor the terminal's cursor. */
class EncodersTest {
  private static final String HOSTILE =
      "\u009b2J\u001b[1m\u2028\u202e\n2026-01-02T12:00:00Z INFO x";
  private static final String UNFIT = "(?s).*[\\p{Cc}\\p{Cf}\\u2028\\u2029].*";

  @Test
  void aTextLineIsOneLineOfPlainText() {
    assertThat(encoded(new TextEncoder(), null))
        .isEqualTo(
            "2026-01-02T12:00:00Z WARN "
                + "?2J?[1m???2026-01-02T12:00:00Z INFO x"
                + " reason=\"?2J?[1m???2026-01-02T12:00:00Z INFO x\"\n");
  }

  @Test
  void noLineOfAStackTracePassesForOneOfOurs() {
    String text =
        encoded(
            new TextEncoder(),
            new IllegalStateException(HOSTILE, new IllegalArgumentException(HOSTILE)));
    assertThat(text).contains("Caused by: java.lang.IllegalArgumentException: ?2J?[1m");
    assertThat(text.lines().skip(1))
        .hasSizeGreaterThan(4)
        .allMatch(line -> line.startsWith("\t"))
        .noneMatch(line -> line.substring(1).matches(UNFIT));
  }

  @Test
  void aJsonLineIsPureAsciiAndLosesNothing() throws Exception {
    String text = encoded(new JsonEncoder(), new IllegalStateException(HOSTILE));
    assertThat(text).matches("[ -~]+\n");
    assertThat(new ObjectMapper().readTree(text).path("reason").textValue()).isEqualTo(HOSTILE);
  }

  private static String encoded(EncoderBase<ILoggingEvent> encoder, @Nullable Throwable thrown) {
    LoggingEvent event =
        new LoggingEvent(
            "", new LoggerContext().getLogger("x"), Level.WARN, HOSTILE, thrown, new Object[0]);
    event.setInstant(Instant.parse("2026-01-02T12:00:00Z"));
    event.addKeyValuePair(new KeyValuePair("reason", HOSTILE));
    return new String(encoder.encode(event), StandardCharsets.UTF_8);
  }
}
