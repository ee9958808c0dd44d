package org.bgpannouncer.testkit.bgp;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.HexFormat;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.bgpannouncer.bgp.Octets;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a {@link Cable}: a socket outside, where the other side is, a socket inside,
 * where our session is, and a thread for each direction that carries the messages over. What goes
 * wrong with a session goes wrong here; the session inside knows nothing of it.
 */
final class CableConnection {
  private static final byte[] KEEPALIVE = HexFormat.of().parseHex("ff".repeat(16) + "001304");
  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final int TICKS_PER_SECOND = 100;
  private static final int ANY = Integer.MAX_VALUE;

  private final long id;
  private final Socket outside;
  private final Socket inside;
  private final InetSocketAddress remote;
  private final BiConsumer<CableConnection, String> notes;
  private final Consumer<CableConnection> whenEnded;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ReentrantLock saying = new ReentrantLock();
  private final CountDownLatch pumps = new CountDownLatch(2);
  private final AtomicInteger ownKeepalives = new AtomicInteger();
  private PeerFault.@Nullable OfSession latest;
  private PeerFault.@Nullable OfSession waiting;
  private long promisedUpdates;
  private long saidUpdates;
  private boolean heardKeepalive;
  private boolean saidKeepalive;
  private boolean ended;
  private volatile boolean mute;
  private int octetsPerSecond = ANY;
  private boolean insideIsBetweenMessages = true;
  private long lastPassedNanos = System.nanoTime();

  CableConnection(
      long id,
      Socket outside,
      Socket inside,
      BiConsumer<CableConnection, String> notes,
      Consumer<CableConnection> whenEnded) {
    this.id = id;
    this.outside = outside;
    this.inside = inside;
    this.remote = (InetSocketAddress) outside.getRemoteSocketAddress();
    this.notes = notes;
    this.whenEnded = whenEnded;
  }

  /** Counts the connections of a cable, from 1. */
  long id() {
    return id;
  }

  /** The other side's end. */
  InetSocketAddress remote() {
    return remote;
  }

  void start() throws IOException {
    outside.setTcpNoDelay(true);
    inside.setTcpNoDelay(true);
    thread("in", this::carryIn);
    thread("out", this::carryOut);
  }

  private void thread(String direction, Runnable body) {
    Thread thread = new Thread(body, "simulated-peer-" + id + "-" + direction);
    thread.setDaemon(true);
    thread.start();
  }

  /** Whether a KEEPALIVE that the session inside heard is one that nobody outside has said. */
  boolean takeOwnKeepalive() {
    return ownKeepalives.getAndUpdate(count -> Math.max(0, count - 1)) > 0;
  }

  /** Misbehaves from now on, or from when a KEEPALIVE has gone each way. */
  void misbehave(PeerFault.OfSession fault) {
    lock.lock();
    try {
      if (fault == latest) {
        return; // it came while the fault did, and has been told already
      }
      latest = fault;
      awaitSaid();
      waiting = fault;
    } finally {
      lock.unlock();
    }
    actIfEstablished();
  }

  /** The session inside was given an UPDATE to send: no fault shall overtake it. */
  void promiseUpdate() {
    lock.lock();
    try {
      promisedUpdates++;
    } finally {
      lock.unlock();
    }
  }

  // At most a second: the session may have ended, or the other side may read nothing.
  private void awaitSaid() {
    try {
      long left = SECOND_NANOS;
      while (saidUpdates < promisedUpdates && !ended && left > 0) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Reads and talks again, where it still can. */
  void heal() {
    lock.lock();
    try {
      latest = null;
      waiting = null;
      octetsPerSecond = ANY;
      mute = outside.isOutputShutdown();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until both directions have ended. */
  void awaitEnd() {
    try {
      if (!pumps.await(5, TimeUnit.SECONDS)) {
        end(); // the other side takes nothing
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- from outside to the session ----

  private void carryIn() {
    try {
      MessageStream stream = new MessageStream(outside.getInputStream(), this::awaitTurn);
      for (byte[] message = stream.next(); message != null; message = stream.next()) {
        // A read that had begun before the fault: what it brought was not read.
        awaitWindow();
        inside.getOutputStream().write(message);
        insideIsBetweenMessages = stream.isBetweenMessages();
        lastPassedNanos = System.nanoTime();
        if (MessageStream.isKeepalive(message)) {
          established(() -> heardKeepalive = true);
        }
      }
      inside.shutdownOutput();
    } catch (IOException e) {
      // The session inside shall see what we saw: a connection that broke.
      reset(inside);
    } finally {
      pumpEnded();
    }
  }

  /** The octets that may be read now; waits while it is none, and for the next trickle. */
  private int awaitTurn() throws IOException {
    awaitWindow();
    lock.lock();
    try {
      int rate = octetsPerSecond;
      if (rate == ANY || ended) {
        return ANY;
      }
      rest(rate < TICKS_PER_SECOND ? SECOND_NANOS / Math.max(1, rate) : TICK_NANOS);
      keepInsideAlive();
      return Math.max(1, rate / TICKS_PER_SECOND);
    } finally {
      lock.unlock();
    }
  }

  private void awaitWindow() throws IOException {
    lock.lock();
    try {
      while (octetsPerSecond == 0 && !ended) {
        rest(SECOND_NANOS);
        keepInsideAlive();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits so long, or until reading is something else. */
  private void rest(long nanos) throws IOException {
    int rate = octetsPerSecond;
    long left = nanos;
    try {
      while (left > 0 && octetsPerSecond == rate && !ended) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  // A peer that does not read has forgotten about its hold timer, too: that of our session is fed.
  private void keepInsideAlive() throws IOException {
    boolean due = System.nanoTime() - lastPassedNanos >= SECOND_NANOS;
    if (due && insideIsBetweenMessages && !ended) {
      lastPassedNanos = System.nanoTime();
      ownKeepalives.incrementAndGet();
      inside.getOutputStream().write(KEEPALIVE);
    }
  }

  // ---- from the session to outside ----

  private void carryOut() {
    try {
      MessageStream stream = new MessageStream(inside.getInputStream(), () -> ANY);
      for (byte[] message = stream.next(); message != null; message = stream.next()) {
        say(message);
        if (MessageStream.isKeepalive(message)) {
          established(() -> saidKeepalive = true);
        } else if (MessageStream.isUpdate(message)) {
          saidUpdate();
        }
      }
    } catch (IOException e) {
      // Either end is gone, and the other follows.
    } finally {
      end();
      pumpEnded();
    }
  }

  private void saidUpdate() {
    lock.lock();
    try {
      saidUpdates++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void say(byte[] octets) throws IOException {
    saying.lock();
    try {
      if (!mute) {
        outside.getOutputStream().write(octets);
      }
    } finally {
      saying.unlock();
    }
  }

  // ---- faults ----

  private void established(Runnable direction) {
    lock.lock();
    try {
      direction.run();
    } finally {
      lock.unlock();
    }
    actIfEstablished();
  }

  private void actIfEstablished() {
    PeerFault.OfSession fault;
    lock.lock();
    try {
      fault = waiting;
      if (fault == null || !heardKeepalive || !saidKeepalive || ended) {
        return;
      }
      waiting = null;
    } finally {
      lock.unlock();
    }
    notes.accept(this, "fault " + fault);
    try {
      act(fault);
    } catch (IOException e) {
      notes.accept(this, "fault " + fault + " came too late: " + e.getMessage());
    }
  }

  private void act(PeerFault.OfSession fault) throws IOException {
    if (fault instanceof PeerFault.ZeroWindow) {
      read(0);
    } else if (fault instanceof PeerFault.SlowReader slow) {
      read(slow.octetsPerSecond());
    } else if (fault instanceof PeerFault.Silence) {
      mute = true;
    } else if (fault instanceof PeerFault.HalfClose) {
      finish(Octets.EMPTY);
    } else if (fault instanceof PeerFault.Truncated truncated) {
      finish(truncated.octets());
    } else if (fault instanceof PeerFault.Malformed malformed) {
      say(malformed.octets().toBytes());
    } else if (fault instanceof PeerFault.Reset reset) {
      say(reset.octets().toBytes());
      reset(outside);
    }
  }

  private void read(int newOctetsPerSecond) throws IOException {
    outside.setReceiveBufferSize(Cable.SMALL_WINDOW_OCTETS);
    lock.lock();
    try {
      octetsPerSecond = newOctetsPerSecond;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void finish(Octets octets) throws IOException {
    saying.lock();
    try {
      say(octets.toBytes());
      mute = true;
      outside.shutdownOutput();
    } finally {
      saying.unlock();
    }
  }

  // ---- the end ----

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      // Closed already.
    }
    close(socket);
  }

  /** Ends the connection outside; the session inside hears of it. */
  void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    close(outside);
  }

  private void pumpEnded() {
    pumps.countDown();
    if (pumps.getCount() == 0) {
      close(inside);
      whenEnded.accept(this);
    }
  }

  static void close(Closeable socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Gone is what it shall be.
    }
  }
}
