package org.bgpannouncer.speaker.exabgp;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Set;

/** An ExaBGP, real or simulated, with a router behind it. */
interface ExaBgpUnderTest extends AutoCloseable {
  void startExaBgp() throws IOException;

  /** After this, or when it starts, ExaBGP establishes the session. */
  void startRouter() throws IOException;

  void stopRouter() throws IOException;

  ExaBgpPipe openPipe() throws IOException;

  /** Another way into the pipe, beside the one that was opened. */
  OutputStream commands() throws IOException;

  /** The process that had the pipe is dead; the next one gets a new pipe, or the same. */
  void killChild() throws IOException;

  /** SIGSTOP. */
  void stall() throws IOException;

  /** SIGCONT. */
  void resume() throws IOException;

  /** SIGTERM. */
  void terminate();

  /** SIGKILL. */
  void kill();

  Set<String> routesAtRouter();

  @Override
  void close();
}
