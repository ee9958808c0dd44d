package org.bgpannouncer.probe.net.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.CodecException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.bgpannouncer.probe.net.http.HttpMessage.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The HTTP codec on the wire: whole, byte by byte, cut anywhere, and hostile. */
class HttpExchangeTest {
  private static final int MAX_BODY = 64;

  /** A connection on which one request was sent. */
  private static final class Connection {
    final EmbeddedChannel channel = new EmbeddedChannel();

    Connection() {
      HttpExchange.addTo(channel.pipeline(), MAX_BODY);
      channel.writeOutbound(new HttpMessage.Request("GET", "/", Map.of("Host", "h"), ""));
      channel.releaseOutbound();
    }

    void feed(byte[] bytes, int from, int to) {
      channel.writeInbound(Unpooled.copiedBuffer(bytes, from, to - from));
    }

    List<Object> read() {
      List<Object> read = new ArrayList<>();
      for (Object next = channel.readInbound(); next != null; next = channel.readInbound()) {
        read.add(next);
      }
      return read;
    }
  }

  private static byte[] wire(String text) {
    return text.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
  }

  static Stream<Arguments> answers() {
    return Stream.of(
        Arguments.of(
            "HTTP/1.1 200 OK\nContent-Length: 4\n\nokay", new Response(200, "okay", false, true)),
        Arguments.of(
            "HTTP/1.1 503 Busy\nConnection: close\nContent-Length: 0\n\n",
            new Response(503, "", false, false)),
        Arguments.of(
            "HTTP/1.0 200 OK\nContent-Length: 2\n\nok", new Response(200, "ok", false, false)),
        Arguments.of("HTTP/1.1 204 No Content\n\n", new Response(204, "", false, true)),
        Arguments.of(
            "HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\nContent-Length: 2\n\nok",
            new Response(200, "ok", false, true)),
        Arguments.of(
            "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3;x=y\nabc\nA\n0123456789\n0\nT: v\n\n",
            new Response(200, "abc0123456789", false, true)));
  }

  @ParameterizedTest
  @MethodSource("answers")
  void anAnswerReadsTheSameWholeAndByteByByte(String text, Response expected) {
    byte[] bytes = wire(text);
    Connection whole = new Connection();
    whole.feed(bytes, 0, bytes.length);
    assertThat(whole.read()).containsExactly(expected);

    Connection slow = new Connection();
    for (int i = 0; i < bytes.length; i++) {
      slow.feed(bytes, i, i + 1);
    }
    assertThat(slow.read()).containsExactly(expected);
  }

  @ParameterizedTest
  @MethodSource("answers")
  void anAnswerReadsTheSameInTwoPiecesCutAnywhere(String text, Response expected) {
    byte[] bytes = wire(text);
    for (int cut = 0; cut <= bytes.length; cut++) {
      Connection connection = new Connection();
      connection.feed(bytes, 0, cut);
      connection.feed(bytes, cut, bytes.length);
      assertThat(connection.read()).as("cut at %d", cut).containsExactly(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("answers")
  void anAnswerThatEndsTooEarlyIsNone(String text, Response expected) {
    byte[] bytes = wire(text);
    for (int length = 0; length < bytes.length; length++) {
      Connection connection = new Connection();
      connection.feed(bytes, 0, length);
      connection.channel.finish();
      assertThat(connection.read()).as("%d of %d bytes", length, bytes.length).isEmpty();
    }
    assertThat(expected.cut()).isFalse();
  }

  @Test
  void aBodyWithoutALengthEndsWithTheConnection() {
    Connection connection = new Connection();
    byte[] bytes = wire("HTTP/1.1 200 OK\n\nuntil the end");
    connection.feed(bytes, 0, bytes.length);
    assertThat(connection.read()).isEmpty();

    connection.channel.finish();
    assertThat(connection.read()).containsExactly(new Response(200, "until the end", false, false));
  }

  @Test
  void aBodyBeyondTheLimitIsCutAndToldAtOnceAndItsRestIsDropped() {
    Connection connection = new Connection();
    byte[] head = wire("HTTP/1.1 200 OK\nContent-Length: 1000000000\n\n");
    byte[] piece = "x".repeat(50).getBytes(StandardCharsets.UTF_8);
    connection.feed(head, 0, head.length);
    connection.feed(piece, 0, 50);
    assertThat(connection.read()).isEmpty();
    connection.feed(piece, 0, 50);
    assertThat(connection.read())
        .containsExactly(new Response(200, "x".repeat(MAX_BODY), true, false));

    for (int i = 0; i < 1000; i++) {
      connection.feed(piece, 0, 50);
    }
    assertThat(connection.read()).isEmpty();
  }

  @Test
  void aBodyOfExactlyTheLimitIsWhole() {
    Connection connection = new Connection();
    byte[] bytes = wire("HTTP/1.1 200 OK\nContent-Length: 64\n\n" + "y".repeat(64));
    connection.feed(bytes, 0, bytes.length);
    assertThat(connection.read()).containsExactly(new Response(200, "y".repeat(64), false, true));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u00f9\u00be\u00b4\u00d9version\n\n",
        "SSH-2.0-OpenSSH_9.2\n\n\n",
        "HTTP/9 200 OK\n\n",
        "HTTP/2.0 200 OK\nContent-Length: 0\n\n",
        "RTSP/1.0 200 OK\nContent-Length: 0\n\n",
        "HTTP/1.1 2000 OK\nContent-Length: 0\n\n",
        "HTTP/1.1 20 OK\nContent-Length: 0\n\n",
        "HTTP/1.1 101 Switching Protocols\nUpgrade: x\n\nwhatever",
        "HTTP/1.1 two hundred\n\n",
        "HTTP/1.1 200 OK\nContent-Length: -5\n\n",
        "HTTP/1.1 200 OK\nContent-Length: 99999999999999999999\n\n",
        "HTTP/1.1 200 OK\nContent-Length: 5\nContent-Length: 6\n\nhello!",
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nzz\nabc\n",
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nffffffffffffffffff\nabc\n"
      })
  void whatIsNotHttpIsAProtocolErrorAndNoAnswer(String text) {
    refused(wire(text));
  }

  @Test
  void nothingIsReadBehindASwitchOfProtocolsThatNobodyAskedFor() {
    Connection connection = new Connection();
    byte[] bytes = wire("HTTP/1.1 101 Switching Protocols\n\nHTTP/1.1 204 No Content\n\n");
    assertThatThrownBy(() -> connection.feed(bytes, 0, bytes.length))
        .isInstanceOf(CodecException.class)
        .hasMessage("status: 101 (expected: 100 to 999, not 101)");
    assertThat(connection.read()).isEmpty();
  }

  @Test
  void aStatusLineOrHeadersWithoutEndAreAProtocolErrorAtTheirLimit() {
    refused(("HTTP/1.1 200 " + "x".repeat(5000)).getBytes(StandardCharsets.UTF_8));
    refused(wire("HTTP/1.1 200 OK\nA: " + "x".repeat(17_000)));
    refused(wire("HTTP/1.1 200 OK\n" + "A: xxxxxxxxxxxxxxxx\n".repeat(1000)));
  }

  private static void refused(byte[] bytes) {
    Connection connection = new Connection();
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < bytes.length; i++) {
                connection.feed(bytes, i, i + 1);
              }
              connection.channel.finish();
            })
        .isInstanceOf(CodecException.class);
    assertThat(connection.read()).isEmpty();
  }

  @Property(tries = 500)
  void anyBytesGiveAnswersOrACodecExceptionButNothingElse(@ForAll @Size(max = 300) byte[] bytes) {
    Connection connection = new Connection();
    try {
      connection.feed(bytes, 0, bytes.length);
      connection.channel.finish();
    } catch (CodecException e) {
      assertThat(e).isNotNull();
    }
    assertThat(connection.read()).allMatch(Response.class::isInstance);
  }

  @Test
  void aRequestIsWrittenAsItIsWithTheLengthOfItsBody() {
    EmbeddedChannel channel = new EmbeddedChannel();
    HttpExchange.addTo(channel.pipeline(), MAX_BODY);
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Host", "h:8332");
    headers.put("Authorization", "Basic eA==");
    channel.writeOutbound(new HttpMessage.Request("POST", "/", headers, "{\"\u00e9\":1}"));

    StringBuilder sent = new StringBuilder();
    for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
      sent.append(part.toString(StandardCharsets.UTF_8));
      part.release();
    }
    assertThat(sent.toString())
        .isEqualTo(
            "POST / HTTP/1.1\r\nHost: h:8332\r\nAuthorization: Basic eA==\r\n"
                + "content-length: 8\r\n\r\n{\"\u00e9\":1}");
  }
}
