package org.bgpannouncer.probe.net.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Turns {@link HttpMessage.Request} into bytes and bytes into {@link HttpMessage.Response}.
 *
 * <p>Memory per connection is bounded: a status line of 4 KiB, headers of 16 KiB, a body of what
 * the caller allows. A body beyond that is cut and reported at once, and the rest is not kept. What
 * is not HTTP/1.x ends the connection as a protocol error, and so does a switch to another protocol
 * (101), for which nobody asked; what follows is dropped. Other interim answers (1xx) are skipped.
 */
public final class HttpExchange extends ChannelDuplexHandler {
  private static final int MAX_INITIAL_LINE_BYTES = 4096;
  private static final int MAX_HEADER_BYTES = 16 * 1024;
  private static final int MAX_CHUNK_BYTES = 8 * 1024;

  private final int maxBodyBytes;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private @Nullable HttpResponse head;
  private boolean over;

  private HttpExchange(int maxBodyBytes) {
    this.maxBodyBytes = maxBodyBytes;
  }

  /** Adds the codec, with bodies of at most {@code maxBodyBytes}. */
  public static void addTo(ChannelPipeline pipeline, int maxBodyBytes) {
    pipeline.addLast(
        new HttpClientCodec(MAX_INITIAL_LINE_BYTES, MAX_HEADER_BYTES, MAX_CHUNK_BYTES));
    pipeline.addLast(new HttpExchange(maxBodyBytes));
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    context.write(
        message instanceof HttpMessage.Request request ? encode(request) : message, promise);
  }

  private static FullHttpRequest encode(HttpMessage.Request request) {
    ByteBuf content = Unpooled.copiedBuffer(request.body(), StandardCharsets.UTF_8);
    FullHttpRequest encoded =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1, HttpMethod.valueOf(request.method()), request.target(), content);
    request.headers().forEach(encoded.headers()::set);
    if (content.isReadable()) {
      encoded.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, content.readableBytes());
    }
    return encoded;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (over) {
      ReferenceCountUtil.release(message);
      return;
    }
    if (!(message instanceof HttpObject part)) {
      context.fireChannelRead(message);
      return;
    }
    try {
      if (part.decoderResult().cause() instanceof PrematureChannelClosureException) {
        head = null;
        return; // the end of the connection tells itself
      }
      if (part.decoderResult().isFailure()) {
        over = true;
        throw new CorruptedFrameException("not HTTP/1.x", part.decoderResult().cause());
      }
      if (part instanceof HttpResponse response) {
        requireAnswer(response);
        head = response;
        body.reset();
      }
      if (part instanceof HttpContent content) {
        collect(context, content);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void requireAnswer(HttpResponse response) {
    HttpVersion version = response.protocolVersion();
    int code = response.status().code();
    if (!version.protocolName().equals("HTTP") || version.majorVersion() != 1) {
      over = true;
      throw new CorruptedFrameException("version: " + version + " (expected: HTTP/1.x)");
    }
    if (code < 100 || code > 999 || code == HttpResponseStatus.SWITCHING_PROTOCOLS.code()) {
      over = true;
      throw new CorruptedFrameException("status: " + code + " (expected: 100 to 999, not 101)");
    }
  }

  private void collect(ChannelHandlerContext context, HttpContent part) {
    HttpResponse response = head;
    if (response == null) {
      return; // the rest of an answer that was cut
    }
    int room = maxBodyBytes - body.size();
    int length = part.content().readableBytes();
    try {
      part.content().readBytes(body, Math.min(room, length));
    } catch (IOException e) {
      throw new UncheckedIOException("a byte array does not fail", e);
    }
    boolean cut = length > room;
    if (!cut && !(part instanceof LastHttpContent)) {
      return;
    }
    head = null;
    if (response.status().codeClass() != HttpStatusClass.INFORMATIONAL) {
      context.fireChannelRead(
          new HttpMessage.Response(
              response.status().code(),
              body.toString(StandardCharsets.UTF_8),
              cut,
              !cut && endsByItself(response) && HttpUtil.isKeepAlive(response)));
    }
    body.reset();
  }

  /**
   * Whether the end of the body is told by anything but the end of the connection (RFC 9112 6.3).
   */
  private static boolean endsByItself(HttpResponse response) {
    HttpResponseStatus status = response.status();
    return HttpUtil.isContentLengthSet(response)
        || HttpUtil.isTransferEncodingChunked(response)
        || status.equals(HttpResponseStatus.NO_CONTENT)
        || status.equals(HttpResponseStatus.NOT_MODIFIED);
  }
}
