package org.bgpannouncer.speaker.bird;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.RibUpdate;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.bgpannouncer.speaker.contract.RecordedEvents;
import org.bgpannouncer.testkit.bgp.SimulatedPeer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What goes wrong between the announcer and a real BIRD, and what the router hears of it. */
@Timeout(120)
class BirdFaultsIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Prefix A = Prefix.parse("192.0.2.0/24");
  private static final Prefix B = Prefix.parse("198.51.100.0/24");

  @TempDir Path folder;

  private final SimulatedPeer router = SimulatedPeer.start();
  private final RecordedEvents events = new RecordedEvents();
  private @Nullable RealBird bird;
  private @Nullable BirdSpeaker speaker;
  private Rib target = Rib.EMPTY;
  private int before;

  @AfterEach
  void close() {
    if (speaker != null) {
      speaker.close();
    }
    if (bird != null) {
      bird.close();
    }
    router.close();
  }

  private RealBird started(RealBird.Version version) throws IOException {
    RealBird started =
        new RealBird(version, folder, 65001, router.address().getPort(), SimulatedPeer.DEFAULT_AS);
    bird = started;
    started.start();
    BirdSpeaker next = new BirdSpeaker(started.socket(), started.included(), Set.of());
    speaker = next;
    next.start(events);
    events.awaitEvent(SpeakerEvent.Synchronised.class);
    try {
      router.awaitSession(SOON);
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "\nBIRD: " + started.log(), e);
    }
    apply(announce(A));
    awaitAcknowledged(announce(A));
    router.awaitAnnounced(A, SOON);
    return started;
  }

  @ParameterizedTest
  @EnumSource
  void whatBirdRefusesIsRolledBackAndTheLastRouteIsWithdrawnAllTheSame(RealBird.Version version)
      throws IOException {
    RealBird other = started(version);
    String good = other.configuration();
    other.writeConfiguration(good + "nonsense;\n");
    apply(announce(B));
    SpeakerEvent.Rejected rejected = events.awaitEvent(SpeakerEvent.Rejected.class);
    assertThat(rejected.change()).isEqualTo(announce(B));
    assertThat(rejected.reason()).startsWith("BIRD: ").contains("bird.conf:", "(8002)");
    assertThat(Files.readString(other.included()))
        .contains(A.toString())
        .doesNotContain(B.toString());
    assertThat(router.adjRibIn().routes()).containsOnlyKeys(Nlri.of(A));

    apply(withdraw(A));
    awaitAcknowledged(withdraw(A));
    router.awaitWithdrawn(A, SOON);
    assertThat(Files.readString(other.included())).doesNotContain(A.toString());
    assertThat(notice(BirdSession.CONFIGURATION)).contains("(8002)");

    other.writeConfiguration(good);
    apply(announce(A));
    awaitAcknowledged(announce(A));
    router.awaitAnnounced(A, SOON);
    assertThat(notice(BirdSession.CONFIGURATION)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aSecondAnnouncerWaitsUntilTheFirstIsGone(RealBird.Version version) throws IOException {
    RealBird other = started(version);
    RecordedEvents seconds = new RecordedEvents();
    try (BirdSpeaker second = new BirdSpeaker(other.socket(), other.included(), Set.of())) {
      second.start(seconds);
      assertThat(seconds.awaitEvent(SpeakerEvent.Lost.class).reason())
          .contains("another announcer writes to it");
      second.apply(new RibUpdate(Rib.EMPTY, List.of(withdraw(A))));
      apply(announce(B));
      awaitAcknowledged(announce(B));
      router.awaitAnnounced(B, SOON);
      assertThat(router.adjRibIn().routes()).containsOnlyKeys(Nlri.of(A), Nlri.of(B));
      requireNonNull(speaker).close();
      SpeakerEvent.Synchronised truth = seconds.awaitEvent(SpeakerEvent.Synchronised.class);
      assertThat(truth.held().routes()).containsOnlyKeys(Nlri.of(A), Nlri.of(B));
      router.awaitWithdrawn(A, SOON);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFileThatIsNotIncludedIsToldAndNothingIsAcknowledged(RealBird.Version version)
      throws IOException {
    RealBird other = started(version);
    other.writeConfiguration(other.configuration().replaceAll("(?m)^include.*$", ""));
    apply(announce(B));
    SpeakerEvent.Rejected rejected = events.awaitEvent(SpeakerEvent.Rejected.class);
    assertThat(rejected.reason()).contains("does not include " + other.included());
    assertThat(notice(BirdSession.INCLUDE)).contains("include \"" + other.included());
    // It took A away too: the truth is told anew.
    assertThat(events.awaitEvent(SpeakerEvent.Synchronised.class, 2).held()).isEqualTo(Rib.EMPTY);
  }

  @ParameterizedTest
  @EnumSource
  void whoeverDisablesOurProtocolIsNoticed(RealBird.Version version) throws IOException {
    RealBird other = started(version);
    other.say("disable " + RouteFile.IPV4_PROTOCOL);
    assertThat(events.awaitEvent(SpeakerEvent.Synchronised.class, 2).held()).isEqualTo(Rib.EMPTY);
    apply(announce(A));
    awaitAcknowledged(announce(A));
    router.awaitAnnounced(A, SOON);
  }

  @ParameterizedTest
  @EnumSource
  void aStoppedBirdHoldsNobodyUpAndIsBelievedAgainOnlyAfterTheTruthIsKnown(RealBird.Version version)
      throws IOException {
    RealBird other = started(version);
    other.signal("STOP");
    long nanos = System.nanoTime();
    apply(withdraw(A));
    assertThat(Duration.ofNanos(System.nanoTime() - nanos)).isLessThan(Duration.ofMillis(500));
    events.awaitEvent(SpeakerEvent.Lost.class);
    assertThat(events.all()).doesNotContain(new SpeakerEvent.Acknowledged(withdraw(A)));
    other.signal("CONT");

    events.awaitEvent(SpeakerEvent.Synchronised.class, 2);
    awaitAcknowledged(withdraw(A));
    router.awaitWithdrawn(A, SOON);
  }

  @ParameterizedTest
  @EnumSource
  void fromTheWishToTheRouterIsMeasured(RealBird.Version version) throws IOException {
    started(version);
    List<Long> announced = new ArrayList<>();
    List<Long> withdrawn = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      long nanos = System.nanoTime();
      apply(announce(B));
      announced.add(router.awaitAnnounced(B, SOON).nanos() - nanos);
      awaitAcknowledged(announce(B));
      nanos = System.nanoTime();
      apply(withdraw(B));
      withdrawn.add(router.awaitWithdrawn(B, SOON).nanos() - nanos);
      awaitAcknowledged(withdraw(B));
    }
    System.err.printf(
        "%s, one route: announce %s ms, withdraw %s ms%n",
        version, median(announced), median(withdrawn));
    List<Prefix> load =
        IntStream.range(0, 1000)
            .mapToObj(i -> Prefix.parse("10." + i / 256 + "." + i % 256 + ".0/24"))
            .toList();
    for (int i = 0; i < 3; i++) {
      long nanos = System.nanoTime();
      apply(load.stream().map(BirdFaultsIT::announce).toArray(RouteChange[]::new));
      long up =
          load.stream().mapToLong(p -> router.awaitAnnounced(p, SOON).nanos()).max().orElse(0);
      System.err.printf("%s, 1000 routes: announce %.1f ms%n", version, (up - nanos) / 1e6);
      load.forEach(prefix -> awaitAcknowledged(announce(prefix)));
      nanos = System.nanoTime();
      apply(load.stream().map(BirdFaultsIT::withdraw).toArray(RouteChange[]::new));
      long down =
          load.stream().mapToLong(p -> router.awaitWithdrawn(p, SOON).nanos()).max().orElse(0);
      System.err.printf("%s, 1000 routes: withdraw %.1f ms%n", version, (down - nanos) / 1e6);
      load.forEach(prefix -> awaitAcknowledged(withdraw(prefix)));
    }
  }

  private static String median(List<Long> nanos) {
    nanos.sort(Long::compare);
    return String.format("%.2f", nanos.get(nanos.size() / 2) / 1e6);
  }

  private String notice(String key) {
    List<SpeakerEvent.Notice> told =
        events.of(SpeakerEvent.Notice.class).stream()
            .filter(notice -> notice.key().equals(key))
            .toList();
    return told.isEmpty() ? "" : told.get(told.size() - 1).text();
  }

  private void apply(RouteChange... changes) {
    before = events.all().size();
    target = target.after(List.of(changes));
    if (speaker != null) {
      speaker.apply(new RibUpdate(target, List.of(changes)));
    }
  }

  /** Since the last wish: the same change may have been acknowledged before. */
  private void awaitAcknowledged(RouteChange change) {
    events.awaitEvent(
        "receipt of " + change, before, new SpeakerEvent.Acknowledged(change)::equals);
  }

  private static RouteChange announce(Prefix prefix) {
    return new RouteChange.Announce(new Route(prefix, NextHop.SELF, PathAttributes.NONE));
  }

  private static RouteChange withdraw(Prefix prefix) {
    return new RouteChange.Withdraw(prefix);
  }
}
