package org.bgpannouncer.bgp.session;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.BgpMessage;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.wire.BgpDecoder;
import org.bgpannouncer.bgp.wire.BgpEncoder;
import org.bgpannouncer.bgp.wire.WireException;
import org.bgpannouncer.bgp.wire.WireOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries a {@link SessionMachine} on one Netty channel; everything runs on its event loop. */
final class SessionHandler extends SimpleChannelInboundHandler<BgpMessage> implements BgpSession {
  private static final Logger LOG = LoggerFactory.getLogger(SessionHandler.class);

  private final long id;
  private final Channel channel;
  private final InetSocketAddress remote;
  private final SessionMachine machine;
  private final SessionListener listener;
  private final BgpDecoder decoder;
  private final BgpEncoder encoder;
  private final LongSupplier nanoTime;
  private @Nullable Future<?> timer;

  SessionHandler(
      long id,
      Channel channel,
      InetSocketAddress remote,
      SessionConfig config,
      SessionListener listener,
      LongSupplier nanoTime) {
    super(BgpMessage.class);
    this.id = id;
    this.channel = channel;
    // Handed in: neither a channel that dials nor a closed one knows.
    this.remote = remote;
    this.machine = new SessionMachine(config);
    this.listener = listener;
    this.nanoTime = nanoTime;
    this.decoder = new BgpDecoder(nanoTime);
    this.encoder = new BgpEncoder();
    channel.pipeline().addLast(decoder, encoder, this);
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
  public void send(UpdateMessage update) {
    channel.eventLoop().execute(() -> sendIfEstablished(update));
  }

  private void sendIfEstablished(UpdateMessage update) {
    if (machine.phase() == SessionPhase.ESTABLISHED) {
      write(update);
      channel.flush();
    }
  }

  @Override
  public void stop(NotificationMessage notification) {
    channel.eventLoop().execute(() -> step(new SessionInput.Stopped(notification)));
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    step(new SessionInput.Connected());
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, BgpMessage message) {
    if (machine.phase() == SessionPhase.IDLE) {
      // Came with the message that ended the session: the decoder hands on the whole read.
      return;
    }
    report(new SessionEvent.Received(message, decoder.receivedNanos()));
    step(new SessionInput.Arrived(message));
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    step(new SessionInput.ConnectionLost("closed by the peer"));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof WireException unreadable) {
      step(
          new SessionInput.Unreadable(
              unreadable.notification(), String.valueOf(unreadable.getMessage())));
    } else {
      step(new SessionInput.ConnectionLost(String.valueOf(cause.getMessage())));
    }
  }

  private void step(SessionInput input) {
    for (SessionEffect effect : machine.step(input, nanoTime.getAsLong())) {
      if (effect instanceof SessionEffect.Send send) {
        write(send.message());
      } else if (effect instanceof SessionEffect.Agree agree) {
        WireOptions options = WireOptions.INITIAL.withFourOctetAs(agree.negotiated().fourOctetAs());
        decoder.setOptions(options);
        encoder.setOptions(options);
      } else if (effect instanceof SessionEffect.Report report) {
        report(report.event());
      } else if (effect instanceof SessionEffect.Close) {
        // What the socket takes at once is sent, a peer that does not read is not waited for.
        channel.flush();
        channel.close();
      }
    }
    channel.flush();
    schedule();
  }

  private void write(BgpMessage message) {
    channel
        .write(message)
        .addListener(
            done -> {
              // Only what cannot be encoded: a broken connection shows as channelInactive.
              if (!done.isSuccess() && channel.isActive()) {
                LOG.warn("event=write-failed peer={} reason={}", remote(), done.cause().toString());
                step(new SessionInput.Stopped(NotificationMessage.of(BgpError.CEASE)));
              }
            });
    report(new SessionEvent.Sent(message, nanoTime.getAsLong()));
  }

  private void schedule() {
    Future<?> previous = timer;
    if (previous != null) {
      previous.cancel(false);
      timer = null;
    }
    OptionalLong deadline = machine.deadlineNanos();
    if (deadline.isPresent()) {
      timer =
          channel
              .eventLoop()
              .schedule(
                  () -> step(new SessionInput.TimePassed()),
                  Math.max(0, deadline.getAsLong() - nanoTime.getAsLong()),
                  TimeUnit.NANOSECONDS);
    }
  }

  private void report(SessionEvent event) {
    try {
      listener.happened(this, event);
    } catch (RuntimeException e) {
      LOG.error("event=listener-failed peer={}", remote(), e);
    }
  }
}
