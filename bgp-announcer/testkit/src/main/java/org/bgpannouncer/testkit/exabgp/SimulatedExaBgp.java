package org.bgpannouncer.testkit.exabgp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * ExaBGP as its API process sees it: {@link #commands} is the process's stdout, {@link #answers}
 * its stdin. Commands are executed on the thread that writes them, so a test without threads is
 * deterministic.
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

  private static final Pattern ONE =
      Pattern.compile("(announce|withdraw) route (\\S+/\\d+)(?: (next-hop .*))?");
  private static final Pattern SEVERAL =
      Pattern.compile("(announce|withdraw) attributes (next-hop .*?) nlri (.*)");
  private static final Pattern IPV4 = Pattern.compile("[0-9.]+/[0-9]+");
  private static final String SUMMARY_HEADER =
      "Peer            AS        up/down state       |     #sent     #recvd";
  private static final int PIPE_BYTES = 65_536;

  private final Version version;
  private final SimulatedAdjRibOut routes;
  private final Deque<String> waiting = new ArrayDeque<>();
  private final List<String> received = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();
  private final ByteArrayOutputStream partLine = new ByteArrayOutputStream();
  private final Deque<Byte> unread = new ArrayDeque<>();
  private Mode mode = Mode.RUNNING;
  private boolean neighborChanges = true;
  private boolean up;
  private boolean ended;
  private long upSinceNanos;
  private int eventCounter;
  private int answersToLose;
  private int commandsToRefuse;
  private int waitingBytes;
  private int mostWaiting;
  private int reader;

  /** One that runs, holds no route, and has no session. */
  public SimulatedExaBgp(Version version) {
    this.version = version;
    this.routes = new SimulatedAdjRibOut(version);
  }

  /** The process's stdin. An earlier one ends: its process is dead, what it left unread stays. */
  public synchronized InputStream answers() {
    reader++;
    notifyAll();
    return new Answers(reader);
  }

  /** The process's stdout. Blocks while more than 64 KiB are not executed. */
  public OutputStream commands() {
    return new Commands();
  }

  // ---- what happens to it ----

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
      String line = waiting.remove();
      waitingBytes -= line.length() + 1;
      execute(line);
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
  public synchronized void say(String line) {
    for (byte each : (line + "\n").getBytes(StandardCharsets.UTF_8)) {
      unread.add(each);
    }
    notifyAll();
  }

  /** Holds a route of unknown origin. */
  public synchronized void hold(String prefix, String attributes) {
    routes.announce(prefix, attributes, up);
  }

  /** Ends in order: the notice, then the end of the stream. */
  public synchronized void shutdown() {
    event("\"type\": \"notification\", \"notification\": \"shutdown\"");
    close();
  }

  /** Ends as after SIGKILL. */
  @Override
  public synchronized void close() {
    ended = true;
    notifyAll();
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
    return mostWaiting;
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
    while (waitingBytes > PIPE_BYTES && !ended) {
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
    for (String prefix : prefixes(line)) {
      if (waiting.stream().anyMatch(other -> prefixes(other).contains(prefix))) {
        violations.add("two unanswered commands for " + prefix + ": " + line);
      }
    }
    waiting.add(line);
    waitingBytes += line.length() + 1;
    mostWaiting = Math.max(mostWaiting, waiting.size());
  }

  private static List<String> prefixes(String line) {
    Matcher one = ONE.matcher(line);
    Matcher several = SEVERAL.matcher(line);
    return one.matches()
        ? List.of(one.group(2))
        : several.matches() ? List.of(several.group(3).split(" ")) : List.of();
  }

  private void execute(String line) {
    Matcher one = ONE.matcher(line);
    Matcher several = SEVERAL.matcher(line);
    if (commandsToRefuse > 0) {
      commandsToRefuse--;
      answer("error");
    } else if (one.matches() && (one.group(3) != null || one.group(1).equals("withdraw"))) {
      change(one.group(1), List.of(one.group(2)), one.group(3) == null ? "" : one.group(3));
    } else if (several.matches()) {
      change(several.group(1), prefixes(line), several.group(2));
    } else {
      report(line);
    }
  }

  private void change(String verb, List<String> prefixes, String attributes) {
    boolean announce = verb.equals("announce");
    for (String prefix : prefixes) {
      boolean ipv4 = IPV4.matcher(prefix).matches();
      if (ipv4 && prefix.matches(".*(25[6-9]|2[6-9]\\d|[3-9]\\d\\d)[./].*")) {
        if (version == Version.V5_0) {
          answer("error");
        }
        return;
      }
      if (announce && !ipv4 && attributes.startsWith("next-hop self")) {
        violations.add("next-hop self for IPv6 on an IPv4 session: " + prefix);
        answer(version == Version.V5_0 ? "error" : "done");
        return;
      }
      if (announce) {
        routes.announce(prefix, attributes, up);
      } else {
        routes.withdraw(prefix, up);
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
      configuration().forEach(this::say);
      answer("done");
    } else if (line.matches("show neighbor (\\S+ )?summary")) {
      say(SUMMARY_HEADER);
      if (line.equals("show neighbor summary") && up) {
        long seconds = (System.nanoTime() - upSinceNanos) / 1_000_000_000L;
        String duration = "%d:%02d:%02d".formatted(seconds / 3600, seconds / 60 % 60, seconds % 60);
        say(
            "%-15s %-7s %9s %-12s %10d %10d"
                .formatted("127.0.0.1", "65000", duration, "established", 2, 2));
      }
      answer("done");
    } else if (line.equals("show adj-rib out extensive")) {
      routes.report(version).forEach(this::say);
      answer("done");
    } else if (line.startsWith("show adj-rib out ")) {
      answer("done");
    } else {
      answer("error");
    }
  }

  private List<String> configuration() {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "neighbor 127.0.0.1 {",
                "  local-address 127.0.0.2;",
                "  local-as 65001;",
                "  peer-as 65000;",
                "  capability {",
                "    asn4 enable;",
                "  }",
                "  family {",
                "    ipv4 unicast;",
                "  }",
                "  api {",
                "    processes [ api ];"));
    if (neighborChanges) {
      lines.add("    neighbor-changes;");
    }
    lines.addAll(List.of("  }", "}"));
    return lines;
  }

  private void answer(String word) {
    if (answersToLose > 0) {
      answersToLose--;
    } else {
      say(word);
    }
  }

  private void state(String state) {
    if (neighborChanges) {
      event(
          "\"type\": \"state\", \"neighbor\": { \"address\": { \"local\": \"127.0.0.2\", \"peer\":"
              + " \"127.0.0.1\" }, \"asn\": { \"local\": 65001, \"peer\": 65000 } , "
              + state
              + " }");
    }
  }

  private void event(String rest) {
    eventCounter++;
    say(
        "{ \"exabgp\": \"%s\", \"time\": 1795363343.71, \"host\" : \"vm\", \"pid\" : 2, \"ppid\" : 1, \"counter\": %d, %s }"
            .formatted(version.encoding, eventCounter, rest));
  }

  private synchronized int read(int as, byte[] into, int offset, int length) throws IOException {
    while (unread.isEmpty() && !ended && as == reader) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
    if (unread.isEmpty() || as != reader) {
      return -1;
    }
    int count = 0;
    while (count < length && !unread.isEmpty()) {
      into[offset + count++] = unread.remove();
    }
    return count;
  }

  private final class Answers extends InputStream {
    private final int as;

    Answers(int as) {
      this.as = as;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      return length == 0 ? 0 : SimulatedExaBgp.this.read(as, into, offset, length);
    }
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
