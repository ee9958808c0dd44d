package org.bgpannouncer.speaker.exabgp;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.RibUpdate;
import org.bgpannouncer.speaker.SpeakerEvent;

/**
 * Whatever ExaBGP prints, and whenever, every line that is written is a command of ours that fits
 * the pipe, nothing foreign is announced, and after the end nothing is written at all.
 *
 * <p>An input is what ExaBGP prints. A line that begins with {@code @} is for the test: {@code
 * @mark} answers the marker, which no fuzzer can guess, {@code @wait} lets three seconds pass,
 * {@code @announce}, {@code @withdraw} and {@code @stop} are the engine's wishes.
 */
final class ExaBgpSessionFuzzTest {
  private static final Prefix OWN = Prefix.parse("192.0.2.0/24");
  private static final String COMMANDS =
      "#|version|system api version 4|show (neighbor|adj-rib)( [a-z0-9.]+)+"
          + "|(neighbor \\S+ (, neighbor \\S+ )*)?announce (route|attributes) .*"
          + "|withdraw (route|attributes) .*";

  @FuzzTest
  void writesNothingButCommands(byte[] input) throws IOException {
    for (boolean namedPipes : new boolean[] {false, true}) {
      Listener listener = new Listener(namedPipes);
      for (String line : lines(input)) {
        listener.hear(line);
      }
      listener.hear("@stop");
      listener.hear("@wait");
    }
  }

  /** The lines, which are the same however the stream is cut. */
  private static List<String> lines(byte[] input) throws IOException {
    List<String> whole = read(new ByteArrayInputStream(input));
    List<String> cut =
        read(
            new ByteArrayInputStream(input) {
              @Override
              public synchronized int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(3, length));
              }
            });
    assertThat(cut).isEqualTo(whole);
    return whole;
  }

  private static List<String> read(InputStream in) throws IOException {
    LineReader reader = new LineReader(in);
    List<String> lines = new ArrayList<>();
    for (String line = reader.next(); line != null; line = reader.next()) {
      lines.add(line);
    }
    return lines;
  }

  /** A session, and what it does. */
  private static final class Listener implements Effects {
    private final ExaBgpSession session;
    private final List<String> written = new ArrayList<>();
    private long nowNanos = -5_000_000_000L;
    private boolean ended;

    Listener(boolean namedPipes) {
      session = new ExaBgpSession(namedPipes, Set.of(Nlri.of(OWN)), new Random(1), this);
      session.start(nowNanos);
    }

    void hear(String line) {
      nowNanos += Duration.ofMillis(10).toNanos();
      switch (line) {
        case "@mark" -> mark();
        case "@wait" -> pass();
        case "@announce" ->
            apply(
                new RouteChange.Announce(
                    new Route(
                        OWN, NextHop.SELF, PathAttributes.NONE.withMed(5).withPrepend(65001, 2))));
        case "@withdraw" -> apply(new RouteChange.Withdraw(OWN));
        case "@stop" -> session.withdrawAll(nowNanos);
        default -> say(line);
      }
    }

    private void say(String line) {
      session.line(StreamLine.Parser.parse(line), nowNanos);
    }

    private void mark() {
      int size = written.size();
      List<String> last = written.subList(Math.max(0, size - Marker.LENGTH), size);
      for (String line : List.copyOf(last)) {
        if (line.endsWith("summary")) {
          say("Peer            AS        up/down state       |     #sent");
        }
        say("done");
      }
    }

    private void pass() {
      nowNanos += Duration.ofSeconds(3).toNanos();
      OptionalLong deadline = session.deadlineNanos();
      if (deadline.isPresent() && nowNanos - deadline.getAsLong() >= 0) {
        session.tick(nowNanos);
      }
    }

    private void apply(RouteChange change) {
      session.apply(new RibUpdate(Rib.EMPTY.after(change), List.of(change)), nowNanos);
    }

    @Override
    public void write(String lines) {
      assertThat(ended).as("written after the end: %s", lines).isFalse();
      for (String line : lines.split("\n", -1)) {
        assertThat(line).matches(COMMANDS).hasSizeLessThanOrEqualTo(CommandText.MAX_LINE_BYTES);
        if (line.contains("announce ")) {
          assertThat(line).contains(OWN.toString());
        }
        written.add(line);
      }
    }

    @Override
    public boolean isWritten() {
      return true;
    }

    @Override
    public void drain() {
      written.clear();
    }

    @Override
    public void emit(SpeakerEvent event) {
      assertThat(ended).as("told after the end: %s", event).isFalse();
      ended = event instanceof SpeakerEvent.Ended;
      if (event instanceof SpeakerEvent.SessionDown down) {
        assertThat(down.reason()).matches("[\\x20-\\x7e]*");
      }
    }
  }
}
