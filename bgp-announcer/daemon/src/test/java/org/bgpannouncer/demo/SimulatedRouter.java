package org.bgpannouncer.demo;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.speaker.exabgp.ExaBgpPipe;
import org.bgpannouncer.testkit.exabgp.SimulatedExaBgp;

/**
 * A site's edge router behind a simulated ExaBGP: what it holds for one prefix, and each change
 * with its time. Thread-safe.
 */
final class SimulatedRouter implements AutoCloseable {
  /** How long a change that must come may take. */
  static final Duration PATIENCE = Duration.ofSeconds(20);

  private final SimulatedExaBgp exabgp = new SimulatedExaBgp(SimulatedExaBgp.Version.V4_2);
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Change> changes = new ArrayList<>();
  private final String site;
  private final String prefix;
  private Optional<Path> current = Optional.empty();

  SimulatedRouter(String site, Prefix prefix) {
    this.site = site;
    this.prefix = prefix.toString();
    exabgp.sessionUp();
  }

  /** The path it holds; empty: none. */
  Optional<Path> path() {
    lock.lock();
    try {
      return current;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for the first change since then to what {@code wanted} accepts.
   *
   * @throws AssertionError when it does not come
   */
  Change await(String what, long sinceNanos, Predicate<Optional<Path>> wanted) {
    return find(sinceNanos, PATIENCE, change -> wanted.test(change.to()))
        .orElseThrow(
            () -> new AssertionError("%s: not %s within %s".formatted(site, what, PATIENCE)));
  }

  /**
   * Waits {@code quiet} for a change since then that a neighbour hears.
   *
   * @throws AssertionError when there is one
   */
  void requireNothingHeard(long sinceNanos, Duration quiet) {
    find(sinceNanos, quiet, Change::isHeard)
        .ifPresent(
            change -> {
              throw new AssertionError("%s: %s (expected: no change)".formatted(site, change));
            });
  }

  private Optional<Change> find(long sinceNanos, Duration bound, Predicate<Change> wanted) {
    lock.lock();
    try {
      long leftNanos = bound.toNanos();
      while (true) {
        Optional<Change> found =
            changes.stream()
                .filter(change -> change.nanos() - sinceNanos >= 0 && wanted.test(change))
                .findFirst();
        if (found.isPresent() || leftNanos <= 0) {
          return found;
        }
        leftNanos = changed.awaitNanos(leftNanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    } finally {
      lock.unlock();
    }
  }

  /** The announcer's end of the pipe. */
  ExaBgpPipe pipe() {
    InputStream answers = exabgp.answers();
    // A command is executed by the thread that writes it: right behind the write is the change.
    OutputStream commands =
        new FilterOutputStream(exabgp.commands()) {
          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            look(System.nanoTime());
          }
        };
    return new ExaBgpPipe() {
      @Override
      public InputStream input() {
        return answers;
      }

      @Override
      public OutputStream output() {
        return commands;
      }

      @Override
      public void close() {
        exabgp.close();
      }
    };
  }

  private void look(long nanos) {
    Optional<Path> now = Optional.ofNullable(exabgp.adjRibOut().get(prefix)).map(Path::parse);
    lock.lock();
    try {
      if (!now.equals(current)) {
        changes.add(new Change(nanos, current, now));
        current = now;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends ExaBGP.
   *
   * @throws AssertionError if it was told what a real one, or its router, would have choked on
   */
  @Override
  public void close() {
    exabgp.close();
    if (!exabgp.violations().isEmpty()) {
      throw new AssertionError(site + ": " + exabgp.violations());
    }
  }

  /**
   * A change of the path.
   *
   * @param nanos when, as {@link System#nanoTime}
   * @param from before; empty: none
   * @param to now; empty: none
   */
  record Change(long nanos, Optional<Path> from, Optional<Path> to) {
    /** An edge router tells its neighbours its own next hop: another host is no news to them. */
    boolean isHeard() {
      return !from.map(Path::attributes).equals(to.map(Path::attributes));
    }
  }

  /**
   * A path.
   *
   * @param nextHop the address of a host
   * @param attributes everything else, in ExaBGP's words
   */
  record Path(String nextHop, String attributes) {
    static Path parse(String text) {
      String[] words = text.split(" ", 3);
      if (!words[0].equals("next-hop")) {
        throw new IllegalArgumentException("route: " + text + " (expected: next-hop ...)");
      }
      return new Path(words[1], words[2]);
    }

    /** The AS numbers in front of what the session adds itself (RFC 4271 section 9.1.2.2 a). */
    int prepends() {
      int open = attributes.indexOf("as-path [ ");
      if (open < 0) {
        return 0;
      }
      int start = open + "as-path [ ".length();
      return attributes.substring(start, attributes.indexOf(" ]", start)).split(" ", -1).length;
    }
  }
}
