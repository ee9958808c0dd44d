package org.bgpannouncer.probe.bitcoin.p2p;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.p2p.wire.P2pMessage;
import org.bgpannouncer.probe.bitcoin.p2p.wire.VersionPayload;
import org.bgpannouncer.probe.net.DialFailure;
import org.bgpannouncer.probe.net.Dialer;
import org.bgpannouncer.probe.time.VirtualTime;
import org.jspecify.annotations.Nullable;

/** A node and its machine in virtual time, at the other end of a scripted dialer. */
final class VirtualNode implements Dialer<P2pMessage> {
  static final InetSocketAddress P2P = new InetSocketAddress(address(10, 1, 0, 11), 8333);
  static final InetSocketAddress RPC = new InetSocketAddress(address(10, 1, 0, 11), 8332);
  static final InetSocketAddress SERVICE = new InetSocketAddress(address(192, 0, 2, 13), 8333);

  /** What the machine does with a dial, and the process with a message. */
  enum Mode {
    ALIVE,
    /** SIGSTOP: the kernel accepts, nobody reads. */
    MUTE,
    /** The process is gone. */
    REFUSING,
    /** The listening socket closes while our dial waits in its queue. */
    RESETTING,
    /** The power is gone. */
    SILENT,
    /** Accepts and closes at once. */
    CLOSING,
    /** Accepts, then closes the newest connection some time later. */
    EVICTING,
    /** Our side has no socket left. */
    OUT_OF_FILES
  }

  private static final Duration LATENCY = Duration.ofNanos(100_000);

  final List<Long> p2pDials = new ArrayList<>();
  final List<Long> p2pAccepts = new ArrayList<>();
  final List<Long> witnessDials = new ArrayList<>();
  final List<InetSocketAddress> targets = new ArrayList<>();
  final List<Session> sessions = new ArrayList<>();
  Mode mode = Mode.ALIVE;
  Mode witness = Mode.ALIVE;
  Mode service = Mode.ALIVE;
  Duration pongDelay = Duration.ZERO;
  Duration refuseAfter = LATENCY;
  Duration evictAfter = Duration.ofMillis(500);
  long services = 0x409;
  long clockAheadSeconds;
  private final VirtualTime time;

  VirtualNode(VirtualTime time) {
    this.time = time;
  }

  static InetAddress address(int... parts) {
    byte[] raw = new byte[parts.length];
    for (int i = 0; i < parts.length; i++) {
      raw[i] = (byte) parts[i];
    }
    try {
      return InetAddress.getByAddress(raw);
    } catch (java.net.UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** The process ends: every socket of it closes, both ports refuse. */
  void kill() {
    mode = Mode.REFUSING;
    witness = Mode.REFUSING;
    endSessions(CloseCause.FIN);
  }

  void endSessions(CloseCause cause) {
    List<Session> all = List.copyOf(sessions);
    all.forEach(session -> session.end(cause));
  }

  void thaw() {
    mode = Mode.ALIVE;
    List.copyOf(sessions).forEach(Session::flush);
  }

  @Override
  public Dial dial(
      InetSocketAddress remote,
      @Nullable InetAddress source,
      long timeoutNanos,
      Handler<P2pMessage> handler) {
    boolean toWitness = remote.equals(RPC);
    (toWitness ? witnessDials : p2pDials).add(time.nanoTime());
    if (!toWitness) {
      targets.add(remote);
    }
    Session session = new Session(remote, handler);
    switch (modeOf(remote)) {
      case ALIVE, MUTE -> session.after(LATENCY, () -> session.accept(toWitness));
      case CLOSING ->
          session.after(
              LATENCY,
              () -> {
                session.accept(toWitness);
                session.after(LATENCY, () -> session.end(CloseCause.FIN));
              });
      case EVICTING ->
          session.after(
              LATENCY,
              () -> {
                session.accept(toWitness);
                session.after(evictAfter, () -> session.end(CloseCause.FIN));
              });
      case REFUSING ->
          session.after(
              toWitness ? LATENCY : refuseAfter,
              () ->
                  session.fail(
                      new DialFailure(Outcome.HARD, Reason.REFUSED, "Connection refused")));
      case RESETTING ->
          session.after(
              LATENCY,
              () ->
                  session.fail(
                      new DialFailure(Outcome.HARD, Reason.RESET, "Connection reset by peer")));
      case SILENT ->
          session.after(
              Duration.ofNanos(timeoutNanos),
              () -> session.fail(DialFailure.timeout(timeoutNanos)));
      case OUT_OF_FILES ->
          session.after(
              LATENCY,
              () ->
                  session.fail(
                      new DialFailure(
                          Outcome.UNKNOWN, Reason.LOCAL_RESOURCES, "Too many open files")));
    }
    return session;
  }

  private Mode modeOf(InetSocketAddress remote) {
    if (remote.equals(RPC)) {
      return witness;
    }
    return remote.equals(SERVICE) && mode == Mode.ALIVE ? service : mode;
  }

  /** One connection; what is sent to a mute node waits in its socket. */
  final class Session implements Dial, Link<P2pMessage> {
    private final InetSocketAddress remote;
    private final Handler<P2pMessage> handler;
    private final List<P2pMessage> unread = new ArrayList<>();
    final List<P2pMessage> read = new ArrayList<>();
    private boolean over;

    Session(InetSocketAddress remote, Handler<P2pMessage> handler) {
      this.remote = remote;
      this.handler = handler;
    }

    void say(P2pMessage message) {
      after(LATENCY, () -> handler.received(message));
    }

    void end(CloseCause cause) {
      if (!over) {
        over = true;
        sessions.remove(this);
        handler.closed(cause, "scripted");
      }
    }

    @Override
    public void send(P2pMessage message) {
      unread.add(message);
      Mode now = modeOf(remote);
      if (now == Mode.ALIVE || now == Mode.EVICTING) {
        flush();
      }
    }

    @Override
    public void cancel() {
      over = true;
      sessions.remove(this);
    }

    private void accept(boolean byWitness) {
      sessions.add(this);
      if (!byWitness) {
        p2pAccepts.add(time.nanoTime());
      }
      handler.connected(this);
    }

    private void fail(DialFailure failure) {
      over = true;
      handler.failed(failure);
    }

    private void after(Duration delay, Runnable task) {
      time.schedule(
          delay.toNanos(),
          () -> {
            if (!over) {
              task.run();
            }
          });
    }

    private void flush() {
      List<P2pMessage> messages = List.copyOf(unread);
      unread.clear();
      messages.forEach(this::answer);
    }

    private void answer(P2pMessage message) {
      read.add(message);
      switch (message.kind()) {
        case VERSION -> {
          VersionPayload theirs = ((P2pMessage.Version) message).payload();
          say(
              new P2pMessage.Version(
                  new VersionPayload(
                      70016,
                      services,
                      theirs.timestampSeconds() + clockAheadSeconds,
                      theirs.receiver(),
                      1,
                      "/Satoshi:28.1.0(gva-btc1)/",
                      800_000,
                      true)));
          say(new P2pMessage.Verack());
          say(new P2pMessage.Ping(42));
        }
        case PING -> {
          P2pMessage pong = new P2pMessage.Pong(((P2pMessage.Ping) message).nonce());
          after(pongDelay.plus(LATENCY), () -> handler.received(pong));
        }
        case VERACK, PONG, OTHER_NETWORK -> {}
      }
    }
  }
}
