package org.bgpannouncer.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bgpannouncer.control.SampleSite;
import org.bgpannouncer.decision.ServiceState;
import org.bgpannouncer.docs.Page;
import org.bgpannouncer.health.HostState;
import org.bgpannouncer.observe.AnnouncerEvent;
import org.bgpannouncer.observe.AnnouncerEvent.HostDrained;
import org.bgpannouncer.observe.AnnouncerEvent.HostTransition;
import org.bgpannouncer.observe.AnnouncerEvent.HostUnknown;
import org.bgpannouncer.observe.AnnouncerEvent.Reloaded;
import org.bgpannouncer.observe.AnnouncerEvent.RouteAcknowledged;
import org.bgpannouncer.observe.AnnouncerEvent.RouteFound;
import org.bgpannouncer.observe.AnnouncerEvent.RouteRejected;
import org.bgpannouncer.observe.AnnouncerEvent.RouteWished;
import org.bgpannouncer.observe.AnnouncerEvent.ServiceTransition;
import org.bgpannouncer.observe.AnnouncerEvent.SpeakerReported;
import org.bgpannouncer.observe.AnnouncerEvent.StepFailed;
import org.bgpannouncer.observe.AnnouncerEvent.WithdrawOverdue;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.time.VirtualTime;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** docs/cli.md has a line of every event, as it is written; only the times are not compared. */
class LogDocTest {
  private static final Path SOURCE =
      Path.of("src/main/java/org/bgpannouncer/log/TransitionLog.java");
  private static final String RUN = "announcer run --config /etc/bgp-announcer/site.yaml";
  private static final Instant NOW = SampleSite.NOW;
  private static final Route FIRST = SampleSite.route("203.0.113.11");
  private static final Route SECOND = SampleSite.route("203.0.113.12");

  @Test
  void everyEventIsThereAsText() throws IOException {
    assertThat(timeless(Page.CLI.sessions().getOrDefault(RUN, "")))
        .isEqualTo(timeless(encoded(new TextEncoder(), events())));
  }

  @Test
  void andAnEventAsJson() throws IOException {
    assertThat(timeless(Page.CLI.sessions().getOrDefault(RUN + " --log-format json", "")))
        .isEqualTo(timeless(encoded(new JsonEncoder(), events().limit(1))));
  }

  @Test
  void theListOfKeysIsComplete() throws IOException {
    List<String> keys =
        written(events()).stream()
            .flatMap(line -> line.getKeyValuePairs().stream())
            .map(pair -> pair.key)
            .distinct()
            .toList();
    String javadoc =
        Files.readString(SOURCE).split("public final class", 2)[0].replace("\n * ", " ");
    assertThat(keys)
        .hasSizeGreaterThan(15)
        .allMatch(key -> javadoc.contains("{@code " + key + "}"));
  }

  private static Stream<AnnouncerEvent> events() {
    String why = "1 of 2 hosts fit, 1 needed; gva-btc1: p2p.held PROVEN_DEAD";
    Stream<AnnouncerEvent> decided =
        Stream.of(
            new HostTransition(
                NOW,
                "GVA",
                "gva-btc1",
                HostState.UP,
                HostState.DOWN,
                Reason.PROVEN_DEAD,
                "p2p.held held connection ended; re-dial refused, witness refused"),
            new HostUnknown(
                NOW,
                "GVA",
                "gva-btc2",
                Duration.ofMinutes(10),
                Reason.UNAUTHORIZED,
                "rpc.liveness HTTP 401, and the file still holds the login that was refused"),
            new HostDrained(
                NOW,
                "GVA",
                "gva-btc1",
                Optional.of(Instant.parse("2026-01-02T16:00:00Z")),
                "kernel update"),
            new HostDrained(NOW, "GVA", "gva-btc1", Optional.empty(), "by the operator"),
            new ServiceTransition(NOW, "GVA", "bitcoin", ServiceState.INIT, ServiceState.UP, why),
            new RouteWished(NOW, "GVA", FIRST.nlri(), Optional.of(FIRST), Optional.of(SECOND), why),
            new RouteAcknowledged(NOW, "GVA", new RouteChange.Announce(SECOND), 1_234_000),
            new RouteRejected(NOW, "GVA", new RouteChange.Announce(SECOND), "no answer", 2),
            new WithdrawOverdue(
                NOW,
                "GVA",
                FIRST.nlri(),
                Duration.ofSeconds(10),
                false,
                "0 of 2 hosts fit, 1 needed; speaker: no receipt within 10 s"),
            new WithdrawOverdue(
                NOW, "GVA", FIRST.nlri(), Duration.ofSeconds(25), true, "withdrawn"),
            new RouteFound(NOW, "GVA", FIRST, true, "of service bitcoin"),
            new RouteFound(NOW, "GVA", FIRST, false, "outside allow"),
            new Reloaded(NOW, "GVA", List.of("change " + SECOND + " (was: " + FIRST + ")")),
            new StepFailed(NOW, "GVA", "observation", "java.lang.IllegalStateException: x"));
    Stream<SpeakerEvent> spoken =
        Stream.of(
            new SpeakerEvent.Synchronised(Rib.EMPTY, "exabgp 4.2.21"),
            new SpeakerEvent.SessionUp("203.0.113.1"),
            new SpeakerEvent.SessionDown("203.0.113.1", "the hold timer expired"),
            new SpeakerEvent.Notice(
                "neighbor-changes",
                "neighbor-changes is missing in the api section of neighbor 203.0.113.1"),
            new SpeakerEvent.Lost("no answer within 2 s"),
            new SpeakerEvent.Ended(SpeakerEvent.Ended.Cause.OTHER_SIDE_GONE, "ExaBGP shuts down"));
    return Stream.concat(decided, spoken.map(event -> new SpeakerReported(NOW, "GVA", event)));
  }

  /** The lines of these events, and of a load of 10,000 withdraws what is told of the rest. */
  private static List<ILoggingEvent> written(Stream<AnnouncerEvent> events) {
    Logger logger = (Logger) LoggerFactory.getLogger("org.bgpannouncer.transitions");
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    logger.setAdditive(false);
    VirtualTime time = new VirtualTime();
    try (TransitionLog log = new TransitionLog(time, () -> {})) {
      List<AnnouncerEvent> list = events.toList();
      list.forEach(log::happened);
      if (list.size() > 1) {
        List<ILoggingEvent> first = List.copyOf(lines.list);
        for (int i = 0; i < 10_000; i++) {
          log.happened(
              new RouteWished(NOW, "GVA", FIRST.nlri(), Optional.of(FIRST), Optional.empty(), ""));
        }
        lines.list.clear();
        time.advance(Duration.ofSeconds(1));
        lines.list.addAll(0, first);
      }
      return List.copyOf(lines.list);
    } finally {
      logger.detachAppender(lines);
      logger.setAdditive(true);
    }
  }

  private static String encoded(EncoderBase<ILoggingEvent> encoder, Stream<AnnouncerEvent> events) {
    return written(events).stream()
        .map(line -> new String(encoder.encode(line), StandardCharsets.UTF_8))
        .collect(Collectors.joining());
  }

  private static String timeless(String lines) {
    return lines.replaceAll("(?m)\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z", "TIME");
  }
}
