package org.bgpannouncer.speaker.bird;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.RibUpdate;
import org.bgpannouncer.speaker.Speaker;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.bgpannouncer.speaker.SpeakerEvent.Ended.Cause;
import org.bgpannouncer.speaker.SpeakerListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Speaks BGP through BIRD 2 or 3: writes the routes into a file that BIRD's configuration includes,
 * and lets BIRD read it through its control socket.
 *
 * <p>Two daemon threads. <i>bird-control</i> owns the state machine, the socket and the file;
 * <i>bird-listener</i> calls the listener. Who wishes something leaves it in a box that holds one
 * change per path. Whatever a thread dies of ends the speaker: a process that is half alive would
 * hold its routes.
 *
 * <p>Source: BIRD's reply codes and reports as measured on 2.0.12 and 3.4.0, see docs/bird.md.
 */
public final class BirdSpeaker implements Speaker {
  private static final Logger log = LoggerFactory.getLogger(BirdSpeaker.class);

  private static final String TAKEN =
      "the file that BIRD includes: another announcer writes to it (expected: one)";

  private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final ControlSocket socket;
  private final IncludedFile file;
  private final BirdSession session;
  private final Thread control = new Thread(this::run, "bird-control");
  private final Thread listening = new Thread(this::deliver, "bird-listener");
  private final LinkedBlockingQueue<SpeakerEvent> events = new LinkedBlockingQueue<>();
  private final CompletableFuture<Boolean> withdrawn = new CompletableFuture<>();
  private final Object box = new Object();

  // Guarded by the box.
  private final Map<Nlri, RouteChange> wished = new LinkedHashMap<>();
  private boolean withdrawing;
  private boolean closed;
  private @Nullable SpeakerListener listener;

  // bird-control's own.
  private boolean withdrawingTold;
  private Optional<String> broken = Optional.empty();

  /**
   * A speaker that is not started.
   *
   * @param socket BIRD's control socket, e.g. {@code /run/bird/bird.ctl}
   * @param included the file that BIRD's configuration includes; its folder must be writable
   * @param counting the BIRD protocols that count as sessions; empty for every one of type BGP
   * @throws IOException if the process has no descriptor left
   */
  public BirdSpeaker(Path socket, Path included, Set<String> counting) throws IOException {
    this.socket = new ControlSocket(socket);
    this.file = new IncludedFile(included);
    this.session = new BirdSession(included.toString(), counting, new ToWorld());
    control.setDaemon(true);
    listening.setDaemon(true);
  }

  @Override
  public void start(SpeakerListener newListener) {
    synchronized (box) {
      if (listener != null) {
        throw new IllegalStateException("start: called twice (expected: once)");
      }
      listener = newListener;
    }
    control.start();
    listening.start();
  }

  @Override
  public void apply(RibUpdate update) {
    synchronized (box) {
      if (closed || withdrawing) {
        return;
      }
      for (RouteChange change : update.changes()) {
        wished.remove(change.nlri());
        wished.put(change.nlri(), change);
      }
    }
    socket.wake();
  }

  @Override
  public CompletionStage<Boolean> withdrawAll(Duration bound) {
    synchronized (box) {
      if (closed || withdrawing || listener == null) {
        return CompletableFuture.completedFuture(false);
      }
      withdrawing = true;
      wished.clear();
    }
    socket.wake();
    // Also when bird-control hangs, on a disk that does not answer.
    return withdrawn.completeOnTimeout(false, bound.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void close() {
    synchronized (box) {
      if (closed) {
        return;
      }
      closed = true;
      if (listener == null) {
        socket.close();
      }
    }
    socket.wake();
  }

  // ---- threads ----

  @SuppressWarnings("CatchThrowable") // see the class
  private void run() {
    try {
      session.start(System.nanoTime());
      while (takeWishes()) {
        session.tick(System.nanoTime());
        listen();
        if (withdrawingTold && session.isSettled()) {
          withdrawn.complete(session.isWithdrawn());
        }
      }
    } catch (Throwable e) {
      log.error("{} failed", Thread.currentThread().getName(), e);
      events.add(new SpeakerEvent.Ended(Cause.FAILED, "internal error: " + e));
    } finally {
      session.end();
      socket.close();
      file.release();
      withdrawn.complete(false);
      listening.interrupt();
    }
  }

  /** Hands on what was left in the box; false once closed. */
  private boolean takeWishes() {
    List<RouteChange> changes;
    boolean all;
    synchronized (box) {
      if (closed) {
        return false;
      }
      changes = new ArrayList<>(wished.values());
      wished.clear();
      all = withdrawing && !withdrawingTold;
      withdrawingTold = withdrawing;
    }
    if (all) {
      session.withdrawAll(System.nanoTime());
    } else if (!changes.isEmpty()) {
      session.apply(changes, System.nanoTime());
    }
    return true;
  }

  private void listen() {
    try {
      socket.await(
          untilDeadlineMillis(),
          line -> {
            if (broken.isEmpty()) {
              session.line(line, System.nanoTime());
            }
          });
    } catch (IOException e) {
      broken = Optional.of(String.valueOf(e.getMessage()));
    }
    Optional<String> reason = broken;
    if (reason.isPresent()) {
      broken = Optional.empty();
      socket.disconnect();
      session.disconnected(reason.get(), System.nanoTime());
    }
  }

  private long untilDeadlineMillis() {
    OptionalLong deadline = session.deadlineNanos();
    long waitNanos =
        deadline.isPresent()
            ? Math.min(deadline.getAsLong() - System.nanoTime(), LONGEST_WAIT_NANOS)
            : LONGEST_WAIT_NANOS;
    return broken.isPresent() ? 0 : TimeUnit.NANOSECONDS.toMillis(waitNanos + 999_999);
  }

  private void deliver() {
    try {
      while (true) {
        tell(events.take());
      }
    } catch (InterruptedException e) {
      for (SpeakerEvent event = events.poll(); event != null; event = events.poll()) {
        tell(event);
      }
    }
  }

  private void tell(SpeakerEvent event) {
    SpeakerListener to;
    synchronized (box) {
      to = listener;
    }
    try {
      if (to != null) {
        to.happened(event);
      }
    } catch (RuntimeException e) {
      log.error("the listener failed on {}", event, e);
    }
  }

  private final class ToWorld implements Effects {
    @Override
    public Optional<String> connect() {
      broken = Optional.empty();
      if (!file.take()) {
        return Optional.of(TAKEN);
      }
      try {
        socket.connect();
        return Optional.empty();
      } catch (IOException e) {
        return Optional.of("BIRD's control socket: " + e.getMessage());
      }
    }

    @Override
    public void disconnect() {
      socket.disconnect();
    }

    @Override
    public void send(String command) {
      try {
        socket.send(command);
      } catch (IOException e) {
        broken = Optional.of("BIRD's control socket: " + e.getMessage());
      }
    }

    @Override
    public String load() {
      try {
        return file.load();
      } catch (IOException e) {
        log.warn("reading the file that BIRD includes: {}", e.toString());
        return "";
      }
    }

    @Override
    public Optional<String> store(String text) {
      if (!file.take()) {
        return Optional.of(TAKEN);
      }
      try {
        file.store(text);
        return Optional.empty();
      } catch (IOException e) {
        return Optional.of("the file that BIRD includes: " + e);
      }
    }

    @Override
    public void emit(SpeakerEvent event) {
      events.add(event);
    }
  }
}
