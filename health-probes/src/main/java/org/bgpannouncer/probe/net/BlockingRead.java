package org.bgpannouncer.probe.net;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.bgpannouncer.probe.time.Loop;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file off the event loop: a file on a dead NFS server or a pipe nobody writes blocks for
 * ever, so whoever asks has a deadline, and while one read goes on no second one starts: who asks
 * then waits for the same. What comes after every deadline is handed to whoever asks next.
 *
 * <p>Confined to its loop, but for the reading itself.
 *
 * @param <T> what the file holds; immutable
 */
public final class BlockingRead<T> {
  private final Loop loop;
  private final Executor executor;
  private final Source<T> source;
  private final List<Waiter> waiting = new ArrayList<>();
  private boolean reading;
  private @Nullable T late;

  /** Runs on a thread of its own. */
  public interface Source<T> {
    /** Reads and parses; the message of what it throws is shown to people. */
    T read() throws IOException;
  }

  /** Called on the loop; exactly one of the two, once. */
  public interface Receiver<T> {
    /** The file held this. */
    void read(T content);

    /** It could not be read, or not in time. */
    void failed(String why);
  }

  /**
   * @param executor runs a task that may block for ever; see {@link #threadPerRead}
   */
  public BlockingRead(Loop loop, Executor executor, Source<T> source) {
    this.loop = loop;
    this.executor = executor;
    this.source = source;
  }

  /** A daemon thread for each read: reads are rare, and one that hangs must hold up no other. */
  public static Executor threadPerRead() {
    return task -> {
      Thread thread = new Thread(task, "announcer-file-read");
      thread.setDaemon(true);
      thread.start();
    };
  }

  /** Starts a read, or joins the one under way. */
  public void start(long timeoutNanos, Receiver<T> receiver) {
    T ready = late;
    late = null;
    if (ready != null) {
      receiver.read(ready);
      return;
    }
    waiting.add(new Waiter(receiver, timeoutNanos));
    if (!reading) {
      reading = true;
      read();
    }
  }

  private void read() {
    try {
      executor.execute(
          () -> {
            try {
              T content = source.read();
              loop.execute(() -> succeeded(content));
            } catch (NoSuchFileException e) {
              loop.execute(() -> failed("no such file"));
            } catch (IOException | RuntimeException e) {
              loop.execute(() -> failed(String.valueOf(e.getMessage())));
            } catch (Error e) { // or everyone would wait for this read for ever
              loop.execute(() -> failed(e.toString()));
            }
          });
    } catch (RuntimeException | OutOfMemoryError e) { // no thread to be had
      failed(e.toString());
    }
  }

  private void succeeded(T content) {
    late = waiting.isEmpty() ? content : null;
    ended(receiver -> receiver.read(content));
  }

  private void failed(String why) {
    ended(receiver -> receiver.failed(why));
  }

  // A receiver may ask again at once, which starts a new read.
  private void ended(Consumer<Receiver<T>> tell) {
    reading = false;
    List<Waiter> told = List.copyOf(waiting);
    waiting.clear();
    for (Waiter waiter : told) {
      waiter.deadline.cancel();
      tell.accept(waiter.receiver);
    }
  }

  private final class Waiter {
    private final Receiver<T> receiver;
    private final Loop.Timer deadline;

    Waiter(Receiver<T> receiver, long timeoutNanos) {
      this.receiver = receiver;
      this.deadline = loop.schedule(timeoutNanos, this::expired);
    }

    private void expired() {
      waiting.remove(this);
      receiver.failed("not read within its deadline");
    }
  }
}
