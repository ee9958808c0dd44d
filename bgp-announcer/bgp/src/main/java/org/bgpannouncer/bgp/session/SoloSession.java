package org.bgpannouncer.bgp.session;

import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The state machine of a connection that stands alone: one of a listener or of a dialer. */
final class SoloSession implements SessionHandler.Driver {
  /** Factors for timers (RFC 4271 section 10). */
  static final DoubleSupplier JITTER = () -> ThreadLocalRandom.current().nextDouble(0.75, 1.0);

  private final SessionMachine machine;
  private final EventLoop loop;
  private final LongSupplier nanoTime;
  private @Nullable Future<?> timer;

  private SoloSession(SessionMachine machine, EventLoop loop, LongSupplier nanoTime) {
    this.machine = machine;
    this.loop = loop;
    this.nanoTime = nanoTime;
  }

  /** Puts a session on {@code channel}. */
  static void on(
      SocketChannel channel,
      long id,
      InetSocketAddress remote,
      SessionMachine machine,
      SessionListener listener,
      LongSupplier nanoTime) {
    SoloSession solo = new SoloSession(machine, channel.eventLoop(), nanoTime);
    new SessionHandler(id, channel, remote, listener, nanoTime, solo);
  }

  @Override
  public void input(SessionHandler session, SessionInput input) {
    machine.step(input, nanoTime.getAsLong()).forEach(session::perform);
    Future<?> previous = timer;
    timer = null;
    if (previous != null) {
      previous.cancel(false);
    }
    machine
        .deadlineNanos()
        .ifPresent(
            deadline ->
                timer =
                    loop.schedule(
                        () -> input(session, new SessionInput.TimePassed()),
                        Math.max(0, deadline - nanoTime.getAsLong()),
                        TimeUnit.NANOSECONDS));
    session.settle();
  }
}
