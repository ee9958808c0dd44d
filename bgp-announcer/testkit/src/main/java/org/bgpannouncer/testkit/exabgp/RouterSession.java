package org.bgpannouncer.testkit.exabgp;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.PathAttribute;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.session.BgpDialer;
import org.bgpannouncer.bgp.session.BgpSession;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.bgp.session.SessionEvent;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.jspecify.annotations.Nullable;

/** Says over a BGP session what ExaBGP tells its router, one UPDATE a change. */
final class RouterSession implements RouterSide, AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** What ExaBGP says to an internal neighbour that was told none; RFC 4271 section 5.1.5. */
  private static final long DEFAULT_LOCAL_PREFERENCE = 100;

  private final SessionConfig config;
  private final SimulatedNeighbor neighbor;
  private final boolean internal;
  private final Runnable up;
  private final Consumer<String> down;
  private final BgpDialer dialer;
  private volatile @Nullable BgpSession session;
  private volatile Set<AddressFamily> pathFamilies = Set.of();

  /**
   * Connects; {@code up} and {@code down} are called on the session's thread.
   *
   * @throws IOException when nobody listens at {@code router}
   */
  RouterSession(
      InetSocketAddress router,
      SessionConfig config,
      SimulatedNeighbor neighbor,
      Runnable up,
      Consumer<String> down)
      throws IOException {
    this.config = config;
    this.neighbor = neighbor;
    this.internal = neighbor.localAs() == neighbor.peerAs();
    this.up = up;
    this.down = down;
    this.dialer = BgpDialer.dial(router, config, this::happened, PATIENCE);
  }

  private void happened(BgpSession current, SessionEvent event) {
    if (event instanceof SessionEvent.Established agreed) {
      pathFamilies = agreed.negotiated().addPathSend();
      session = current;
      up.run();
    } else if (event instanceof SessionEvent.Ended ended) {
      session = null;
      down.accept(ended.text());
    }
  }

  @Override
  public void announced(String path, String attributes) {
    send(announcement(RouteText.parse(nlri(path), attributes)));
  }

  @Override
  public void withdrawn(String path) {
    Nlri gone = nlri(path);
    send(
        gone.prefix().isIpv4()
            ? new UpdateMessage(List.of(gone), List.of(), List.of())
            : new UpdateMessage(
                List.of(),
                List.of(new PathAttribute.MpUnreach(AddressFamily.IPV6_UNICAST, List.of(gone))),
                List.of()));
  }

  /** As an UPDATE of the session names it: one without path-information has the identifier 0. */
  private Nlri nlri(String path) {
    String[] words = path.split(" ", -1);
    Prefix prefix = Prefix.parse(words[0]);
    if (!pathFamilies.contains(AddressFamily.of(prefix))) {
      return Nlri.of(prefix);
    }
    return Nlri.of(prefix, words.length < 3 ? 0 : IpAddress.parse(words[2]).highBits() >>> 32);
  }

  private void send(UpdateMessage update) {
    BgpSession current = session;
    if (current != null) {
      current.send(update);
    }
  }

  private UpdateMessage announcement(Route route) {
    Prefix prefix = route.prefix();
    PathAttributes wanted = route.attributes();
    List<PathAttribute> attributes = new ArrayList<>();
    attributes.add(PathAttribute.Origin.IGP);
    // A path that is given replaces what eBGP would say: real ones of both versions do so.
    attributes.add(
        PathAttribute.AsPath.sequence(
            internal || !wanted.asPath().isEmpty() ? wanted.asPath() : List.of(config.localAs())));
    if (prefix.isIpv4()) {
      attributes.add(new PathAttribute.NextHopAddress(nextHop(route)));
    }
    wanted.med().ifPresent(med -> attributes.add(new PathAttribute.Med(med)));
    if (internal) {
      attributes.add(
          new PathAttribute.LocalPreference(
              wanted.localPreference().orElse(DEFAULT_LOCAL_PREFERENCE)));
    }
    if (!wanted.communities().isEmpty()) {
      attributes.add(new PathAttribute.Communities(wanted.communities()));
    }
    if (!prefix.isIpv4()) {
      attributes.add(
          new PathAttribute.MpReach(
              AddressFamily.IPV6_UNICAST, List.of(nextHop(route)), List.of(route.nlri())));
    }
    if (!wanted.extendedCommunities().isEmpty()) {
      attributes.add(new PathAttribute.ExtendedCommunities(wanted.extendedCommunities()));
    }
    if (!wanted.largeCommunities().isEmpty()) {
      attributes.add(new PathAttribute.LargeCommunities(wanted.largeCommunities()));
    }
    return new UpdateMessage(
        List.of(), attributes, prefix.isIpv4() ? List.of(route.nlri()) : List.of());
  }

  private IpAddress nextHop(Route route) {
    return route.nextHop() instanceof NextHop.At at
        ? at.address()
        : IpAddress.parse(neighbor.local());
  }

  /** Ends the session without a word, as the end of the process does. */
  @Override
  public void close() {
    dialer.close();
  }
}
