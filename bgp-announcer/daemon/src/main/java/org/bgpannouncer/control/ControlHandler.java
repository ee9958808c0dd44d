package org.bgpannouncer.control;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Predicate;
import org.bgpannouncer.engine.DrainResult;
import org.bgpannouncer.engine.ReloadResult;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers one request and closes. Whatever a client does wrong costs its own connection only. */
final class ControlHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(ControlHandler.class);

  private final ControlApi api;

  ControlHandler(ControlApi api) {
    this.api = api;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    if (request.decoderResult().isFailure()) {
      answer(context, HttpResponseStatus.BAD_REQUEST, error("not HTTP"));
      return;
    }
    String call = request.method().name() + " " + request.uri();
    try {
      switch (call) {
        case "GET /v1/status" -> ok(context, StatusJson.status(api.status()));
        case "GET /v1/hosts" -> ok(context, StatusJson.hosts(api.status()));
        case "GET /v1/routes" -> ok(context, StatusJson.routes(api.status()));
        case "POST /v1/reload" ->
            await(context, call, api.reload(), ReloadResult::accepted, StatusJson::reload);
        case "POST /v1/drain" ->
            await(
                context,
                call,
                api.drain(ControlRequest.parse(body(request)).drain()),
                DrainResult::accepted,
                StatusJson::drain);
        case "POST /v1/undrain" ->
            await(
                context,
                call,
                api.undrain(ControlRequest.parse(body(request)).undrain()),
                DrainResult::accepted,
                StatusJson::drain);
        default ->
            answer(
                context,
                HttpResponseStatus.NOT_FOUND,
                error(
                    "GET /v1/status, /v1/hosts, /v1/routes or POST /v1/reload, /v1/drain,"
                        + " /v1/undrain"));
      }
    } catch (ControlRequest.BadRequest e) {
      answer(context, HttpResponseStatus.BAD_REQUEST, error(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.warn("{} failed", call, e);
      answer(context, HttpResponseStatus.INTERNAL_SERVER_ERROR, error(e.toString()));
    }
  }

  private static String body(FullHttpRequest request) {
    return request.content().toString(StandardCharsets.UTF_8);
  }

  private static <T> void await(
      ChannelHandlerContext context,
      String call,
      CompletionStage<T> answer,
      Predicate<T> accepted,
      Function<T, String> json) {
    answer.whenComplete(
        (result, failure) -> {
          if (failure != null) {
            LOG.warn("{} failed", call, failure);
            answer(context, HttpResponseStatus.INTERNAL_SERVER_ERROR, error(failure.toString()));
          } else {
            answer(
                context,
                accepted.test(result) ? HttpResponseStatus.OK : HttpResponseStatus.CONFLICT,
                json.apply(result));
          }
        });
  }

  private static void ok(ChannelHandlerContext context, String json) {
    answer(context, HttpResponseStatus.OK, json);
  }

  private static String error(@Nullable String text) {
    return StatusJson.object(out -> out.writeStringField("error", text));
  }

  private static void answer(
      ChannelHandlerContext context, HttpResponseStatus status, String json) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            status,
            Unpooled.wrappedBuffer((json + "\n").getBytes(StandardCharsets.UTF_8)));
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON);
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
    response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("control client dropped", cause);
    context.close();
  }
}
