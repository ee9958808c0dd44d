package org.bgpannouncer.rehearsal;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.function.LongConsumer;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.speaker.Speaker;
import org.bgpannouncer.speaker.exabgp.ExaBgpPipe;
import org.bgpannouncer.speaker.exabgp.ExaBgpSpeaker;

/**
 * The other end of a pipe to ExaBGP 4.2 with one established neighbour: it acknowledges everything.
 */
final class RehearsalExaBgp implements RehearsalRouter {
  private static final String SUMMARY_HEADER =
      "Peer            AS        up/down state       |     #sent     #recvd\n";
  private static final String NEIGHBOR =
      "127.0.0.1       65000     0:00:09 established           2          2\n";

  private final Pipe commands;
  private final Pipe answers;
  private final Prefix prefix;
  private final LongConsumer withdrawn;

  /**
   * @param prefix what may be announced
   * @param withdrawn hears when a withdraw was read, on the clock of {@link System#nanoTime}
   */
  RehearsalExaBgp(Prefix prefix, LongConsumer withdrawn) throws IOException {
    this.prefix = prefix;
    this.withdrawn = withdrawn;
    commands = Pipe.open();
    answers = Pipe.open();
    Thread thread = new Thread(this::serve, "rehearsal-exabgp");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public Speaker speaker() {
    ExaBgpPipe pipe =
        ExaBgpPipe.of(
            Channels.newInputStream(answers.source()), Channels.newOutputStream(commands.sink()));
    return new ExaBgpSpeaker(pipe, Set.of(Nlri.of(prefix)));
  }

  @Override
  public void close() throws IOException {
    commands.source().close();
    answers.sink().close();
  }

  private void serve() {
    try (BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(
                    Channels.newInputStream(commands.source()), StandardCharsets.US_ASCII));
        OutputStream out = Channels.newOutputStream(answers.sink())) {
      for (String line; (line = lines.readLine()) != null; ) {
        if (line.startsWith("withdraw ")) {
          withdrawn.accept(System.nanoTime());
        }
        out.write((report(line) + "done\n").getBytes(StandardCharsets.US_ASCII));
      }
    } catch (IOException e) {
      // The rehearsal is over.
    }
  }

  /** What ExaBGP 4.2.21 says before {@code done}. */
  private static String report(String command) {
    if (command.equals("version")) {
      return "exabgp 4.2.21\n";
    }
    if (command.equals("show neighbor summary")) {
      return SUMMARY_HEADER + NEIGHBOR;
    }
    return command.endsWith(" summary") ? SUMMARY_HEADER : "";
  }
}
