package org.bgpannouncer.bgp.session;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.route.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a session with one neighbor up, until it is stopped: dials, lets itself be dialled through
 * the runtime's acceptors, and begins again after every end. At most one session at a time is
 * established. The events of each connection are told with its own {@link BgpSession}.
 */
public final class BgpPeer {
  private final BgpRuntime runtime;
  private final PeerConfig config;
  private final SessionListener listener;
  private final PeerMachine machine;
  private final Map<Long, SessionHandler> connections = new HashMap<>();
  private long lastConnection;
  private @Nullable Channel dialled;
  private @Nullable String dialError;
  private @Nullable Future<?> timer;
  private Optional<BgpSession> established = Optional.empty();
  private Optional<String> lastEnd = Optional.empty();
  private boolean gone;
  private volatile PeerStatus status =
      new PeerStatus(SessionPhase.IDLE, Optional.empty(), 0, Optional.empty());

  private BgpPeer(BgpRuntime runtime, PeerConfig config, SessionListener listener) {
    this.runtime = runtime;
    this.config = config;
    this.listener = listener;
    this.machine =
        new PeerMachine(config.session(), config.mode(), config.connectRetry(), SoloSession.JITTER);
  }

  /**
   * Starts to want a session.
   *
   * @throws IOException when the system cannot do what {@code config} asks of its sockets
   */
  public static BgpPeer start(BgpRuntime runtime, PeerConfig config, SessionListener listener)
      throws IOException {
    SocketOptions.requireSupport(config, runtime.loop().epoll());
    BgpPeer peer = new BgpPeer(runtime, config, listener);
    runtime.call(
        () -> {
          runtime.add(peer);
          peer.step(new PeerInput.Started());
          return null;
        });
    return peer;
  }

  /** What it was started with. */
  public PeerConfig config() {
    return config;
  }

  /** How it stands now. */
  public PeerStatus status() {
    return status;
  }

  /**
   * Ends every session of this peer with {@code notification}, for good; other peers are not
   * touched. Without effect when it was stopped before.
   */
  public void stop(NotificationMessage notification) {
    Runnable stop =
        () -> {
          if (!gone) {
            gone = true;
            runtime.remove(this);
            step(new PeerInput.Stopped(notification));
          }
        };
    if (runtime.isOnThread()) {
      stop.run();
    } else {
      runtime.execute(stop);
    }
  }

  /** Ends without a word. */
  void abandon() {
    gone = true;
    runtime.remove(this);
    machine.halt();
    cancelDial();
    cancelTimer();
    List.copyOf(connections.values()).forEach(SessionHandler::abandon);
  }

  SessionPhase phase() {
    return machine.phase();
  }

  /** Whether a connection from {@code remote} to {@code local} can be this peer's. */
  boolean expects(InetSocketAddress remote, InetSocketAddress local) {
    return IpAddress.of(remote.getAddress()).equals(IpAddress.of(config.remote().getAddress()))
        && config.local().map(IpAddress.of(local.getAddress())::equals).orElse(true);
  }

  /** Takes a connection that the peer dialled; before anything is read from it. */
  void accept(SocketChannel channel) {
    try {
      SocketOptions.accepted(channel, config);
    } catch (IOException e) {
      fail(e);
      channel.close();
      return;
    }
    attach(channel, channel.remoteAddress(), false);
  }

  private void attach(SocketChannel channel, InetSocketAddress remote, boolean isDialled) {
    long connection = ++lastConnection;
    new SessionHandler(
        connection,
        channel,
        remote,
        listener,
        System::nanoTime,
        (session, input) -> {
          if (!(input instanceof SessionInput.Connected)) {
            step(new PeerInput.OnConnection(connection, input));
            return;
          }
          connections.put(connection, session);
          if (isDialled) {
            dialled = dialled == channel ? null : dialled;
            step(new PeerInput.Dialled(connection));
          } else {
            step(new PeerInput.Accepted(connection));
          }
        });
  }

  private void step(PeerInput input) {
    List<PeerEffect> effects = machine.step(input, runtime.nanoTime());
    for (PeerEffect effect : effects) {
      perform(effect);
    }
    schedule();
    status = new PeerStatus(machine.phase(), established, machine.failures(), lastEnd);
    List<SessionHandler> touched = List.copyOf(connections.values());
    connections.values().removeIf(SessionHandler::hasEnded);
    touched.forEach(SessionHandler::settle);
  }

  private void perform(PeerEffect effect) {
    if (effect instanceof PeerEffect.Dial) {
      dial();
    } else if (effect instanceof PeerEffect.CancelDial) {
      cancelDial();
    } else if (effect instanceof PeerEffect.Refuse refuse) {
      session(refuse.connection()).ifPresent(session -> session.refuse(refuse.notification()));
    } else if (effect instanceof PeerEffect.OnConnection on) {
      session(on.connection()).ifPresent(session -> perform(session, on.effect()));
    }
  }

  private void perform(SessionHandler session, SessionEffect effect) {
    if (effect instanceof SessionEffect.Agree agree) {
      session.watch(config.sendHoldFor(agree.negotiated().holdTime()));
    } else if (effect instanceof SessionEffect.Report report) {
      if (report.event() instanceof SessionEvent.Established) {
        established = Optional.of(session);
      } else if (report.event() instanceof SessionEvent.Ended ended) {
        established = established.filter(current -> current != session);
        lastEnd = Optional.of(ended.text());
      }
    }
    session.perform(effect);
  }

  private Optional<SessionHandler> session(long connection) {
    return Optional.ofNullable(connections.get(connection));
  }

  private void dial() {
    dialError = null;
    Bootstrap bootstrap =
        new Bootstrap()
            .group(runtime.eventLoop())
            .channel(runtime.loop().channel())
            .option(ChannelOption.TCP_NODELAY, true)
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                (int) Math.max(1, config.connectRetry().toMillis()))
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    try {
                      SocketOptions.beforeConnect(channel, config);
                      attach(channel, config.remote(), true);
                    } catch (IOException e) {
                      dialError = e.getMessage();
                      channel.close();
                    }
                  }
                });
    ChannelFuture connecting =
        config.local().isEmpty()
            ? bootstrap.connect(config.remote())
            : bootstrap.connect(
                config.remote(), new InetSocketAddress(config.local().get().toInetAddress(), 0));
    dialled = connecting.channel();
    connecting.addListener(
        done -> {
          if (!done.isSuccess()) {
            // Later: a dial can fail while it is begun, in the middle of a step.
            runtime.execute(() -> dialFailed(connecting.channel(), done.cause()));
          }
        });
  }

  private void dialFailed(Channel channel, Throwable cause) {
    if (dialled == channel) {
      dialled = null;
      String text = dialError != null ? dialError : String.valueOf(cause.getMessage());
      lastEnd = Optional.of("connect: " + text);
      step(new PeerInput.DialFailed(text));
    }
  }

  private void cancelDial() {
    Channel channel = dialled;
    dialled = null;
    if (channel != null) {
      channel.close();
    }
  }

  private void fail(IOException cause) {
    lastEnd = Optional.of(String.valueOf(cause.getMessage()));
    status = new PeerStatus(machine.phase(), established, machine.failures(), lastEnd);
  }

  private void schedule() {
    cancelTimer();
    var deadline = machine.deadlineNanos();
    if (deadline.isPresent()) {
      timer =
          runtime
              .eventLoop()
              .schedule(
                  () -> step(new PeerInput.TimePassed()),
                  Math.max(0, deadline.getAsLong() - runtime.nanoTime()),
                  TimeUnit.NANOSECONDS);
    }
  }

  private void cancelTimer() {
    Future<?> previous = timer;
    timer = null;
    if (previous != null) {
      previous.cancel(false);
    }
  }
}
