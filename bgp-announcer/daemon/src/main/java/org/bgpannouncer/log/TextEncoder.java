package org.bgpannouncer.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.bgpannouncer.probe.PlainText;
import org.slf4j.event.KeyValuePair;

/**
 * {@code 2026-11-22T18:00:00.123Z INFO message key=value key="two words"}. What a peer sent cannot
 * begin a line of its own or move a terminal's cursor: it is {@linkplain PlainText plain}.
 */
final class TextEncoder extends EncoderBase<ILoggingEvent> {
  @Override
  public byte[] headerBytes() {
    return new byte[0];
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(160);
    line.append(Instant.ofEpochMilli(event.getTimeStamp()).truncatedTo(ChronoUnit.MILLIS));
    line.append(' ').append(event.getLevel());
    String message = event.getFormattedMessage();
    if (!message.isEmpty()) {
      line.append(' ').append(PlainText.of(message));
    }
    if (event.getKeyValuePairs() != null) {
      for (KeyValuePair pair : event.getKeyValuePairs()) {
        line.append(' ').append(pair.key).append('=').append(quoted(String.valueOf(pair.value)));
      }
    }
    line.append('\n');
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      // The message of an exception may be a peer's words: each line is cleaned, and indented, so
      // that none passes for one of ours.
      ThrowableProxyUtil.asString(thrown)
          .lines()
          .forEach(each -> line.append('\t').append(PlainText.of(each.strip())).append('\n'));
    }
    return line.toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] footerBytes() {
    return new byte[0];
  }

  private static String quoted(String value) {
    String clean = PlainText.of(value);
    boolean plain =
        !clean.isEmpty() && clean.chars().noneMatch(c -> c == ' ' || c == '"' || c == '=');
    return plain ? clean : '"' + clean.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
