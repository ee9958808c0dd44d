package org.bgpannouncer.speaker.bird;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.SpeakerEvent;

/**
 * Whatever BIRD says on its control socket, and whenever, nothing is sent but commands of ours, the
 * file reads back as what was written, and what people are told is printable.
 *
 * <p>An input is what BIRD says. A line that begins with {@code @} is for the test: {@code @wait}
 * lets the next deadline come, {@code @lost} ends the connection, {@code @full} is a disk that is
 * full from then on, {@code @announce}, {@code @withdraw} and {@code @stop} are the engine's
 * wishes.
 */
final class BirdSessionFuzzTest {
  private static final Prefix OWN = Prefix.parse("192.0.2.0/24");
  private static final String COMMANDS =
      "show status|show protocols|configure|disable bgp_announcer[46]"
          + "|show route [0-9a-z_./: ]*protocol bgp_announcer[46] all|show route [0-9a-z_./: ]+";

  @FuzzTest
  void sendsNothingButCommands(byte[] input) {
    assertThat(lines(input, 3)).isEqualTo(lines(input, Math.max(1, input.length)));
    Bird bird = new Bird();
    for (String line : new String(input, StandardCharsets.UTF_8).split("\n", -1)) {
      bird.says(line);
    }
    bird.says("@stop");
    bird.says("@wait");
  }

  /** The lines of a stream, up to what is no line of BIRD's. */
  private static List<ReplyLine> lines(byte[] input, int step) {
    List<ReplyLine> lines = new ArrayList<>();
    ReplyReader reader = new ReplyReader();
    try {
      for (int from = 0; from < input.length; from += step) {
        byte[] part = Arrays.copyOfRange(input, from, Math.min(input.length, from + step));
        reader.read(ByteBuffer.wrap(part), lines::add);
      }
    } catch (ProtocolException e) {
      assertThat(e.getMessage()).matches("[\\x20-\\x7e]+");
    }
    return lines;
  }

  /** A session, and the world it works on. */
  private static final class Bird implements Effects {
    private final BirdSession session = new BirdSession("announcer.conf", Set.of(), this);
    private ReplyReader reader = new ReplyReader();
    private String file = "";
    private boolean full;
    private long nowNanos = -5_000_000_000L;

    Bird() {
      session.start(nowNanos);
    }

    void says(String line) {
      nowNanos += 1_000_000;
      switch (line) {
        case "@wait" -> pass();
        case "@lost" -> session.disconnected("end of the stream", nowNanos);
        case "@full" -> full = true;
        case "@announce" ->
            session.apply(
                List.of(
                    new RouteChange.Announce(
                        new Route(OWN, NextHop.SELF, PathAttributes.NONE.withMed(5)))),
                nowNanos);
        case "@withdraw" -> session.apply(List.of(new RouteChange.Withdraw(OWN)), nowNanos);
        case "@stop" -> session.withdrawAll(nowNanos);
        default -> read(line);
      }
    }

    private void read(String line) {
      byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
      try {
        reader.read(ByteBuffer.wrap(bytes), each -> session.line(each, nowNanos));
      } catch (ProtocolException e) {
        reader = new ReplyReader();
        session.disconnected(String.valueOf(e.getMessage()), nowNanos);
      }
    }

    private void pass() {
      OptionalLong deadline = session.deadlineNanos();
      nowNanos = Math.max(nowNanos, deadline.orElse(nowNanos));
      session.tick(nowNanos);
    }

    @Override
    public Optional<String> connect() {
      reader = new ReplyReader();
      return Optional.empty();
    }

    @Override
    public void disconnect() {
      reader = new ReplyReader();
    }

    @Override
    public void send(String command) {
      assertThat(command).matches(COMMANDS);
    }

    @Override
    public String load() {
      return file;
    }

    @Override
    public Optional<String> store(String text) {
      assertThat(RouteFile.parse(text).text()).isEqualTo(text);
      assertThat(text).matches("[\\x20-\\x7e\\n]+");
      if (full) {
        return Optional.of("no space left on device");
      }
      file = text;
      return Optional.empty();
    }

    @Override
    public void emit(SpeakerEvent event) {
      if (event instanceof SpeakerEvent.Lost lost) {
        assertThat(lost.reason()).matches("[\\x20-\\x7e]+");
      } else if (event instanceof SpeakerEvent.Notice notice) {
        assertThat(notice.text()).matches("[\\x20-\\x7e]*");
      }
    }
  }
}
