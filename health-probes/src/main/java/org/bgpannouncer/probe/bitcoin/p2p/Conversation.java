package org.bgpannouncer.probe.bitcoin.p2p;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.bgpannouncer.probe.Observation.StageTiming;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.wire.P2pMessage;
import org.bgpannouncer.probe.bitcoin.p2p.wire.VersionPayload;
import org.bgpannouncer.probe.net.DialFailure;
import org.bgpannouncer.probe.net.Dialer;
import org.jspecify.annotations.Nullable;

/**
 * One connection and what is said on it: our version, the node's version and verack, then pings.
 *
 * <pre>
 *   stage    entered by                      our question   left by
 *   CONNECT  dial                            SYN            connected, failed
 *   VERSION  connected: send version         version        the node's version: send verack
 *   VERACK   the node's version              version        the node's verack: send ping
 *   PONG     ping sent                       ping           the pong with its nonce
 *   IDLE     pong                            none           ask
 *   OVER     closed by either side
 * </pre>
 *
 * <p>Every question has a deadline; passing it is told once and ends nothing: a late answer still
 * counts. The node's pings are answered in every stage after CONNECT. Everything else it may say is
 * dropped by the codec. Confined to the probe's loop.
 */
final class Conversation implements Dialer.Handler<P2pMessage> {
  /** What is awaited. */
  enum Stage {
    CONNECT,
    VERSION,
    VERACK,
    PONG,
    IDLE,
    OVER
  }

  /** Told what happens; after {@code failed}, {@code closed} or {@link #close} nothing follows. */
  interface Listener {
    void connected(Conversation conversation);

    void failed(Conversation conversation, DialFailure failure);

    /** The node's version was read. */
    void introduced(Conversation conversation, VersionPayload version);

    /** The pong came; {@link #stages} tells how long each stage since the last pong took. */
    void answered(Conversation conversation);

    /** The deadline of the present stage has passed. */
    void overdue(Conversation conversation);

    /** It talks another network's protocol; the conversation is over. */
    void otherNetwork(Conversation conversation, BitcoinNetwork network);

    void closed(Conversation conversation, Dialer.CloseCause cause, String detail);
  }

  /** 70016, as Bitcoin Core: below 70013 it sends the legacy alert, below 31800 it disconnects. */
  private static final int PROTOCOL_VERSION = 70016;

  // A node that pings without end but never reads would otherwise fill our send buffer.
  private static final int MAX_UNACKNOWLEDGED_PONGS = 64;

  private final P2pContext context;
  private final InetSocketAddress remote;
  private final long pongDeadlineNanos;
  private final Listener listener;
  private final Alarm deadline;
  private final List<StageTiming> stages = new ArrayList<>(4);
  private Stage stage = Stage.CONNECT;
  private Dialer.@Nullable Dial dial;
  private Dialer.@Nullable Link<P2pMessage> link;
  private @Nullable VersionPayload version;
  private boolean acknowledged;
  private boolean heard;
  private long stageNanos;
  private long askedNanos;
  private long pingNonce;
  private int unacknowledgedPongs;

  Conversation(
      P2pContext context, InetSocketAddress remote, long pongDeadlineNanos, Listener listener) {
    this.context = context;
    this.remote = remote;
    this.pongDeadlineNanos = pongDeadlineNanos;
    this.listener = listener;
    this.deadline = context.alarm(() -> listener.overdue(this));
  }

  /** Starts the dial; the listener hears how it went. */
  void dial() {
    stageNanos = context.now();
    askedNanos = stageNanos;
    dial =
        context.dialer.dial(
            remote, context.config.source().orElse(null), context.timeoutNanos(), this);
  }

  /** Asks an idle node whether it lives. */
  void ask() {
    stages.clear();
    stageNanos = context.now();
    askedNanos = stageNanos;
    sendPing();
  }

  /** Closes without telling the listener. */
  void close() {
    end();
    Dialer.Dial current = dial;
    if (current != null) {
      current.cancel();
    }
  }

  Stage stage() {
    return stage;
  }

  InetSocketAddress remote() {
    return remote;
  }

  /** The stages finished since the dial or the last {@link #ask}. */
  List<StageTiming> stages() {
    return stages;
  }

  /** When the question was sent that is not answered yet. */
  long askedNanos() {
    return askedNanos;
  }

  /** Whether a whole message ever came. */
  boolean heard() {
    return heard;
  }

  /** The node's version, once it was read. */
  @Nullable VersionPayload version() {
    return version;
  }

  @Override
  public void connected(Dialer.Link<P2pMessage> newLink) {
    link = newLink;
    finish("connect", Stage.VERSION);
    askedNanos = stageNanos;
    newLink.send(
        new P2pMessage.Version(
            new VersionPayload(
                PROTOCOL_VERSION,
                0,
                context.wallClock.instant().getEpochSecond(),
                remote,
                context.random.nextLong(),
                UserAgent.OURS,
                0,
                false)));
    deadline.set(context.answerNanos());
    listener.connected(this);
  }

  @Override
  public void failed(DialFailure failure) {
    end();
    listener.failed(this, failure);
  }

  @Override
  public void received(P2pMessage message) {
    heard = true;
    switch (message.kind()) {
      case VERSION -> introduced(((P2pMessage.Version) message).payload());
      case VERACK -> acknowledged();
      case PING -> reply(((P2pMessage.Ping) message).nonce());
      case PONG -> answered(((P2pMessage.Pong) message).nonce());
      case OTHER_NETWORK -> {
        close();
        listener.otherNetwork(this, ((P2pMessage.OtherNetwork) message).network());
      }
    }
  }

  @Override
  public void closed(Dialer.CloseCause cause, String detail) {
    end();
    listener.closed(this, cause, detail);
  }

  private void introduced(VersionPayload payload) {
    if (stage != Stage.VERSION) {
      return; // a second version means nothing
    }
    version = payload;
    finish("version", Stage.VERACK);
    send(new P2pMessage.Verack());
    deadline.set(context.answerNanos());
    listener.introduced(this, payload);
    if (acknowledged && stage == Stage.VERACK) {
      firstPing();
    }
  }

  private void acknowledged() {
    if (acknowledged) {
      return;
    }
    acknowledged = true;
    if (stage == Stage.VERACK) {
      firstPing();
    }
  }

  private void firstPing() {
    finish("verack", Stage.PONG);
    askedNanos = stageNanos;
    sendPing();
  }

  private void sendPing() {
    stage = Stage.PONG;
    pingNonce = context.random.nextLong();
    deadline.set(pongDeadlineNanos);
    send(new P2pMessage.Ping(pingNonce));
  }

  private void answered(long nonce) {
    if (stage != Stage.PONG || nonce != pingNonce) {
      return;
    }
    unacknowledgedPongs = 0;
    deadline.cancel();
    finish("pong", Stage.IDLE);
    listener.answered(this);
  }

  private void reply(long nonce) {
    if (unacknowledgedPongs < MAX_UNACKNOWLEDGED_PONGS) {
      unacknowledgedPongs++;
      send(new P2pMessage.Pong(nonce));
    }
  }

  private void send(P2pMessage message) {
    Dialer.Link<P2pMessage> current = link;
    if (current != null) {
      current.send(message);
    }
  }

  private void finish(String name, Stage next) {
    long now = context.now();
    stages.add(new StageTiming(name, now - stageNanos));
    stageNanos = now;
    stage = next;
  }

  private void end() {
    stage = Stage.OVER;
    deadline.cancel();
  }
}
