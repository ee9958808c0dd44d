package org.bgpannouncer.testkit.bitcoin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** One connection of a simulated RPC server. */
final class RpcServerConnection extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final JsonMapper JSON = new JsonMapper();

  private final SimulatedRpcServer server;
  private final int number;

  RpcServerConnection(SimulatedRpcServer server, int number) {
    this.server = server;
    this.number = number;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    boolean keepAlive = HttpUtil.isKeepAlive(request);
    boolean authorized = server.authorizes(request.headers().get(HttpHeaderNames.AUTHORIZATION));
    JsonNode call = read(request.content().toString(StandardCharsets.UTF_8));
    String method = call.path("method").asText();
    server.received(new SimulatedRpcServer.Request(method, number, authorized, System.nanoTime()));
    if (authorized) {
      reply(context, server.replyTo(method), call.path("id").toString(), keepAlive);
    } else {
      send(context, 401, "", keepAlive);
    }
  }

  private static JsonNode read(String body) {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      return JSON.createObjectNode();
    }
  }

  private static void reply(
      ChannelHandlerContext context, RpcReply reply, String id, boolean keepAlive) {
    if (reply instanceof RpcReply.Result result) {
      send(context, 200, answer(result.json(), "null", id), keepAlive);
    } else if (reply instanceof RpcReply.Failure error) {
      String json = "{\"code\":" + error.code() + ",\"message\":\"" + error.message() + "\"}";
      send(context, error.status(), answer("null", json, id), keepAlive);
    } else if (reply instanceof RpcReply.Plain plain) {
      send(context, plain.status(), plain.body(), keepAlive);
    } else if (reply instanceof RpcReply.Drop drop) {
      if (drop.reset()) {
        context.channel().config().setOption(ChannelOption.SO_LINGER, 0);
      }
      context.close();
    } else if (reply instanceof RpcReply.Garbage) {
      ByteBuf bytes = Unpooled.copiedBuffer("\0\1SSH-2.0-nothing\r\n\r\n", StandardCharsets.UTF_8);
      context.pipeline().firstContext().writeAndFlush(bytes);
    } else if (reply instanceof RpcReply.Huge huge) {
      send(context, 200, answer("\"" + "x".repeat(huge.bytes()) + "\"", "null", id), keepAlive);
    } else if (reply instanceof RpcReply.Delayed delayed) {
      context
          .executor()
          .schedule(
              () -> reply(context, delayed.reply(), id, keepAlive),
              delayed.delay().toNanos(),
              TimeUnit.NANOSECONDS);
    } // Never: nothing
  }

  private static String answer(String result, String error, String id) {
    return "{\"result\":" + result + ",\"error\":" + error + ",\"id\":" + id + "}\n";
  }

  private static void send(
      ChannelHandlerContext context, int status, String body, boolean keepAlive) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(status),
            Unpooled.copiedBuffer(body, StandardCharsets.UTF_8));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
        .setInt(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
    ChannelFuture sent = context.writeAndFlush(response);
    if (!keepAlive) {
      sent.addListener(ChannelFutureListener.CLOSE);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }
}
