package org.bgpannouncer.probe.zmtp;

import java.util.List;
import java.util.function.Consumer;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Failure;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Greeting;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Message;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.OtherCommand;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Outbound;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Ping;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Pong;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Ready;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Subscribe;

/**
 * The SUB side of one connection, from the greeting on. Deadlines are its owner's business: nothing
 * here waits.
 *
 * <pre>
 *   state       signal    effect
 *   GREETING    greeting  send READY; greeted
 *   HANDSHAKE   READY     send one SUBSCRIBE per topic; ready
 *   SUBSCRIBED  message   message
 *   any         ERROR, or a signal that is not of its state: violated, then deaf
 * </pre>
 *
 * @see <a href="https://rfc.zeromq.org/spec/37/">RFC 37, ZMTP 3.1</a>
 */
public final class ZmtpSubscriber {
  private enum State {
    GREETING,
    HANDSHAKE,
    SUBSCRIBED,
    DEAF
  }

  /** What the owner hears. */
  public interface Listener {
    /** The peer's greeting is acceptable. */
    void greeted(Greeting greeting);

    /** The handshake is over and the subscriptions are sent. */
    void ready();

    /** A message of a subscribed topic, or of any other a peer may send. */
    void message(Message message);

    /** The answer to a PING of ours. */
    void pong(Octets context);

    /** The peer broke the protocol or refused us; close the connection. */
    void violated(String detail);
  }

  private final List<String> topics;
  private final Consumer<Outbound> out;
  private final Listener listener;
  private final Inbox inbox = new Inbox();
  private State state = State.GREETING;
  private boolean peerKnowsCommands;

  /**
   * Sends the greeting at once: libzmq withholds the second half of its own until it has seen the
   * beginning of ours.
   *
   * @param topics what to subscribe to, at most 200 Latin-1 characters each
   * @param out sends to the peer
   * @param listener told of progress
   */
  public ZmtpSubscriber(List<String> topics, Consumer<Outbound> out, Listener listener) {
    this.topics = List.copyOf(topics);
    this.out = out;
    this.listener = listener;
    out.accept(Greeting.NULL_3_1);
  }

  /** Hands in what the decoder produced. */
  public void received(ZmtpSignal signal) {
    if (state != State.DEAF && signal instanceof ZmtpSignal.Inbound inbound) {
      inbound.deliverTo(inbox);
    }
  }

  /**
   * Sends a PING, unless the handshake is not over or the peer speaks 3.0, which has none.
   *
   * @return whether it was sent
   */
  public boolean ping(int ttlTenths, Octets context) {
    if (state != State.SUBSCRIBED || !peerKnowsCommands) {
      return false;
    }
    out.accept(new Ping(ttlTenths, context));
    return true;
  }

  private void violated(String detail) {
    state = State.DEAF;
    listener.violated(detail);
  }

  private boolean inState(State expected, String signal) {
    if (state == expected) {
      return true;
    }
    violated(signal + ": came in " + state + " (expected: in " + expected + ")");
    return false;
  }

  private final class Inbox implements ZmtpSignal.Receiver {
    @Override
    public void greeting(Greeting greeting) {
      if (!inState(State.GREETING, "greeting")) {
        return;
      }
      if (!greeting.mechanism().equals("NULL")) {
        violated("mechanism: " + greeting.mechanism() + " (expected: NULL)");
        return;
      }
      state = State.HANDSHAKE;
      peerKnowsCommands = greeting.knowsCommands();
      out.accept(new Ready("SUB"));
      listener.greeted(greeting);
    }

    @Override
    public void ready(Ready ready) {
      if (!inState(State.HANDSHAKE, "READY")) {
        return;
      }
      String type = ready.socketType();
      if (!type.equals("PUB") && !type.equals("XPUB")) {
        violated("Socket-Type: " + type + " (expected: PUB or XPUB)");
        return;
      }
      state = State.SUBSCRIBED;
      for (String topic : topics) {
        out.accept(new Subscribe(Octets.ofText(topic), peerKnowsCommands));
      }
      listener.ready();
    }

    @Override
    public void error(Failure failure) {
      violated("ERROR: " + failure.reason());
    }

    @Override
    public void ping(Ping ping) {
      if (inState(State.SUBSCRIBED, "PING")) {
        out.accept(new Pong(ping.context()));
      }
    }

    @Override
    public void pong(Pong pong) {
      if (inState(State.SUBSCRIBED, "PONG")) {
        listener.pong(pong.context());
      }
    }

    @Override
    public void message(Message message) {
      if (inState(State.SUBSCRIBED, "message")) {
        listener.message(message);
      }
    }

    @Override
    public void other(OtherCommand command) {
      // Later minor versions may add commands: they are none of our business once subscribed.
      if (state != State.SUBSCRIBED) {
        violated(command.name() + ": unknown command (expected: READY)");
      }
    }
  }
}
