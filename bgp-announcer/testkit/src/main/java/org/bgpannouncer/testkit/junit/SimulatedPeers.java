package org.bgpannouncer.testkit.junit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.testkit.bgp.SimulatedPeer;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Hands each parameter of type {@link SimulatedPeer} a peer of its own: {@code
 * ExtendWith(SimulatedPeers.class)}. A peer of a test or a {@code BeforeEach} method is closed
 * after the test, one of a {@code BeforeAll} method or a constructor after all of them. When a test
 * fails, what its peers were told is printed below the stack trace, decoded.
 *
 * @see Peer
 */
public final class SimulatedPeers
    implements ParameterResolver, AfterTestExecutionCallback, AfterEachCallback, AfterAllCallback {
  private static final Namespace NAMESPACE = Namespace.create(SimulatedPeers.class);
  private static final Pattern DIALLED = Pattern.compile("\\[?(.+?)]?:([0-9]{1,5})");

  /** For JUnit. */
  public SimulatedPeers() {}

  private static final class Peers {
    private final List<SimulatedPeer> started = new ArrayList<>();
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == SimulatedPeer.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    try {
      SimulatedPeer peer = start(parameter.findAnnotation(Peer.class));
      peersOf(context).started.add(peer);
      return peer;
    } catch (IOException | IllegalArgumentException e) {
      throw new ParameterResolutionException(
          "peer of " + parameter.getDeclaringExecutable() + ": " + e.getMessage(), e);
    }
  }

  private static SimulatedPeer start(Optional<Peer> wanted) throws IOException {
    if (wanted.isEmpty()) {
      return SimulatedPeer.start();
    }
    Peer peer = wanted.get();
    SessionConfig any = SessionConfig.of(peer.as(), IpAddress.parse(peer.routerId()));
    SessionConfig config =
        new SessionConfig(
            any.localAs(),
            peer.peerAs() == 0 ? OptionalLong.empty() : OptionalLong.of(peer.peerAs()),
            any.routerId(),
            Duration.ofSeconds(peer.holdTimeSeconds()),
            any.families());
    if (peer.dials().isEmpty()) {
      InetAddress address =
          peer.address().isEmpty()
              ? InetAddress.getLoopbackAddress()
              : IpAddress.parse(peer.address()).toInetAddress();
      return SimulatedPeer.start(config, new InetSocketAddress(address, peer.port()));
    }
    InetSocketAddress source =
        peer.address().isEmpty()
            ? new InetSocketAddress(0)
            : new InetSocketAddress(IpAddress.parse(peer.address()).toInetAddress(), 0);
    return SimulatedPeer.dial(config, dialled(peer.dials()), source);
  }

  private static InetSocketAddress dialled(String text) {
    Matcher form = DIALLED.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException("dials: " + text + " (expected: ADDRESS:PORT)");
    }
    return new InetSocketAddress(
        IpAddress.parse(form.group(1)).toInetAddress(), Integer.parseInt(form.group(2)));
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    Optional<Throwable> failure = context.getExecutionException();
    if (failure.isPresent()) {
      for (Optional<ExtensionContext> at = Optional.of(context);
          at.isPresent();
          at = at.get().getParent()) {
        for (SimulatedPeer peer : peersOf(at.get()).started) {
          failure.get().addSuppressed(new Conversation(heard(peer)));
        }
      }
    }
  }

  /** Not a failure, but printed where one is: below the stack trace, where whoever looks, looks. */
  private static final class Conversation extends Exception {
    private static final long serialVersionUID = 1L;

    Conversation(String text) {
      super(text, null, false, false);
    }
  }

  private static String heard(SimulatedPeer peer) {
    InetSocketAddress at = peer.address();
    return "the peer at "
        + at.getAddress().getHostAddress()
        + " port "
        + at.getPort()
        + " heard:\n"
        + peer.conversation();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    close(context);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    close(context);
  }

  private static void close(ExtensionContext context) {
    peersOf(context).started.forEach(SimulatedPeer::close);
  }

  // By the context's own name: a store looks into those of its parents, too.
  private static Peers peersOf(ExtensionContext context) {
    return context
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(context.getUniqueId(), id -> new Peers(), Peers.class);
  }
}
