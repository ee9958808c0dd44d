package org.bgpannouncer.probe.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.EncoderException;
import io.netty.util.concurrent.Future;
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

  /** To close costs as much as to dial, and whoever hears of an end may want to dial at once. */
  private static final long CLOSE_AFTER_MILLIS = 100;

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
    try {
      if (NettyTransport.isEpoll(eventLoop)) {
        connectOnEpoll(attempt);
      } else {
        connectOnNio(attempt);
      }
    } catch (IOException | RuntimeException e) {
      attempt.failed(e);
    }
    if (!attempt.over) {
      attempt.deadline =
          eventLoop.schedule(
              () -> attempt.timedOut(timeoutNanos), timeoutNanos, TimeUnit.NANOSECONDS);
    }
  }

  private void connectOnEpoll(Attempt<M> attempt) throws IOException {
    attempt.handshake =
        EpollHandshake.start(
            (IoEventLoop) eventLoop,
            attempt.remote,
            attempt.source,
            new EpollHandshake.Listener() {
              @Override
              public void connected(int descriptor) {
                attempt.handshake = null;
                try {
                  open(new EpollSocketChannel(descriptor), attempt)
                      .addListener(opened -> attempt.finished(opened.cause()));
                } catch (RuntimeException e) {
                  attempt.failed(e);
                }
              }

              @Override
              public void failed(Errno errno) {
                attempt.failed(DialFailure.of(errno, attempt.remote, attempt.source));
              }

              @Override
              public void failed(Throwable cause) {
                attempt.failed(cause);
              }
            });
  }

  private void connectOnNio(Attempt<M> attempt) {
    SocketChannel channel = new NioSocketChannel();
    ChannelFutureListener connected = done -> attempt.finished(done.cause());
    open(channel, attempt)
        .addListener(
            (ChannelFutureListener)
                opened -> {
                  if (!opened.isSuccess()) {
                    attempt.failed(opened.cause());
                  } else if (attempt.source == null) {
                    channel.connect(attempt.remote).addListener(connected);
                  } else {
                    InetSocketAddress local = new InetSocketAddress(attempt.source, 0);
                    channel.connect(attempt.remote, local).addListener(connected);
                  }
                });
  }

  private ChannelFuture open(SocketChannel channel, Attempt<M> attempt) {
    attempt.channel = channel;
    channel
        .config()
        .setTcpNoDelay(true)
        .setKeepAlive(true)
        .setAllowHalfClosure(true)
        .setConnectTimeoutMillis(0);
    codec.accept(channel.pipeline());
    channel.pipeline().addLast(new Receiver<>(messageType, attempt));
    return eventLoop.register(channel);
  }

  private static final class Attempt<M> implements Dial, Link<M> {
    private final InetSocketAddress remote;
    private final @Nullable InetAddress source;
    private final Handler<M> handler;
    private @Nullable Future<?> deadline;
    private @Nullable EpollHandshake handshake;
    private @Nullable Channel channel;
    private boolean connected;
    private boolean over;

    Attempt(InetSocketAddress remote, @Nullable InetAddress source, Handler<M> handler) {
      this.remote = remote;
      this.source = source;
      this.handler = handler;
    }

    void timedOut(long timeoutNanos) {
      if (!connected) {
        failed(DialFailure.timeout(timeoutNanos));
      }
    }

    void finished(@Nullable Throwable cause) {
      if (cause != null) {
        failed(cause);
      } else if (!over) {
        endDeadline();
        connected = true;
        try {
          handler.connected(this);
        } catch (RuntimeException e) {
          broken(e);
        }
      }
    }

    void failed(Throwable cause) {
      if (!over) {
        failed(DialFailure.of(cause, remote, source));
      }
    }

    // Tells first and closes then: who is told may be in a hurry. What he throws must neither keep
    // the socket open nor reach the loop, which would forget what else has happened.
    void failed(DialFailure failure) {
      if (over) {
        return;
      }
      over = true;
      endDeadline();
      try {
        handler.failed(failure);
      } catch (RuntimeException e) {
        log.error("event=probe-bug remote={}", remote, e);
      } finally {
        close();
      }
    }

    private void endDeadline() {
      if (deadline != null) {
        deadline.cancel(false);
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
        close();
      } else {
        failed(cause);
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
      if (!over) {
        over = true;
        endDeadline();
        close();
      }
    }

    private void close() {
      if (handshake != null) {
        handshake.cancel();
      }
      Channel current = channel;
      if (current == null) {
        return;
      }
      if (current.isRegistered()) {
        current.close();
      } else {
        current.unsafe().closeForcibly(); // it has no loop to be closed on
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

    // The other side has ended, and we are told before we close.
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof ChannelInputShutdownEvent) {
        attempt.ended(CloseCause.FIN, "closed by the other side");
        EventLoop loop = context.channel().eventLoop();
        loop.schedule(() -> context.close(), CLOSE_AFTER_MILLIS, TimeUnit.MILLISECONDS);
      }
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
