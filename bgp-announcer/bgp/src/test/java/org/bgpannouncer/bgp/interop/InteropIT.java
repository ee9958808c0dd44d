package org.bgpannouncer.bgp.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.ExtendedCommunity;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Our speaker and five others: each scenario starts a daemon with one session of its own, and asks
 * the daemon's own tool what it made of what we said. The answers are the table of docs/interop.md;
 * {@code -Dgolden.update} writes it.
 */
@Execution(ExecutionMode.CONCURRENT)
@Timeout(120)
class InteropIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration HOLD = Duration.ofSeconds(90);
  private static final Duration SHORT_HOLD = Duration.ofSeconds(3);
  private static final int SOME = 1_000;
  private static final int MANY = 10_000;
  private static final Prefix IPV4 = Prefix.parse("192.0.2.0/24");
  private static final Prefix OTHER_IPV4 = Prefix.parse("198.51.100.0/24");
  private static final Prefix IPV6 = Prefix.parse("2001:db8:13::/48");
  private static final IpAddress NEXT_HOP = IpAddress.parse("198.51.100.1");
  private static final IpAddress OTHER_NEXT_HOP = IpAddress.parse("198.51.100.7");
  private static final IpAddress NEXT_HOP_IPV6 = IpAddress.parse("2001:db8::1");
  private static final String SHUTDOWN_TEXT = "maintenance until 12:00";
  private static final Matrix MATRIX = new Matrix();

  /** Both ends of an established session. */
  private record Pair(Settings settings, OurSide us, Implementation them) {
    void awaitHeld(Prefix prefix, Predicate<HeldRoute> expected) {
      eventually(prefix + " held", () -> them.held(prefix).stream().anyMatch(expected));
    }

    void awaitGone(Prefix prefix) {
      eventually(prefix + " gone", () -> them.held(prefix).isEmpty());
    }

    void awaitGoneAtOnce(Prefix prefix) {
      eventually(
          prefix + " gone",
          () -> {
            List<HeldRoute> held = them.held(prefix);
            assertThat(held).noneMatch(HeldRoute::stale);
            return held.isEmpty();
          });
    }

    HeldRoute held(Prefix prefix) throws IOException {
      awaitHeld(prefix, route -> true);
      List<HeldRoute> held = them.held(prefix);
      assertThat(held).hasSize(1);
      return held.get(0);
    }
  }

  @FunctionalInterface
  private interface Body {
    void run(Pair pair) throws IOException;
  }

  private static void eventually(String what, Callable<Boolean> condition) {
    await(what)
        .pollInterval(Duration.ofMillis(50))
        .atMost(SOON)
        // While it starts, its tool has nobody to ask.
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(condition);
  }

  private static void cell(
      Scenario scenario, Kind kind, Set<Feature> features, Duration hold, Body body)
      throws IOException {
    Settings settings = Settings.of(features, hold);
    Optional<Feature> lacking =
        features.stream().filter(feature -> kind.lack(feature).isPresent()).findFirst();
    try (OurSide us = OurSide.start(settings);
        Implementation them = kind.start(settings)) {
      try {
        eventually(
            kind + " and we are up",
            () -> {
              assertThat(them.daemon().isAlive()).as("%s runs", kind).isTrue();
              return us.isUp() && them.isUp();
            });
        if (lacking.isPresent()) {
          assertThat(us.agreed(lacking.get())).as("agreed: %s", lacking).isFalse();
        } else {
          features.forEach(each -> assertThat(us.agreed(each)).as("agreed: %s", each).isTrue());
          body.run(new Pair(settings, us, them));
        }
        Optional<String> lack = kind.lack(scenario).or(() -> lacking.flatMap(kind::lack));
        MATRIX.record(scenario, kind, lack.map(why -> "no: " + why).orElse("yes"));
      } catch (Throwable e) {
        MATRIX.record(scenario, kind, Matrix.FAILED + e.getMessage());
        String context = us.end() + "\n" + them.daemon().lastLog();
        throw new AssertionError(kind + ": " + e.getMessage() + "\n" + context, e);
      }
    }
  }

  private static void cell(Scenario scenario, Kind kind, Feature feature, Body body)
      throws IOException {
    cell(scenario, kind, Set.of(feature), HOLD, body);
  }

  private static void cell(Scenario scenario, Kind kind, Body body) throws IOException {
    cell(scenario, kind, Set.of(), HOLD, body);
  }

  private static Route route(Prefix prefix) {
    return route(prefix, PathAttributes.NONE);
  }

  private static Route route(Prefix prefix, PathAttributes attributes) {
    IpAddress nextHop = prefix.isIpv4() ? NEXT_HOP : NEXT_HOP_IPV6;
    return new Route(prefix, NextHop.of(nextHop), attributes);
  }

  private static List<Route> routes(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> Prefix.parse("10." + (i >> 8) + "." + (i & 255) + ".0/24"))
        .map(InteropIT::route)
        .toList();
  }

  @ParameterizedTest
  @EnumSource
  void isUpWhenWeDial(Kind kind) throws IOException {
    cell(Scenario.WE_DIAL, kind, pair -> {});
  }

  @ParameterizedTest
  @EnumSource
  void isUpWhenTheyDial(Kind kind) throws IOException {
    cell(Scenario.THEY_DIAL, kind, Feature.THEY_DIAL, pair -> {});
  }

  @ParameterizedTest
  @EnumSource
  void keepsOneConnectionWhenBothDial(Kind kind) throws IOException {
    cell(
        Scenario.BOTH_DIAL,
        kind,
        Set.of(Feature.BOTH_DIAL),
        SHORT_HOLD,
        pair -> {
          pair.us().announce(List.of(route(IPV4)));
          pair.held(IPV4);
          long ends = pair.us().ends();
          await("one session")
              .during(SHORT_HOLD.plusSeconds(1))
              .atMost(SOON)
              .until(() -> pair.us().isUp() && pair.us().ends() == ends);
          pair.held(IPV4);
        });
  }

  @ParameterizedTest
  @EnumSource
  void signsItsSegments(Kind kind) throws IOException {
    cell(
        Scenario.MD5,
        kind,
        Feature.MD5,
        pair -> {
          pair.us().announce(List.of(route(IPV4)));
          pair.held(IPV4);
        });
  }

  @ParameterizedTest
  @EnumSource
  void hearsNobodyFromFarther(Kind kind) throws IOException {
    cell(
        Scenario.GTSM,
        kind,
        Feature.GTSM,
        pair -> {
          pair.us().announce(List.of(route(IPV4)));
          pair.held(IPV4);
        });
  }

  @ParameterizedTest
  @EnumSource
  void knowsUsByTwoOctets(Kind kind, @TempDir Path home) throws IOException {
    if (kind == Kind.BIRD) {
      assertThat(Bird.problemWithTwoOctets(home)).contains(Bird.FOUR_OCTETS_ONLY);
    }
    cell(
        Scenario.TWO_OCTET_AS,
        kind,
        Feature.TWO_OCTET_AS,
        pair -> {
          pair.us().announce(List.of(route(IPV4)));
          // FRR leaves AS_TRANS where it stands; the others put AS4_PATH in its place.
          long as = kind == Kind.FRR ? OpenMessage.AS_TRANS : Settings.OUR_AS;
          assertThat(pair.held(IPV4).asPath()).containsExactly(as);
        });
  }

  @ParameterizedTest
  @EnumSource
  void holdsWhatIsAnnouncedUntilItIsWithdrawn(Kind kind) throws IOException {
    cell(
        Scenario.ANNOUNCE,
        kind,
        pair -> {
          pair.us().announce(List.of(route(IPV4)));
          HeldRoute held = pair.held(IPV4);
          assertThat(held.asPath()).containsExactly(Settings.OUR_AS);
          assertThat(held.nextHop()).isEqualTo(NEXT_HOP.toString());
          pair.us().withdraw(List.of(IPV4));
          pair.awaitGone(IPV4);
        });
  }

  @ParameterizedTest
  @EnumSource
  void holdsTheNewestAttributes(Kind kind) throws IOException {
    cell(
        Scenario.ATTRIBUTES,
        kind,
        pair -> {
          pair.us().announce(List.of(route(IPV4)));
          pair.held(IPV4);
          PathAttributes changed = PathAttributes.NONE.withMed(200).withPrepend(Settings.OUR_AS, 2);
          pair.us().announce(List.of(new Route(IPV4, NextHop.of(OTHER_NEXT_HOP), changed)));
          pair.awaitHeld(IPV4, held -> held.med().orElse(0) == 200);
          HeldRoute held = pair.held(IPV4);
          assertThat(held.asPath())
              .containsExactly(Settings.OUR_AS, Settings.OUR_AS, Settings.OUR_AS);
          assertThat(held.nextHop()).isEqualTo(OTHER_NEXT_HOP.toString());
        });
  }

  @ParameterizedTest
  @EnumSource
  void holdsIpv6(Kind kind) throws IOException {
    cell(
        Scenario.IPV6,
        kind,
        pair -> {
          pair.us().announce(List.of(route(IPV6)));
          HeldRoute held = pair.held(IPV6);
          assertThat(held.asPath()).containsExactly(Settings.OUR_AS);
          assertThat(held.nextHop()).isEqualTo(NEXT_HOP_IPV6.toString());
          pair.us().withdraw(List.of(IPV6));
          pair.awaitGone(IPV6);
        });
  }

  @ParameterizedTest
  @EnumSource
  void holdsCommunitiesOfAllKinds(Kind kind) throws IOException {
    cell(
        Scenario.COMMUNITIES,
        kind,
        pair -> {
          PathAttributes attributes =
              PathAttributes.NONE.withCommunities(
                  List.of(new Community(64496, 1), new Community(64496, 2)),
                  List.of(ExtendedCommunity.routeTarget(64496, 5)),
                  List.of(new LargeCommunity(Settings.OUR_AS, 1, 2)));
          pair.us().announce(List.of(route(IPV4, attributes)));
          HeldRoute held = pair.held(IPV4);
          assertThat(held.communities()).containsExactlyInAnyOrder("64496:1", "64496:2");
          assertThat(held.extendedCommunities()).containsExactly("rt:64496:5");
          assertThat(held.largeCommunities()).containsExactly(Settings.OUR_AS + ":1:2");
        });
  }

  @ParameterizedTest
  @EnumSource
  void holdsTheLocalPreferenceOfAnInternalSession(Kind kind) throws IOException {
    cell(
        Scenario.LOCAL_PREFERENCE,
        kind,
        Feature.INTERNAL,
        pair -> {
          PathAttributes attributes =
              new PathAttributes(
                  OptionalLong.empty(),
                  OptionalLong.of(250),
                  List.of(),
                  List.of(),
                  List.of(),
                  List.of());
          pair.us().announce(List.of(route(IPV4, attributes)));
          HeldRoute held = pair.held(IPV4);
          assertThat(held.localPreference()).hasValue(250);
          assertThat(held.asPath()).isEmpty();
        });
  }

  @ParameterizedTest
  @EnumSource
  void announcesWhatWeCanRead(Kind kind) throws IOException {
    cell(
        Scenario.THEIR_ROUTES,
        kind,
        Feature.THEY_ANNOUNCE,
        pair -> {
          Set<Prefix> theirs = Set.of(Settings.THEIR_IPV4, Settings.THEIR_IPV6);
          eventually("their routes", () -> pair.us().heard().containsAll(theirs));
          PathAttributes attributes = pair.us().heard(Settings.THEIR_IPV4).attributes();
          assertThat(attributes.med()).hasValue(100);
          assertThat(attributes.asPath()).startsWith(pair.settings().theirAs());
          assertThat(attributes.communities()).containsExactly(new Community(64496, 1));
          assertThat(attributes.extendedCommunities())
              .containsExactly(ExtendedCommunity.routeTarget(64496, 5));
          assertThat(attributes.largeCommunities())
              .containsExactly(new LargeCommunity(64496, 1, 2));
        });
  }

  @ParameterizedTest
  @EnumSource
  void counts10000Prefixes(Kind kind) throws IOException {
    cell(
        Scenario.MANY,
        kind,
        pair -> {
          List<Route> routes = routes(MANY);
          pair.us().announce(routes);
          eventually("all held", () -> pair.them().count() == MANY);
          pair.us().withdraw(routes.stream().map(Route::prefix).toList());
          eventually("none held", () -> pair.them().count() == 0);
        });
  }

  @ParameterizedTest
  @EnumSource
  void isToldTheWholeTableAgainWhenItAsks(Kind kind) throws IOException {
    cell(
        Scenario.REFRESH,
        kind,
        pair -> {
          pair.us().announce(routes(SOME));
          eventually("all held", () -> pair.them().count() == SOME);
          long before = pair.them().updates();
          pair.them().askRefresh();
          if (kind == Kind.GOBGP) {
            pair.us().announce(List.of(route(IPV4)));
            pair.held(IPV4);
            assertThat(((GoBgp) pair.them()).refreshesSent()).isZero();
            return;
          }
          eventually("told again", () -> pair.them().updates() > before);
          // Behind the answer, at the end of which it has thrown away what was not in it.
          pair.us().announce(List.of(route(IPV4)));
          pair.held(IPV4);
          assertThat(pair.them().count()).isEqualTo(SOME + 1);
        });
  }

  @ParameterizedTest
  @EnumSource
  void takesPathIdentifiers(Kind kind) throws IOException {
    cell(
        Scenario.ADD_PATH,
        kind,
        Feature.ADD_PATH,
        pair -> {
          pair.us().announce(List.of(route(IPV4), route(IPV6)));
          boolean isPrinted = kind != Kind.BIRD && kind != Kind.GOBGP;
          OptionalLong pathId = isPrinted ? OptionalLong.of(1) : OptionalLong.empty();
          assertThat(pair.held(IPV4).pathId()).isEqualTo(pathId);
          assertThat(pair.held(IPV6).pathId()).isEqualTo(pathId);
          pair.us().withdraw(List.of(IPV4, IPV6));
          pair.awaitGone(IPV4);
          pair.awaitGone(IPV6);

          Route first = path(IPV4, 1, "203.0.113.11");
          Route second = path(IPV4, 4_294_967_295L, "203.0.113.12");
          pair.us().announce(List.of(first, second));
          eventually(
              "both paths", () -> nextHops(pair).equals(Set.of(first.nextHop(), second.nextHop())));
          pair.us().withdrawPaths(List.of(first.nlri()));
          eventually("the other path", () -> nextHops(pair).equals(Set.of(second.nextHop())));
          pair.us().withdrawPaths(List.of(second.nlri()));
          pair.awaitGone(IPV4);
        });
  }

  private static Route path(Prefix prefix, long pathId, String nextHop) {
    return new Route(
        Nlri.of(prefix, pathId), NextHop.of(IpAddress.parse(nextHop)), PathAttributes.NONE);
  }

  private static Set<NextHop> nextHops(Pair pair) throws IOException {
    return pair.them().held(IPV4).stream()
        .map(route -> NextHop.of(IpAddress.parse(route.nextHop())))
        .collect(Collectors.toSet());
  }

  @ParameterizedTest
  @EnumSource
  void holdsIpv4OverIpv6(Kind kind) throws IOException {
    cell(
        Scenario.IPV6_TRANSPORT,
        kind,
        Feature.IPV6_TRANSPORT,
        pair -> {
          pair.us().announce(List.of(route(IPV4), route(IPV6)));
          assertThat(pair.held(IPV4).nextHop()).isEqualTo(NEXT_HOP.toString());
          assertThat(pair.held(IPV6).nextHop()).isEqualTo(NEXT_HOP_IPV6.toString());
        });
  }

  @ParameterizedTest
  @EnumSource
  void holdsIpv4WithAnIpv6NextHop(Kind kind) throws IOException {
    cell(
        Scenario.EXTENDED_NEXT_HOP,
        kind,
        // FRR offers it on no other session.
        Set.of(Feature.EXTENDED_NEXT_HOP, Feature.IPV6_TRANSPORT),
        HOLD,
        pair -> {
          Route route = new Route(IPV4, NextHop.of(NEXT_HOP_IPV6), PathAttributes.NONE);
          pair.us().announce(List.of(route));
          assertThat(pair.held(IPV4).nextHop()).isEqualTo(NEXT_HOP_IPV6.toString());
          pair.us().withdraw(List.of(IPV4));
          pair.awaitGone(IPV4);
        });
  }

  @ParameterizedTest
  @EnumSource
  void takesLongMessages(Kind kind) throws IOException {
    cell(
        Scenario.EXTENDED_MESSAGES,
        kind,
        Feature.EXTENDED_MESSAGES,
        pair -> {
          // 4800 octets, which fit into no message of the usual length.
          List<Community> communities =
              IntStream.range(0, 1200).mapToObj(i -> new Community(64496, i)).toList();
          PathAttributes attributes =
              PathAttributes.NONE.withCommunities(communities, List.of(), List.of());
          pair.us().announce(List.of(route(IPV4, attributes)));
          assertThat(pair.held(IPV4).communities()).hasSize(communities.size());
        });
  }

  @ParameterizedTest
  @EnumSource
  void agreesOnRoles(Kind kind) throws IOException {
    cell(
        Scenario.ROLES,
        kind,
        Feature.ROLES,
        pair -> {
          pair.us().announce(List.of(route(IPV4)));
          pair.held(IPV4);
        });
  }

  @ParameterizedTest
  @EnumSource
  void showsWhyWeShutDown(Kind kind) throws IOException {
    cell(
        Scenario.SHUTDOWN,
        kind,
        pair -> {
          pair.us().announce(List.of(route(IPV4)));
          pair.held(IPV4);
          pair.us().stop(SHUTDOWN_TEXT);
          pair.awaitGone(IPV4);
          String shown = kind == Kind.EXABGP ? ExaBgp.SHUTDOWN_UNREADABLE : SHUTDOWN_TEXT;
          eventually(shown, () -> pair.them().lastEnd().contains(shown));
        });
  }

  @ParameterizedTest
  @EnumSource
  void isDroppedWhenItFallsSilent(Kind kind) throws IOException {
    cell(
        Scenario.THEY_FALL_SILENT,
        kind,
        Set.of(),
        SHORT_HOLD,
        pair -> {
          pair.them().daemon().freeze();
          eventually("our hold timer", () -> pair.us().end().contains("hold time"));
          pair.them().daemon().thaw();
        });
  }

  @ParameterizedTest
  @EnumSource
  void dropsUsWhenWeFallSilent(Kind kind) throws IOException {
    cell(
        Scenario.WE_FALL_SILENT,
        kind,
        Set.of(),
        SHORT_HOLD,
        pair -> {
          pair.us().announce(List.of(route(IPV4)));
          pair.held(IPV4);
          pair.us().freeze();
          pair.awaitGone(IPV4);
          eventually(
              "their hold timer",
              () ->
                  pair.them()
                      .lastEnd()
                      .toLowerCase(Locale.ROOT)
                      .matches("(?s).*(hold.?timer.expired|notification sent \\(4,0\\)).*"));
        });
  }

  @ParameterizedTest
  @EnumSource
  void isToldEverythingAgainWhenItReturns(Kind kind) throws IOException {
    cell(
        Scenario.THEY_RETURN,
        kind,
        pair -> {
          pair.us().announce(List.of(route(IPV4), route(IPV6)));
          pair.held(IPV4);
          pair.them().close();
          eventually("we know", () -> !pair.us().isUp());
          pair.us().withdraw(List.of(IPV4));
          pair.us().announce(List.of(route(OTHER_IPV4)));
          try (Implementation again = kind.start(pair.settings())) {
            Pair next = new Pair(pair.settings(), pair.us(), again);
            next.held(OTHER_IPV4);
            next.held(IPV6);
            assertThat(again.held(IPV4)).isEmpty();
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void dropsOurRoutesWhenWeDie(Kind kind) throws IOException {
    cell(
        Scenario.WITHOUT_RESTART,
        kind,
        pair -> {
          pair.us().announce(List.of(route(IPV4)));
          pair.held(IPV4);
          pair.us().die();
          pair.awaitGoneAtOnce(IPV4);
        });
  }

  @ParameterizedTest
  @EnumSource
  void dropsOurRoutesWhenWeStopAlthoughItCouldKeepThem(Kind kind) throws IOException {
    cell(
        Scenario.STOP,
        kind,
        Set.of(Feature.GRACEFUL_RESTART, Feature.HARD_RESET),
        HOLD,
        pair -> {
          pair.us().announce(List.of(route(IPV4)));
          pair.held(IPV4);
          // ExaBGP reads no text here: see showsWhyWeShutDown.
          pair.us().stop(kind == Kind.EXABGP ? "" : SHUTDOWN_TEXT);
          pair.awaitGoneAtOnce(IPV4);
        });
  }

  @ParameterizedTest
  @EnumSource
  void keepsOurRoutesForOurReturn(Kind kind) throws IOException {
    cell(
        Scenario.RESTART,
        kind,
        Feature.GRACEFUL_RESTART,
        pair -> {
          if (kind == Kind.EXABGP) {
            isForgottenAtOnce(pair);
            return;
          }
          pair.us().announce(List.of(route(IPV4), route(OTHER_IPV4)));
          pair.held(IPV4);
          pair.held(OTHER_IPV4);
          pair.us().die();
          pair.awaitHeld(IPV4, HeldRoute::stale);
          pair.awaitHeld(OTHER_IPV4, HeldRoute::stale);
          try (OurSide again = OurSide.restart(pair.settings())) {
            again.announce(List.of(route(IPV4)));
            pair.awaitGone(OTHER_IPV4);
            pair.awaitHeld(IPV4, held -> !held.stale());
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void keepsOurRoutesForTheRestartTime(Kind kind) throws IOException {
    cell(
        Scenario.RESTART_TIME,
        kind,
        Set.of(Feature.GRACEFUL_RESTART, Feature.SHORT_RESTART_TIME),
        HOLD,
        pair -> {
          if (kind == Kind.EXABGP) {
            isForgottenAtOnce(pair);
            return;
          }
          pair.us().announce(List.of(route(IPV4)));
          pair.held(IPV4);
          pair.us().die();
          pair.awaitHeld(IPV4, HeldRoute::stale);
          pair.awaitGone(IPV4);
        });
  }

  private static void isForgottenAtOnce(Pair pair) throws IOException {
    pair.us().announce(List.of(route(IPV4)));
    pair.held(IPV4);
    pair.us().die();
    pair.awaitGone(IPV4);
  }

  @AfterAll
  static void theMatrixIsThatOfTheDocument(@TempDir Path home) throws IOException {
    MATRIX.compare(home);
  }
}
