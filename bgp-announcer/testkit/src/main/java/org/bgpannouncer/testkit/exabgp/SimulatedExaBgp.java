package org.bgpannouncer.testkit.exabgp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.jspecify.annotations.Nullable;

/**
 * ExaBGP as its API process sees it: {@link #commands} is the process's stdout, {@link #answers}
 * its stdin. Commands are executed on the thread that writes them, so a test without threads is
 * deterministic. What its router has is {@link #routesAtRouter}; with {@link #connect} there is a
 * real router, on a BGP session of its own.
 *
 * <p>Answers as 4.2.21 or 5.0.15 do, including what hurts: {@code version} and {@code #} overtake
 * commands still being worked on, 4.2 says nothing to an impossible address, and routes said while
 * the session is down may come back. It keeps count of what a client must not do: {@link
 * #violations}. Starts with the session down, {@code neighbor-changes} on. Thread-safe.
 */
public final class SimulatedExaBgp implements AutoCloseable {
  /** Whose words. */
  public enum Version {
    /** 4.2.21. */
    V4_2("exabgp 4.2.21", "4.0.1"),
    /** 5.0.15. */
    V5_0("exabgp 5.0.15", "5.0.0");

    private final String answer;
    private final String encoding;

    Version(String answer, String encoding) {
      this.answer = answer;
      this.encoding = encoding;
    }
  }

  private enum Mode {
    RUNNING,
    /** Works on something long: only what is answered at once is. */
    BUSY,
    /** Does nothing, as after SIGSTOP. */
    STALLED
  }

  private final Version version;
  private final AnswerStream answers = new AnswerStream();
  private final SimulatedAdjRibOut routes;
  private final CommandQueue waiting = new CommandQueue();
  private final List<String> received = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();
  private final ByteArrayOutputStream partLine = new ByteArrayOutputStream();
  private SimulatedNeighbor neighbor = SimulatedNeighbor.DEFAULT;
  private @Nullable RouterSession router;
  private Mode mode = Mode.RUNNING;
  private boolean neighborChanges = true;
  private boolean up;
  private boolean ended;
  private long upSinceNanos;
  private int eventCounter;
  private int answersToLose;
  private int commandsToRefuse;

  /** One that runs, holds no route, and has no session. */
  public SimulatedExaBgp(Version version) {
    this.version = version;
    this.routes = new SimulatedAdjRibOut(version);
  }

  /** The process's stdin. An earlier one ends: its process is dead, what it left unread stays. */
  public InputStream answers() {
    return answers.open();
  }

  /** The process's stdout. Blocks while more than 64 KiB are not executed. */
  public OutputStream commands() {
    return new Commands();
  }

  // ---- what happens to it ----

  /**
   * Connects to a router, once, and says to it over BGP what it is told; the session's ups and
   * downs are its own from then on. Where {@code config} offers to send path identifiers, several
   * paths to a prefix are told apart.
   *
   * @param config ExaBGP's side of the session; the peer's AS must be given
   * @throws IOException when nobody listens there
   */
  public void connect(InetSocketAddress address, SessionConfig config) throws IOException {
    SimulatedNeighbor next =
        new SimulatedNeighbor(
            address.getAddress().getHostAddress(),
            SimulatedNeighbor.DEFAULT.local(),
            config.localAs(),
            config.peerAs().orElseThrow(),
            !config.capabilities().addPathSend().isEmpty());
    synchronized (this) {
      if (router != null) {
        throw new IllegalStateException("router: connected (expected: one for all time)");
      }
      neighbor = next;
      // Under the lock: nothing of the session is heard before the routes know their router.
      RouterSession session =
          new RouterSession(address, config, next, this::sessionUp, this::sessionDown);
      router = session;
      routes.toldTo(session, next.tellsPaths());
    }
  }

  /** The BGP session comes up; the router gets what is held. */
  public synchronized void sessionUp() {
    up = true;
    upSinceNanos = System.nanoTime();
    routes.sessionUp();
    state("\"state\": \"up\"");
  }

  /** The BGP session ends. */
  public synchronized void sessionDown(String reason) {
    up = false;
    routes.sessionDown();
    state("\"state\": \"down\", \"reason\": \"" + reason + "\"");
  }

  /** Whether ups and downs are told. */
  public synchronized void neighborChanges(boolean told) {
    neighborChanges = told;
  }

  /** Executes nothing until {@link #resume}. */
  public synchronized void stall() {
    mode = Mode.STALLED;
  }

  /** Executes nothing until {@link #resume}, but answers {@code version} and {@code #}. */
  public synchronized void busy() {
    mode = Mode.BUSY;
  }

  /** Executes what has waited, and all that follows. */
  public synchronized void resume() {
    mode = Mode.RUNNING;
    while (!waiting.isEmpty()) {
      execute(waiting.remove());
    }
    notifyAll();
  }

  /** Executes the next {@code count} commands without a word. */
  public synchronized void loseAnswers(int count) {
    answersToLose = count;
  }

  /** Answers {@code error} to the next {@code count} commands. */
  public synchronized void refuse(int count) {
    commandsToRefuse = count;
  }

  /** Says something that nobody asked for, e.g. a dead predecessor's answers, or garbage. */
  public void say(String line) {
    answers.say(line);
  }

  /** Holds a route of unknown origin. */
  public synchronized void hold(String prefix, String attributes) {
    routes.announce(prefix, attributes, up);
  }

  /** Ends in order: the notice, then the end of the stream. */
  public void shutdown() {
    synchronized (this) {
      event("\"type\": \"notification\", \"notification\": \"shutdown\"");
    }
    close();
  }

  /** Ends as after SIGKILL. */
  @Override
  public void close() {
    RouterSession session;
    synchronized (this) {
      ended = true;
      session = router;
      router = null;
      routes.toldTo(RouterSide.NONE, false);
      answers.end();
      notifyAll();
    }
    // Without the lock: the session's thread may be waiting for it, and ends before this returns.
    if (session != null) {
      session.close();
    }
  }

  // ---- what it saw ----

  /** The routes at the router: what matters. */
  public synchronized Set<String> routesAtRouter() {
    return Set.copyOf(routes.router().keySet());
  }

  /** The routes held, with next hop and attributes as announced. */
  public synchronized Map<String, String> adjRibOut() {
    return routes.held();
  }

  /** Every line received, in order. */
  public synchronized List<String> received() {
    return List.copyOf(received);
  }

  /** What was done that makes a real ExaBGP or its router go wrong. */
  public synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  /** The most commands that waited at any time. */
  public synchronized int mostWaiting() {
    return waiting.most();
  }

  // ---- how it works ----

  private synchronized void write(byte[] bytes, int offset, int length) throws IOException {
    if (ended) {
      throw new IOException("Broken pipe");
    }
    for (int i = offset; i < offset + length; i++) {
      if (bytes[i] == '\n') {
        receive(partLine.toString(StandardCharsets.UTF_8));
        partLine.reset();
      } else {
        partLine.write(bytes[i]);
      }
    }
    while (waiting.isFull() && !ended) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
  }

  private void receive(String line) {
    received.add(line);
    if (!line.chars().allMatch(c -> c >= ' ' && c < 127)) {
      violations.add("not ASCII, the process would be killed: " + line);
    }
    boolean immediate = line.startsWith("#") || line.equals("version");
    if (mode == Mode.RUNNING || (mode == Mode.BUSY && immediate)) {
      execute(line);
      return;
    }
    for (String prefix : waiting.add(line)) {
      violations.add("two unanswered commands for " + prefix + ": " + line);
    }
  }

  private void execute(String line) {
    Optional<ApiCommand> command = ApiCommand.parse(line);
    if (commandsToRefuse > 0) {
      commandsToRefuse--;
      answer("error");
    } else if (command.isPresent()) {
      change(command.get());
    } else {
      report(line);
    }
  }

  private void change(ApiCommand command) {
    for (String path : command.paths()) {
      if (ApiCommand.isImpossible(path)) {
        if (version == Version.V5_0) {
          answer("error");
        }
        return;
      }
      if (!command.announce()) {
        routes.withdraw(path, up);
      } else if (ApiCommand.isIpv4(path) || !command.attributes().startsWith("next-hop self")) {
        routes.announce(path, command.attributes(), up);
      } else {
        violations.add("next-hop self for IPv6 on an IPv4 session: " + path);
        answer(version == Version.V5_0 ? "error" : "done");
        return;
      }
    }
    answer("done");
  }

  private void report(String line) {
    if (line.equals("version")) {
      say(version.answer);
      answer("done");
    } else if (line.startsWith("#")) {
      answer("done");
    } else if (line.equals("show neighbor configuration")) {
      neighbor.configuration(neighborChanges).forEach(this::say);
      answer("done");
    } else if (line.matches("show neighbor (\\S+ )?summary")) {
      List<String> summary =
          line.equals("show neighbor summary") && up
              ? neighbor.summary((System.nanoTime() - upSinceNanos) / 1_000_000_000L)
              : neighbor.summary();
      summary.forEach(this::say);
      answer("done");
    } else if (line.equals("show adj-rib out extensive")) {
      routes.held().forEach((path, attributes) -> say(neighbor.route(path, attributes, version)));
      answer("done");
    } else if (line.startsWith("show adj-rib out ")) {
      answer("done");
    } else {
      answer("error");
    }
  }

  private void answer(String word) {
    if (answersToLose > 0) {
      answersToLose--;
    } else {
      say(word);
    }
  }

  private void state(String state) {
    if (neighborChanges && !ended) {
      event(neighbor.stateEvent(state));
    }
  }

  private void event(String rest) {
    eventCounter++;
    say(
        "{ \"exabgp\": \"%s\", \"time\": 1795363343.71, \"host\" : \"vm\", \"pid\" : 2, \"ppid\" : 1, \"counter\": %d, %s }"
            .formatted(version.encoding, eventCounter, rest));
  }

  private final class Commands extends OutputStream {
    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      SimulatedExaBgp.this.write(bytes, offset, length);
    }
  }
}
