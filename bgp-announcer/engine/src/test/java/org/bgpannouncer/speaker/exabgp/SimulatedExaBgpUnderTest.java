package org.bgpannouncer.speaker.exabgp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Set;
import org.bgpannouncer.testkit.exabgp.SimulatedExaBgp;

/** The simulated one. */
final class SimulatedExaBgpUnderTest implements ExaBgpUnderTest {
  private final SimulatedExaBgp exabgp;
  private boolean started;
  private boolean router;

  SimulatedExaBgpUnderTest(SimulatedExaBgp.Version version, boolean neighborChanges) {
    exabgp = new SimulatedExaBgp(version);
    exabgp.neighborChanges(neighborChanges);
  }

  @Override
  public void startExaBgp() {
    started = true;
    establish();
  }

  @Override
  public void startRouter() {
    router = true;
    establish();
  }

  private void establish() {
    if (started && router) {
      exabgp.sessionUp();
    }
  }

  @Override
  public void stopRouter() {
    router = false;
    exabgp.sessionDown("closing session, goodbye");
  }

  @Override
  public ExaBgpPipe openPipe() {
    InputStream answers = exabgp.answers();
    OutputStream commands = exabgp.commands();
    return ExaBgpPipe.of(
        new InputStream() {
          @Override
          public int read() {
            throw new UnsupportedOperationException();
          }

          @Override
          public int read(byte[] into, int offset, int length) throws IOException {
            return answers.read(into, offset, length);
          }
        },
        commands);
  }

  @Override
  public OutputStream commands() {
    return exabgp.commands();
  }

  /** The pipe stays; what the dead one left unread comes to the next. */
  @Override
  public void killChild() {
    exabgp.say("done");
    exabgp.say("error");
    exabgp.say("done");
  }

  @Override
  public void stall() {
    exabgp.stall();
  }

  @Override
  public void resume() {
    exabgp.resume();
  }

  @Override
  public void terminate() {
    exabgp.shutdown();
  }

  @Override
  public void kill() {
    exabgp.close();
  }

  @Override
  public Set<String> routesAtRouter() {
    return exabgp.routesAtRouter();
  }

  @Override
  public void close() {
    exabgp.close();
    assertThat(exabgp.violations()).isEmpty();
  }
}
