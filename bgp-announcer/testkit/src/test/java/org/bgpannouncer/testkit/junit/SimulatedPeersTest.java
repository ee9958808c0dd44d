package org.bgpannouncer.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;
import static org.junit.platform.testkit.engine.EventConditions.finishedSuccessfully;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.testkit.bgp.SimulatedPeer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** The extension, as a test that has it sees it, and as whoever reads a failed test's output. */
@Timeout(60)
@ExtendWith(SimulatedPeers.class)
class SimulatedPeersTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final List<SimulatedPeer> ALL = new ArrayList<>();

  private SimulatedPeer before;

  @BeforeAll
  static void startOneForAll(SimulatedPeer peer) {
    ALL.add(peer);
  }

  @BeforeEach
  void startOneBefore(SimulatedPeer peer) {
    before = peer;
  }

  @AfterAll
  static void itIsStillThere() throws IOException {
    connect(ALL.get(0).address()).close();
  }

  @Test
  void eachParameterIsAPeerOfItsOwn(
      SimulatedPeer first,
      @Peer(as = 4_200_000_000L, routerId = "192.0.2.9", holdTimeSeconds = 30) SimulatedPeer second,
      @Peer(address = "::1") SimulatedPeer third) {
    assertThat(List.of(ALL.get(0), before, first, second, third)).doesNotHaveDuplicates();
    try (SimulatedPeer dialling = SimulatedPeer.dial(second.address())) {
      var negotiated = dialling.awaitSession(SOON).negotiated();
      assertThat(negotiated.peerAs()).isEqualTo(4_200_000_000L);
      assertThat(negotiated.peerRouterId()).hasToString("192.0.2.9");
      assertThat(negotiated.holdTime()).isEqualTo(Duration.ofSeconds(30));
    }
    assertThat(third.address().getAddress().getAddress()).hasSize(16);
    assertThat(first.address().getAddress().isLoopbackAddress()).isTrue();
  }

  @Test
  void peersAreClosedAfterTheTestAlsoAfterOneThatFails() {
    Example.addresses.clear();
    run("fails").assertThatEvents().haveExactly(1, finishedWithFailure());
    run("passes").assertThatEvents().haveExactly(1, finishedSuccessfully());
    assertThat(Example.addresses)
        .hasSize(2)
        .allSatisfy(
            address ->
                assertThatThrownBy(() -> connect(address)).isInstanceOf(ConnectException.class));
  }

  @Test
  void aTestThatFailsPrintsTheConversationDecoded() {
    assertThat(stackTraceOf("fails"))
        .contains("Conversation: the peer at 127.0.0.1 port ")
        .contains("#1 connected with /127.0.0.1:")
        .contains("#1 -> OPEN as 65000")
        .contains("#1 <- OPEN as 64496")
        .contains("#1 established");
  }

  @Test
  void aPeerThatCannotBeIsTold() {
    run("isImpossible")
        .assertThatEvents()
        .haveExactly(
            1,
            finishedWithFailure(
                message(text -> text.contains("local-as: 0 (expected: 1 to 4294967295)"))));
  }

  private static Events run(String test) {
    return EngineTestKit.engine("junit-jupiter")
        .selectors(selectMethod(Example.class, test, SimulatedPeer.class.getName()))
        .execute()
        .testEvents();
  }

  private static String stackTraceOf(String test) {
    Throwable failure =
        run(test).failed().stream()
            .findFirst()
            .orElseThrow()
            .getRequiredPayload(TestExecutionResult.class)
            .getThrowable()
            .orElseThrow();
    StringWriter written = new StringWriter();
    failure.printStackTrace(new PrintWriter(written));
    return written.toString();
  }

  private static Socket connect(InetSocketAddress address) throws IOException {
    return new Socket(address.getAddress(), address.getPort());
  }

  /** Run by the tests above; not found by Surefire, whose pattern no nested class matches. */
  @ExtendWith(SimulatedPeers.class)
  static class Example {
    private static final List<InetSocketAddress> addresses = new ArrayList<>();

    @Test
    void passes(SimulatedPeer peer) {
      addresses.add(peer.address());
    }

    @Test
    void fails(SimulatedPeer peer) {
      addresses.add(peer.address());
      try (SimulatedPeer other =
          SimulatedPeer.dial(
              SessionConfig.of(64496, SimulatedPeer.DEFAULT_ROUTER_ID),
              peer.address(),
              new InetSocketAddress(0))) {
        other.awaitSession(SOON);
        peer.awaitSession(SOON);
        peer.awaitAnnounced(Prefix.parse("192.0.2.0/24"), Duration.ofMillis(1));
      }
    }

    @Test
    void isImpossible(@Peer(as = 0) SimulatedPeer peer) {
      addresses.add(peer.address());
    }
  }
}
