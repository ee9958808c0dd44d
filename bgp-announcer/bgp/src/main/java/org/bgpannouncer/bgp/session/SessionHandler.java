package org.bgpannouncer.bgp.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.BgpMessage;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.PathAttribute;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.wire.BgpDecoder;
import org.bgpannouncer.bgp.wire.BgpEncoder;
import org.bgpannouncer.bgp.wire.WireException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries one session on one Netty channel, on its event loop: what arrives goes to the {@link
 * Driver} that has the state machine, what that decides is performed here. Events are told after a
 * step is performed, never in the middle of one, and never inside a call of the listener's own.
 */
final class SessionHandler extends SimpleChannelInboundHandler<BgpMessage> implements BgpSession {
  /** Who has the state machine of this session. Calls {@link #perform}, then {@link #settle}. */
  interface Driver {
    /** Something happened on {@code session}. */
    void input(SessionHandler session, SessionInput input);
  }

  private static final Logger LOG = LoggerFactory.getLogger(SessionHandler.class);
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(64 << 10, 256 << 10);

  /**
   * How long we read on after our last word: octets that nobody reads make the kernel reset the
   * connection, and the reset overtakes a NOTIFICATION that the peer has not read yet.
   */
  private static final long LINGER_SECONDS = 1;

  private final long id;
  private final SocketChannel channel;
  private final InetSocketAddress remote;
  private final SessionListener listener;
  private final Driver driver;
  private final BgpDecoder decoder;
  private final BgpEncoder encoder = new BgpEncoder();
  private final OctetCount octets = new OctetCount();
  private final LongSupplier nanoTime;
  private final SendWatch watch = new SendWatch();
  private final ArrayDeque<SessionEvent> events = new ArrayDeque<>();
  private volatile InetSocketAddress local = new InetSocketAddress(0);
  private boolean watched;
  private @Nullable Future<?> watchTimer;
  private long watchDeadlineNanos;
  private OptionalLong ackedAtStart = OptionalLong.empty();
  private boolean established;
  private boolean ended;
  private boolean gaveUp;
  private boolean silent;
  private boolean telling;
  private boolean toTell;
  private boolean blocked;

  SessionHandler(
      long id,
      SocketChannel channel,
      InetSocketAddress remote,
      SessionListener listener,
      LongSupplier nanoTime,
      Driver driver) {
    super(BgpMessage.class);
    this.id = id;
    this.channel = channel;
    // Handed in: neither a channel that dials nor a closed one knows.
    this.remote = remote;
    this.listener = listener;
    this.nanoTime = nanoTime;
    this.driver = driver;
    this.decoder = new BgpDecoder(nanoTime);
    channel.config().setWriteBufferWaterMark(WATER_MARK);
    channel.pipeline().addLast(octets, decoder, encoder, this);
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public InetSocketAddress remote() {
    return remote;
  }

  @Override
  public InetSocketAddress local() {
    return local;
  }

  @Override
  public boolean isWritable() {
    return channel.isWritable();
  }

  @Override
  public void send(List<? extends BgpMessage> messages) {
    List<? extends BgpMessage> copy = List.copyOf(messages);
    onLoop(
        () -> {
          if (established) {
            copy.forEach(this::write);
            channel.flush();
          }
        });
  }

  @Override
  public void stop(NotificationMessage notification) {
    onLoop(() -> driver.input(this, new SessionInput.Stopped(notification)));
  }

  private void onLoop(Runnable task) {
    if (channel.eventLoop().inEventLoop()) {
      task.run();
    } else {
      channel.eventLoop().execute(task);
    }
  }

  /** Watches what the peer takes, from now on. */
  void watch(Duration sendHold) {
    watched = true;
    watch.setSendHold(sendHold);
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    local = channel.localAddress();
    ackedAtStart = SocketOptions.ackedOctets(channel);
    driver.input(this, new SessionInput.Connected());
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, BgpMessage message) {
    if (ended) {
      // Came with the message that ended the session: the decoder hands on the whole read.
      return;
    }
    tell(new SessionEvent.Received(message, decoder.receivedNanos()));
    driver.input(this, new SessionInput.Arrived(message));
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    Future<?> pending = watchTimer;
    watchTimer = null;
    if (pending != null) {
      pending.cancel(false);
    }
    driver.input(this, new SessionInput.ConnectionLost("closed by the peer"));
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (channel.isWritable() && blocked) {
      tell(new SessionEvent.Writable());
    }
    blocked = !channel.isWritable();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof WireException unreadable) {
      driver.input(
          this,
          new SessionInput.Unreadable(
              unreadable.notification(), String.valueOf(unreadable.getMessage())));
    } else {
      driver.input(this, new SessionInput.ConnectionLost(String.valueOf(cause.getMessage())));
    }
  }

  /** Carries out one effect of a step. */
  void perform(SessionEffect effect) {
    if (effect instanceof SessionEffect.Send send) {
      // With each KEEPALIVE, so that a timer that fires knows since when nothing is taken.
      lookAtTaken();
      write(send.message());
    } else if (effect instanceof SessionEffect.Agree agree) {
      decoder.setOptions(agree.read());
      encoder.setOptions(agree.write());
    } else if (effect instanceof SessionEffect.Report report) {
      established = report.event() instanceof SessionEvent.Established;
      ended |= report.event() instanceof SessionEvent.Ended;
      tell(report.event());
    } else if (effect instanceof SessionEffect.Close close) {
      close(close.reset());
    }
  }

  /** Closes with {@code notification}, and tells nobody of any of it. */
  void refuse(NotificationMessage notification) {
    silent = true;
    ended = true;
    write(notification);
    close(false);
  }

  /** Whether it has ended, or never became a session. */
  boolean hasEnded() {
    return ended;
  }

  /** Closes without a word. */
  void abandon() {
    channel.close();
  }

  /** After the last effect of a step: writes what is to be written and tells what happened. */
  void settle() {
    channel.flush();
    tellAll();
  }

  private void close(boolean reset) {
    // What the socket takes at once is sent, a peer that does not read is not waited for.
    channel.flush();
    if (reset) {
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
    }
    if (reset || !channel.isActive()) {
      channel.close();
      return;
    }
    SocketOptions.limitOrphan(channel);
    channel.shutdownOutput();
    var late =
        channel.eventLoop().schedule(() -> channel.close(), LINGER_SECONDS, TimeUnit.SECONDS);
    channel.closeFuture().addListener(closed -> late.cancel(false));
  }

  private void write(BgpMessage message) {
    if (gaveUp && message instanceof UpdateMessage) {
      return;
    }
    if (channel.bytesBeforeWritable() > MAX_OUTBOUND_BYTES && !ended && !gaveUp) {
      giveUp("more than " + MAX_OUTBOUND_BYTES + " octets wait", BgpError.OUT_OF_RESOURCES);
      return;
    }
    ChannelFuture written = channel.write(message);
    long end = octets.count;
    if (watched) {
      watch.queued(end, isWithdraw(message), nanoTime.getAsLong());
      armWatch();
    }
    written.addListener(
        done -> {
          if (done.isSuccess()) {
            if (ackedAtStart.isEmpty()) {
              watch.taken(end, nanoTime.getAsLong());
            }
            tell(new SessionEvent.Sent(message, nanoTime.getAsLong()));
          } else if (channel.isActive() && !ended) {
            // Only what cannot be encoded: a broken connection shows as channelInactive.
            giveUp(String.valueOf(done.cause()), BgpError.CEASE);
          }
        });
  }

  private void giveUp(String reason, BgpError error) {
    if (gaveUp) {
      return;
    }
    gaveUp = true;
    established = false;
    LOG.warn("event=write-failed peer={} reason={}", remote, reason);
    // Later: this may be in the middle of a step.
    channel
        .eventLoop()
        .execute(() -> driver.input(this, new SessionInput.Stopped(NotificationMessage.of(error))));
  }

  private static boolean isWithdraw(BgpMessage message) {
    return message instanceof UpdateMessage update
        && (!update.withdrawn().isEmpty()
            || update.attributes().stream()
                .anyMatch(
                    attribute ->
                        attribute instanceof PathAttribute.MpUnreach unreach
                            && !unreach.nlri().isEmpty()));
  }

  private void lookAtTaken() {
    OptionalLong start = ackedAtStart;
    if (start.isPresent()) {
      SocketOptions.ackedOctets(channel)
          .ifPresent(now -> watch.taken(now - start.getAsLong(), nanoTime.getAsLong()));
    }
  }

  private void armWatch() {
    OptionalLong deadline = watch.deadlineNanos();
    Future<?> previous = watchTimer;
    if (ended || deadline.isEmpty()) {
      return;
    }
    if (previous != null) {
      if (deadline.getAsLong() - watchDeadlineNanos >= 0) {
        return;
      }
      previous.cancel(false);
    }
    watchDeadlineNanos = deadline.getAsLong();
    long delayNanos = Math.max(0, watchDeadlineNanos - nanoTime.getAsLong());
    watchTimer = channel.eventLoop().schedule(this::judge, delayNanos, TimeUnit.NANOSECONDS);
  }

  private void judge() {
    watchTimer = null;
    if (!ended && channel.isActive()) {
      lookAtTaken();
      watch
          .stall(nanoTime.getAsLong())
          .ifPresent(stall -> driver.input(this, new SessionInput.SendStalled(stall)));
      armWatch();
    }
  }

  private void tell(SessionEvent event) {
    if (silent) {
      return;
    }
    events.add(event);
    if (!telling && !toTell) {
      toTell = true;
      channel.eventLoop().execute(this::tellAll);
    }
  }

  private void tellAll() {
    toTell = false;
    if (telling) {
      return;
    }
    telling = true;
    for (SessionEvent event = events.poll(); event != null; event = events.poll()) {
      try {
        listener.happened(this, event);
      } catch (RuntimeException e) {
        LOG.error("event=listener-failed peer={}", remote, e);
      }
    }
    telling = false;
  }

  /** Counts the octets that are written, from the start of the connection. */
  private static final class OctetCount extends ChannelOutboundHandlerAdapter {
    private long count;

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
      if (message instanceof ByteBuf buffer) {
        count += buffer.readableBytes();
      }
      context.write(message, promise);
    }
  }
}
