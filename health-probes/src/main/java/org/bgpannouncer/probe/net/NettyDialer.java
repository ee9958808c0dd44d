package org.bgpannouncer.probe.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.EncoderException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.bgpannouncer.probe.time.Loop;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The production dialer: one TCP connection per dial on the event loop of its probe.
 *
 * <p>The deadline is a timer of ours and not Netty's connect timeout, so that a time-out is told
 * apart from every failure the kernel reports.
 *
 * @param <M> what {@code codec} puts in and takes out of the pipeline
 */
public final class NettyDialer<M> implements Dialer<M> {
  private static final Logger log = LoggerFactory.getLogger(NettyDialer.class);

  private final EventLoop eventLoop;
  private final Class<M> messageType;
  private final Consumer<ChannelPipeline> codec;

  /**
   * @param codec adds the handlers that turn bytes into messages and back; called per connection
   */
  public NettyDialer(EventLoop eventLoop, Class<M> messageType, Consumer<ChannelPipeline> codec) {
    this.eventLoop = eventLoop;
    this.messageType = messageType;
    this.codec = codec;
  }

  /**
   * A dialer on the event loop behind {@code loop}.
   *
   * @throws IllegalArgumentException if there is none: a loop of the embedder's own has no sockets
   */
  public static <M> NettyDialer<M> on(
      Loop loop, Class<M> messageType, Consumer<ChannelPipeline> codec) {
    if (!(loop instanceof NettyLoop nettyLoop)) {
      throw new IllegalArgumentException(
          "loop: " + loop.getClass().getName() + " (expected: a loop of a ProbeRuntime)");
    }
    return new NettyDialer<>(nettyLoop.eventLoop(), messageType, codec);
  }

  @Override
  public Dial dial(
      InetSocketAddress remote,
      @Nullable InetAddress source,
      long timeoutNanos,
      Handler<M> handler) {
    Attempt<M> attempt = new Attempt<>(remote, source, handler);
    // Behind the events that the loop is at: a socket opened among them may be given the descriptor
    // of one closed among them, and Netty then hands it what is still there for that one.
    eventLoop.execute(
        () -> {
          if (!attempt.over) {
            connect(attempt, timeoutNanos);
          }
        });
    return attempt;
  }

  private void connect(Attempt<M> attempt, long timeoutNanos) {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(eventLoop)
            .channel(NettyTransport.socketChannelFor(eventLoop))
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0)
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    codec.accept(channel.pipeline());
                    channel.pipeline().addLast(new Receiver<>(messageType, attempt));
                  }
                });
    if (attempt.source != null) {
      bootstrap.localAddress(new InetSocketAddress(attempt.source, 0));
    }
    ChannelFuture connect = bootstrap.connect(attempt.remote);
    attempt.channel = connect.channel();
    var deadline =
        eventLoop.schedule(
            () -> attempt.timedOut(timeoutNanos), timeoutNanos, TimeUnit.NANOSECONDS);
    connect.addListener(
        done -> {
          Throwable cause = done.isSuccess() ? null : done.cause();
          Runnable finish =
              () -> {
                deadline.cancel(false);
                attempt.finished(cause);
              };
          // Without a socket (EMFILE) there is no channel, and Netty calls back on a global thread.
          if (eventLoop.inEventLoop()) {
            finish.run();
          } else {
            eventLoop.execute(finish);
          }
        });
  }

  private static final class Attempt<M> implements Dial, Link<M> {
    private final InetSocketAddress remote;
    private final @Nullable InetAddress source;
    private final Handler<M> handler;
    private @Nullable Channel channel;
    private boolean connected;
    private boolean over;

    Attempt(InetSocketAddress remote, @Nullable InetAddress source, Handler<M> handler) {
      this.remote = remote;
      this.source = source;
      this.handler = handler;
    }

    void timedOut(long timeoutNanos) {
      if (!connected && !over) {
        cancel();
        handler.failed(DialFailure.timeout(timeoutNanos));
      }
    }

    void finished(@Nullable Throwable cause) {
      if (over) {
        return;
      }
      if (cause == null) {
        connected = true;
        try {
          handler.connected(this);
        } catch (RuntimeException e) {
          broken(e);
        }
      } else {
        over = true;
        handler.failed(DialFailure.of(cause, remote, source));
      }
    }

    void received(M message) {
      if (!over) {
        handler.received(message);
      }
    }

    void broken(Throwable cause) {
      if (over) {
        return; // what has ended may fail once more while it is closed
      }
      CloseCause end = causeOf(cause);
      if (end == CloseCause.OURS) {
        log.error("event=probe-bug remote={}", remote, cause);
      }
      if (connected) {
        ended(end, end == CloseCause.OURS ? cause.toString() : String.valueOf(cause.getMessage()));
        cancel();
      } else {
        cancel();
        handler.failed(DialFailure.of(cause, remote, source));
      }
    }

    void ended(CloseCause cause, String detail) {
      if (connected && !over) {
        over = true;
        handler.closed(cause, detail);
      }
    }

    @Override
    public void cancel() {
      over = true;
      Channel current = channel;
      // What never got a socket (EMFILE) was never registered, and cannot be closed.
      if (current != null && current.isRegistered()) {
        current.close();
      }
    }

    @Override
    public void send(M message) {
      Channel current = channel;
      if (!over && current != null) {
        // Netty tells the pipeline of the socket's failures, but not of those before it.
        current
            .writeAndFlush(message)
            .addListener(
                sent -> {
                  Throwable cause = sent.cause();
                  if (cause != null && causeOf(cause) == CloseCause.OURS && !over) {
                    broken(cause);
                  }
                });
      }
    }
  }

  private static final class Receiver<M> extends SimpleChannelInboundHandler<M> {
    private final Attempt<M> attempt;

    Receiver(Class<M> type, Attempt<M> attempt) {
      super(type);
      this.attempt = attempt;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, M message) {
      attempt.received(message);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      attempt.ended(CloseCause.FIN, "closed by the other side");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      attempt.broken(cause);
      context.close();
    }
  }

  /** Whose failure it is that ended a connection: what no rule knows is ours. */
  static CloseCause causeOf(Throwable cause) {
    if (cause instanceof IOException) {
      return Errno.of(cause).number() == Errno.ECONNRESET ? CloseCause.RST : CloseCause.ERROR;
    }
    // Netty wraps what a decoder threw that is no verdict on the bytes; TLS's verdicts are IO.
    boolean wrapped =
        cause.getClass() == DecoderException.class && !(cause.getCause() instanceof IOException);
    return cause instanceof CodecException && !(cause instanceof EncoderException) && !wrapped
        ? CloseCause.PROTOCOL_ERROR
        : CloseCause.OURS;
  }
}
