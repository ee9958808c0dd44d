package org.bgpannouncer.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bgpannouncer.observe.AnnouncerEvent;
import org.bgpannouncer.probe.time.VirtualTime;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** How many lines a load of routes costs, and that none is lost silently. */
class TransitionLogTest {
  private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");
  private static final List<Route> ROUTES =
      IntStream.range(0, 10_000)
          .mapToObj(i -> Prefix.parse("10." + (i >> 8) + "." + (i & 255) + ".0/24"))
          .map(prefix -> new Route(prefix, NextHop.SELF, PathAttributes.NONE.withMed(100)))
          .toList();

  private final Logger logger = (Logger) LoggerFactory.getLogger("org.bgpannouncer.transitions");
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final VirtualTime time = new VirtualTime();
  private final TransitionLog log = new TransitionLog(time, () -> {});

  @BeforeEach
  void listen() {
    lines.start();
    logger.addAppender(lines);
    logger.setAdditive(false);
  }

  @AfterEach
  void silence() {
    logger.detachAppender(lines);
    logger.setAdditive(true);
  }

  @Test
  void tenThousandRoutesAreAHundredLinesAndTwoThatCountTheRest() {
    ROUTES.forEach(this::wish);
    ROUTES.forEach(this::acknowledge);
    assertThat(lines.list).hasSize(100);
    time.advance(Duration.ofSeconds(1));
    assertThat(texts()).hasSize(102);
    assertThat(texts().subList(100, 102))
        .containsExactly(
            "event=wish site=A change=announce more=9950",
            "event=acknowledged site=A change=announce more=9950");
  }

  @Test
  void fewRoutesAreALineEachAndNothingIsCounted() {
    ROUTES.subList(0, 50).forEach(this::wish);
    time.advance(Duration.ofHours(1));
    assertThat(texts())
        .hasSize(50)
        .startsWith(
            "event=wish site=A prefix=10.0.0.0/24 from=none to=next-hop self med 100 reason=r");
  }

  @Test
  void theNextSecondHasItsOwnLines() {
    ROUTES.forEach(this::wish);
    time.advance(Duration.ofSeconds(1));
    lines.list.clear();
    wish(ROUTES.get(0));
    assertThat(texts()).singleElement().asString().contains("prefix=10.0.0.0/24");
    time.advance(Duration.ofSeconds(1));
    assertThat(lines.list).hasSize(1);
  }

  @Test
  void aFloodOfAnnouncesHidesNoWithdrawAndNoRejection() {
    ROUTES.forEach(this::wish);
    ROUTES.forEach(this::acknowledge);
    lines.list.clear();
    Route last = ROUTES.get(9_999);
    log.happened(
        new AnnouncerEvent.RouteWished(
            NOON, "A", last.nlri(), Optional.of(last), Optional.empty(), "dead"));
    log.happened(
        new AnnouncerEvent.RouteRejected(
            NOON, "A", new RouteChange.Withdraw(last.prefix()), "no answer", 2));
    assertThat(texts())
        .containsExactly(
            "event=wish site=A prefix=10.39.15.0/24 from=next-hop self med 100 to=none reason=dead",
            "event=rejected site=A prefix=10.39.15.0/24 to=none reason=no answer attempts=2");
  }

  @Test
  void theEndTellsWhatIsStillCounted() {
    ROUTES.subList(0, 51).forEach(this::wish);
    log.close();
    assertThat(texts()).endsWith("event=wish site=A change=announce more=1");
  }

  private void wish(Route route) {
    log.happened(
        new AnnouncerEvent.RouteWished(
            NOON, "A", route.nlri(), Optional.empty(), Optional.of(route), "r"));
  }

  private void acknowledge(Route route) {
    log.happened(
        new AnnouncerEvent.RouteAcknowledged(NOON, "A", new RouteChange.Announce(route), 1000));
  }

  private List<String> texts() {
    return lines.list.stream()
        .map(
            event ->
                event.getKeyValuePairs().stream()
                    .map(pair -> pair.key + "=" + pair.value)
                    .collect(Collectors.joining(" ")))
        .toList();
  }
}
