package org.bgpannouncer.bgp.interop;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpRole;
import org.bgpannouncer.bgp.Capability;
import org.bgpannouncer.bgp.Capability.GracefulRestart.Forwarding;
import org.bgpannouncer.bgp.session.BgpRuntime;
import org.bgpannouncer.bgp.session.ConnectMode;
import org.bgpannouncer.bgp.session.Md5Key;
import org.bgpannouncer.bgp.session.Negotiated;
import org.bgpannouncer.bgp.session.PeerConfig;
import org.bgpannouncer.bgp.session.SessionCapabilities;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.bgp.session.TtlPolicy;
import org.bgpannouncer.bgp.speaker.BgpSpeaker;
import org.bgpannouncer.bgp.speaker.BgpSpeakerEvent;
import org.bgpannouncer.bgp.speaker.ExportPolicy;
import org.bgpannouncer.bgp.speaker.HeardPath;
import org.bgpannouncer.bgp.speaker.Neighbor;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;

/** Our speaker with one neighbor. */
final class OurSide implements AutoCloseable {
  private static final List<AddressFamily> FAMILIES =
      List.of(AddressFamily.IPV4_UNICAST, AddressFamily.IPV6_UNICAST);
  private static final Set<AddressFamily> BOTH = Set.copyOf(FAMILIES);
  private static final ExportPolicy EVERYTHING =
      ExportPolicy.of(
          List.of(
              new ExportPolicy.Entry(Prefix.parse("0.0.0.0/0"), 32),
              new ExportPolicy.Entry(Prefix.parse("::/0"), 128)));

  private final BgpRuntime runtime = BgpRuntime.start("interop");
  private final BgpSpeaker speaker = new BgpSpeaker(runtime, this::happened);
  private final CountDownLatch thaw = new CountDownLatch(1);
  private volatile Optional<Negotiated> negotiated = Optional.empty();
  private final AtomicLong ends = new AtomicLong();
  private volatile String end = "";
  private Rib rib = Rib.EMPTY;

  /** A speaker that comes up for the first time. */
  static OurSide start(Settings settings) throws IOException {
    return new OurSide(settings, false);
  }

  /** A speaker whose predecessor has died. */
  static OurSide restart(Settings settings) throws IOException {
    return new OurSide(settings, true);
  }

  private OurSide(Settings settings, boolean isRestarted) throws IOException {
    SessionConfig session =
        new SessionConfig(
                Settings.OUR_AS,
                OptionalLong.of(settings.theirAs()),
                IpAddress.parse(Settings.OUR_ROUTER_ID),
                settings.hold(),
                FAMILIES)
            .with(capabilities(settings, isRestarted));
    PeerConfig peer =
        PeerConfig.of(session, settings.theirs())
            .withLocal(IpAddress.parse(settings.ourAddress()))
            .withMode(mode(settings))
            .withConnectRetry(Duration.ofMillis(200));
    if (settings.has(Feature.MD5)) {
      peer = peer.withMd5(Md5Key.of(Settings.PASSWORD.getBytes(StandardCharsets.UTF_8)));
    }
    if (settings.has(Feature.GTSM)) {
      peer = peer.withTtl(TtlPolicy.gtsm(1));
    }
    if (settings.theyDial()) {
      runtime.listen(settings.ours());
    }
    speaker.neighbors(
        List.of(new Neighbor("them", peer, EVERYTHING, Optional.empty(), Optional.empty(), true)));
  }

  private static ConnectMode mode(Settings settings) {
    if (settings.has(Feature.BOTH_DIAL)) {
      return ConnectMode.BOTH;
    }
    return settings.theyDial() ? ConnectMode.PASSIVE : ConnectMode.ACTIVE;
  }

  private static SessionCapabilities capabilities(Settings settings, boolean isRestarted) {
    SessionCapabilities offer =
        SessionCapabilities.USUAL
            .withAddPath(settings.has(Feature.ADD_PATH) ? BOTH : Set.of(), Set.of())
            .withExtendedNextHop(settings.has(Feature.EXTENDED_NEXT_HOP));
    if (settings.has(Feature.ROLES)) {
      offer = offer.withRole(BgpRole.CUSTOMER, false);
    }
    if (settings.has(Feature.GRACEFUL_RESTART)) {
      offer =
          offer.withGracefulRestart(
              new Capability.GracefulRestart(
                  isRestarted,
                  settings.has(Feature.HARD_RESET),
                  settings.restartSeconds(),
                  FAMILIES.stream().map(family -> new Forwarding(family, true)).toList()));
    }
    return offer;
  }

  private void happened(BgpSpeakerEvent event) {
    if (event instanceof BgpSpeakerEvent.SessionUp up) {
      negotiated = Optional.of(up.negotiated());
    } else if (event instanceof BgpSpeakerEvent.SessionDown down) {
      negotiated = Optional.empty();
      end = down.reason();
      ends.incrementAndGet();
    }
  }

  boolean isUp() {
    return negotiated.isPresent();
  }

  /** Whether both sides said that they have it. */
  boolean agreed(Feature feature) {
    Negotiated agreed = negotiated.orElseThrow();
    return switch (feature) {
      case ADD_PATH -> agreed.addPathSend().contains(AddressFamily.IPV4_UNICAST);
      case EXTENDED_MESSAGES -> agreed.extendedMessages();
      case EXTENDED_NEXT_HOP -> agreed.extendedNextHop();
      case GRACEFUL_RESTART -> agreed.gracefulRestart().isPresent();
      case ROLES -> agreed.peerRole().equals(Optional.of(BgpRole.PROVIDER));
      case TWO_OCTET_AS -> !agreed.fourOctetAs();
      case INTERNAL -> !agreed.isExternal();
      // Without what both sides need of the others, there would be no session.
      case BOTH_DIAL,
          GTSM,
          HARD_RESET,
          IPV6_TRANSPORT,
          MD5,
          SHORT_RESTART_TIME,
          THEY_ANNOUNCE,
          THEY_DIAL ->
          true;
    };
  }

  void announce(Collection<Route> routes) {
    apply(routes.stream().map(RouteChange.Announce::new).toList());
  }

  void withdraw(Collection<Prefix> prefixes) {
    apply(prefixes.stream().map(RouteChange.Withdraw::new).toList());
  }

  void withdrawPaths(Collection<Nlri> paths) {
    apply(paths.stream().map(RouteChange.Withdraw::new).toList());
  }

  private void apply(List<? extends RouteChange> changes) {
    rib = rib.after(changes);
    speaker.apply(rib, changes);
  }

  /** The prefixes that they announce to us. */
  Set<Prefix> heard() throws IOException {
    Set<Prefix> prefixes = new HashSet<>();
    paths().forEach(path -> prefixes.add(path.route().prefix()));
    return prefixes;
  }

  /** What they announce to us for a prefix. */
  Route heard(Prefix prefix) throws IOException {
    return paths().stream()
        .filter(path -> path.route().prefix().equals(prefix))
        .findFirst()
        .orElseThrow()
        .route();
  }

  private List<HeardPath> paths() throws IOException {
    try {
      return speaker.heardPaths().toCompletableFuture().get(10, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  /** Why the last session ended; empty when none has. */
  String end() {
    return end;
  }

  /** How many sessions have ended. */
  long ends() {
    return ends.get();
  }

  /** From now on nothing is sent or read; the connection stays. */
  void freeze() {
    runtime.execute(
        () -> {
          try {
            thaw.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  /** Shuts down, and says why. */
  void stop(String text) {
    speaker.stop(text);
  }

  /** Is gone without a word, as a process that was killed. */
  void die() {
    runtime.close();
  }

  @Override
  public void close() {
    thaw.countDown();
    runtime.close();
  }
}
