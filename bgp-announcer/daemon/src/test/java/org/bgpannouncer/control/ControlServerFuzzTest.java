package org.bgpannouncer.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.bgpannouncer.engine.DrainRequest;
import org.bgpannouncer.engine.DrainResult;
import org.bgpannouncer.engine.ReloadResult;
import org.bgpannouncer.observe.StatusSnapshot;

/**
 * Whatever a client sends to the control socket, it gets one answer or none, in HTTP and however
 * its octets are cut, and its connection ends with the answer.
 */
final class ControlServerFuzzTest {
  /** To who waits with the body until it is asked for (RFC 9110 section 10.1.1). */
  private static final String INTERIM = "HTTP/1.1 100 Continue\r\n\r\n";

  private static final ControlApi API =
      new ControlApi() {
        @Override
        public StatusSnapshot status() {
          return Snapshots.oneDeadHost();
        }

        @Override
        public CompletionStage<ReloadResult> reload() {
          return CompletableFuture.completedStage(
              new ReloadResult(List.of(), List.of(), List.of(), List.of(), List.of()));
        }

        @Override
        public CompletionStage<DrainResult> drain(DrainRequest request) {
          return CompletableFuture.completedStage(new DrainResult(List.of(), List.of()));
        }

        @Override
        public CompletionStage<DrainResult> undrain(String host) {
          return CompletableFuture.completedStage(
              new DrainResult(List.of(), List.of("no " + host)));
        }
      };

  @FuzzTest
  void answersOnceAndCloses(byte[] stream) {
    String whole = answer(stream, Math.max(1, stream.length));
    assertThat(answer(stream, 1)).isEqualTo(whole);
    assertThat(whole.split("HTTP/1\\.1 [0-9]{3} ", -1)).hasSizeLessThanOrEqualTo(2);
  }

  private static String answer(byte[] stream, int step) {
    EmbeddedChannel channel = new EmbeddedChannel();
    ControlServer.addHandlers(channel.pipeline(), API);
    StringBuilder answer = new StringBuilder();
    for (int from = 0; from < stream.length && channel.isOpen(); from += step) {
      int length = Math.min(step, stream.length - from);
      channel.writeInbound(Unpooled.copiedBuffer(stream, from, length));
    }
    for (ByteBuf next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
      answer.append(next.toString(StandardCharsets.UTF_8));
      next.release();
    }
    boolean closed = !channel.isOpen();
    channel.finishAndReleaseAll();
    String finalAnswer = answer.toString().replace(INTERIM, "");
    assertThat(finalAnswer.isEmpty() || closed).isTrue();
    return finalAnswer;
  }
}
