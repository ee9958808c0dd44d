package org.bgpannouncer.testkit.bgp;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.bgpannouncer.bgp.BgpMessage;
import org.bgpannouncer.bgp.KeepaliveMessage;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.session.BgpSession;
import org.bgpannouncer.bgp.session.SessionEvent;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.jspecify.annotations.Nullable;

/** Everything that a simulated peer heard, and the waiting for it. Thread-safe. */
final class Recording {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition happened = lock.newCondition();
  private final AdjRibsIn adjRibsIn = new AdjRibsIn();
  private final ArrayDeque<HeardChange> changes = new ArrayDeque<>();
  private final ArrayDeque<HeardMessage<?>> messages = new ArrayDeque<>();
  private final ArrayDeque<HeardMessage<?>> untaken = new ArrayDeque<>();
  private final ArrayDeque<HeardEnd> ends = new ArrayDeque<>();
  private final Map<Long, PeerSession> established = new LinkedHashMap<>();
  private final Conversation conversation = new Conversation(System.nanoTime());

  /** Writes down what happened; gives the session when it has just been established. */
  Optional<PeerSession> add(CableConnection connection, BgpSession session, SessionEvent event) {
    long nowNanos = System.nanoTime();
    lock.lock();
    try {
      if (isOurOwn(connection, event)) {
        return Optional.empty();
      }
      conversation.add(connection, event, nowNanos);
      Optional<PeerSession> started = Optional.empty();
      if (event instanceof SessionEvent.Established agreed) {
        started = Optional.of(new PeerSession(connection, session, agreed.negotiated()));
        established.put(connection.id(), started.get());
      } else if (event instanceof SessionEvent.Received received) {
        heard(connection, received.message(), received.nanos());
      } else if (event instanceof SessionEvent.Ended ended) {
        boolean was = established.remove(connection.id()) != null;
        keep(ends, new HeardEnd(connection.id(), ended, was, nowNanos));
        adjRibsIn.ended(connection, nowNanos).forEach(change -> keep(changes, change));
      }
      happened.signalAll();
      return started;
    } finally {
      lock.unlock();
    }
  }

  private static boolean isOurOwn(CableConnection connection, SessionEvent event) {
    return event instanceof SessionEvent.Received received
        && received.message() instanceof KeepaliveMessage
        && connection.takeOwnKeepalive();
  }

  private void heard(CableConnection connection, BgpMessage message, long nanos) {
    HeardMessage<?> heard = new HeardMessage<>(connection.id(), message, nanos);
    keep(messages, heard);
    keep(untaken, heard);
    if (message instanceof UpdateMessage update) {
      adjRibsIn.apply(connection, update, nanos).forEach(change -> keep(changes, change));
    }
  }

  private static <T> void keep(ArrayDeque<T> kept, T value) {
    if (kept.size() == SimulatedPeer.MAX_RECORDED) {
      kept.removeFirst();
    }
    kept.add(value);
  }

  void note(CableConnection connection, String text) {
    locked(
        () -> {
          conversation.note(connection, text, System.nanoTime());
          return text;
        });
  }

  // ---- what there is ----

  Rib rib() {
    return locked(adjRibsIn::rib);
  }

  boolean holds(Prefix prefix) {
    return locked(() -> adjRibsIn.holds(prefix));
  }

  List<HeardChange> changes() {
    return locked(() -> List.copyOf(changes));
  }

  <M extends BgpMessage> List<HeardMessage<M>> messages(Class<M> kind) {
    return locked(() -> messages.stream().flatMap(heard -> of(kind, heard).stream()).toList());
  }

  List<HeardEnd> ends() {
    return locked(() -> List.copyOf(ends));
  }

  List<PeerSession> sessions() {
    return locked(() -> List.copyOf(established.values()));
  }

  String conversation() {
    return locked(conversation::toString);
  }

  /** The change of this kind that was heard last. */
  Optional<HeardChange> latest(Predicate<HeardChange> kind) {
    return locked(
        () -> {
          var newestFirst = changes.descendingIterator();
          while (newestFirst.hasNext()) {
            HeardChange change = newestFirst.next();
            if (kind.test(change)) {
              return Optional.of(change);
            }
          }
          return Optional.empty();
        });
  }

  /** The first change of this kind that was heard after that one; null: after none. */
  Optional<HeardChange> firstAfter(@Nullable HeardChange previous, Predicate<HeardChange> kind) {
    return locked(
        () -> {
          Optional<HeardChange> first = Optional.empty();
          var newestFirst = changes.descendingIterator();
          while (newestFirst.hasNext()) {
            HeardChange change = newestFirst.next();
            if (change.equals(previous)) {
              break;
            }
            first = kind.test(change) ? Optional.of(change) : first;
          }
          return first;
        });
  }

  /** The first message of this kind that was not taken; those before it are passed over. */
  <M extends BgpMessage> Optional<HeardMessage<M>> take(Class<M> kind) {
    return locked(
        () -> {
          Optional<HeardMessage<M>> found =
              untaken.stream().flatMap(heard -> of(kind, heard).stream()).findFirst();
          while (found.isPresent()) {
            HeardMessage<?> next = untaken.removeFirst();
            if (next.message() == found.get().message()) {
              break;
            }
          }
          return found;
        });
  }

  private static <M extends BgpMessage> Optional<HeardMessage<M>> of(
      Class<M> kind, HeardMessage<?> heard) {
    return kind.isInstance(heard.message())
        ? Optional.of(
            new HeardMessage<>(heard.session(), kind.cast(heard.message()), heard.nanos()))
        : Optional.empty();
  }

  // ---- waiting ----

  /** Waits for what {@code probe} finds; throws with the conversation when it does not come. */
  <T> T await(String what, Duration bound, Supplier<Optional<T>> probe) {
    return find(bound, probe)
        .orElseThrow(() -> failure("expected " + what + " within " + bound + "; heard:\n"));
  }

  /** Waits {@code time}, and throws with the conversation as soon as {@code probe} finds. */
  <T> void refuse(String what, Duration time, Supplier<Optional<T>> probe) {
    find(time, probe)
        .ifPresent(
            found -> {
              throw failure("expected no " + what + " for " + time + "; heard:\n");
            });
  }

  /** Waits for what {@code probe} finds; empty when it does not come. */
  <T> Optional<T> find(Duration bound, Supplier<Optional<T>> probe) {
    lock.lock();
    try {
      long leftNanos = bound.toNanos();
      Optional<T> found = probe.get();
      while (found.isEmpty() && leftNanos > 0) {
        leftNanos = happened.awaitNanos(leftNanos);
        found = probe.get();
      }
      return found;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting", e);
    } finally {
      lock.unlock();
    }
  }

  /** Has whoever waits look again. */
  void wake() {
    lock.lock();
    try {
      happened.signalAll();
    } finally {
      lock.unlock();
    }
  }

  AssertionError failure(String expectation) {
    return new AssertionError(expectation + conversation());
  }

  private <T> T locked(Supplier<T> body) {
    lock.lock();
    try {
      return body.get();
    } finally {
      lock.unlock();
    }
  }
}
