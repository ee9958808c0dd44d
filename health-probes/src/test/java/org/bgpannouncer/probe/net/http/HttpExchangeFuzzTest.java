package org.bgpannouncer.probe.net.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.CorruptedFrameException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bgpannouncer.probe.net.http.HttpMessage.Response;

/**
 * Whatever a server answers to one request is read as answers of bounded length, then at most one
 * violation, and TCP's cuts change nothing.
 */
final class HttpExchangeFuzzTest {
  private static final int MAX_BODY = 64;

  /** What was read: answers, and whether something was no HTTP. */
  private record Reading(List<Object> answers, boolean violated) {}

  @FuzzTest
  void readsTheSameHoweverItIsCut(byte[] stream) {
    Reading whole = read(stream, Math.max(1, stream.length));
    assertThat(read(stream, 1)).isEqualTo(whole);
    for (Object answer : whole.answers()) {
      Response response = (Response) answer;
      assertThat(response.body()).hasSizeLessThanOrEqualTo(MAX_BODY);
      assertThat(response.cut() && response.keepAlive()).isFalse();
      assertThat(response.status()).isBetween(100, 999);
    }
  }

  private static Reading read(byte[] stream, int step) {
    List<Object> answers = new ArrayList<>();
    boolean violated = false;
    EmbeddedChannel channel = new EmbeddedChannel();
    HttpExchange.addTo(channel.pipeline(), MAX_BODY);
    channel.writeOutbound(new HttpMessage.Request("GET", "/", Map.of("Host", "h"), ""));
    channel.releaseOutbound();
    for (int from = 0; from < stream.length && !violated; from += step) {
      int length = Math.min(step, stream.length - from);
      try {
        channel.writeInbound(Unpooled.copiedBuffer(stream, from, length));
      } catch (CorruptedFrameException e) {
        violated = true;
      }
    }
    channel.finish();
    for (Object next = channel.readInbound(); next != null; next = channel.readInbound()) {
      answers.add(next);
    }
    return new Reading(answers, violated);
  }
}
