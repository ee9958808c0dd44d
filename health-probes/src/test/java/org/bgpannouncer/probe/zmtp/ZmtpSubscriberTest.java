package org.bgpannouncer.probe.zmtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Failure;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Greeting;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Message;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.OtherCommand;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Outbound;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Part;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Ping;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Pong;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Ready;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Subscribe;
import org.junit.jupiter.api.Test;

final class ZmtpSubscriberTest implements ZmtpSubscriber.Listener {
  private static final Greeting PEER_3_1 = new Greeting(3, 1, "NULL");
  private static final Octets CONTEXT = Octets.ofText("c");
  private static final Message MESSAGE = new Message(List.of(new Part(Octets.ofText("a"), 1)));

  private final List<Outbound> sent = new ArrayList<>();
  private final List<String> heard = new ArrayList<>();
  private final ZmtpSubscriber subscriber =
      new ZmtpSubscriber(List.of("hashblock", "sequence"), sent::add, this);

  @Test
  void greetsBeforeThePeerDoes() {
    assertThat(sent).containsExactly(Greeting.NULL_3_1);
  }

  @Test
  void subscribesByCommandAtAPeerOfThreeOne() {
    receive(PEER_3_1, new Ready("PUB"));
    assertThat(sent.subList(1, sent.size()))
        .containsExactly(
            new Ready("SUB"),
            new Subscribe(Octets.ofText("hashblock"), true),
            new Subscribe(Octets.ofText("sequence"), true));
    assertThat(heard).containsExactly("greeted 3.1", "ready");
  }

  @Test
  void subscribesByMessageAtAPeerOfThreeZero() {
    receive(new Greeting(3, 0, "NULL"), new Ready("XPUB"));
    assertThat(sent).contains(new Subscribe(Octets.ofText("hashblock"), false));
  }

  @Test
  void answersPingWithItsContext() {
    receive(PEER_3_1, new Ready("PUB"), new Ping(10, CONTEXT));
    assertThat(sent).last().isEqualTo(new Pong(CONTEXT));
  }

  @Test
  void pingsOnlyWhoKnowsPing() {
    receive(PEER_3_1, new Ready("PUB"));
    assertThat(subscriber.ping(600, CONTEXT)).isTrue();
    assertThat(sent).last().isEqualTo(new Ping(600, CONTEXT));

    ZmtpSubscriber old = new ZmtpSubscriber(List.of("a"), sent::add, this);
    assertThat(old.ping(600, CONTEXT)).isFalse();
    old.received(new Greeting(3, 0, "NULL"));
    old.received(new Ready("PUB"));
    assertThat(old.ping(600, CONTEXT)).isFalse();
  }

  @Test
  void handsOnMessagesAndPongs() {
    receive(PEER_3_1, new Ready("PUB"), MESSAGE, new Pong(CONTEXT), new OtherCommand("LATER"));
    assertThat(heard).containsExactly("greeted 3.1", "ready", "message", "pong 63");
  }

  @Test
  void refusesAnotherMechanism() {
    receive(new Greeting(3, 1, "CURVE"), new Ready("PUB"));
    assertThat(heard).containsExactly("violated mechanism: CURVE (expected: NULL)");
    assertThat(sent).containsExactly(Greeting.NULL_3_1);
  }

  @Test
  void refusesASocketThatDoesNotPublish() {
    receive(PEER_3_1, new Ready("REP"), MESSAGE);
    assertThat(heard)
        .containsExactly("greeted 3.1", "violated Socket-Type: REP (expected: PUB or XPUB)");
  }

  @Test
  void refusesWhatComesOutOfTurn() {
    receive(new Ready("PUB"));
    assertThat(heard).containsExactly("violated READY: came in GREETING (expected: in HANDSHAKE)");
  }

  @Test
  void refusesAMessageBeforeReady() {
    receive(PEER_3_1, MESSAGE, MESSAGE);
    assertThat(heard)
        .containsExactly(
            "greeted 3.1", "violated message: came in HANDSHAKE (expected: in SUBSCRIBED)");
  }

  @Test
  void refusesAnUnknownCommandInTheHandshake() {
    receive(PEER_3_1, new OtherCommand("HELLO"));
    assertThat(heard).last().isEqualTo("violated HELLO: unknown command (expected: READY)");
  }

  @Test
  void repeatsThePeersOwnError() {
    receive(PEER_3_1, new Failure("go away"));
    assertThat(heard).last().isEqualTo("violated ERROR: go away");
  }

  private void receive(ZmtpSignal... signals) {
    for (ZmtpSignal signal : signals) {
      subscriber.received(signal);
    }
  }

  @Override
  public void greeted(Greeting greeting) {
    heard.add("greeted " + greeting.version());
  }

  @Override
  public void ready() {
    heard.add("ready");
  }

  @Override
  public void message(Message message) {
    heard.add("message");
  }

  @Override
  public void pong(Octets context) {
    heard.add("pong " + context.hex());
  }

  @Override
  public void violated(String detail) {
    heard.add("violated " + detail);
  }
}
