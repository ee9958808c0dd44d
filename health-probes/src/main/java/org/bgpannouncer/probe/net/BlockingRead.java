package org.bgpannouncer.probe.net;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.Executor;
import org.bgpannouncer.probe.time.Loop;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file off the event loop: a file on a dead NFS server or a pipe nobody writes blocks for
 * ever, so a read has a deadline, and while one hangs no second one starts. What comes after the
 * deadline is handed to whoever asks next.
 *
 * <p>Confined to its loop, but for the reading itself.
 *
 * @param <T> what the file holds; immutable
 */
public final class BlockingRead<T> {
  private final Loop loop;
  private final Executor executor;
  private final Source<T> source;
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

  /** Starts a read. */
  public void start(long timeoutNanos, Receiver<T> receiver) {
    T ready = late;
    late = null;
    if (ready != null) {
      receiver.read(ready);
      return;
    }
    if (reading) {
      receiver.failed("still being read");
      return;
    }
    reading = true;
    Attempt attempt = new Attempt(receiver, timeoutNanos);
    try {
      executor.execute(
          () -> {
            try {
              T content = source.read();
              loop.execute(() -> attempt.succeeded(content));
            } catch (NoSuchFileException e) {
              loop.execute(() -> attempt.failed("no such file"));
            } catch (IOException | RuntimeException e) {
              loop.execute(() -> attempt.failed(String.valueOf(e.getMessage())));
            }
          });
    } catch (RuntimeException | OutOfMemoryError e) { // no thread to be had
      attempt.failed(e.toString());
    }
  }

  private final class Attempt {
    private final Receiver<T> receiver;
    private final Loop.Timer deadline;
    private boolean over;

    Attempt(Receiver<T> receiver, long timeoutNanos) {
      this.receiver = receiver;
      this.deadline = loop.schedule(timeoutNanos, this::expired);
    }

    private void expired() {
      over = true;
      receiver.failed("not read within its deadline");
    }

    void succeeded(T content) {
      reading = false;
      deadline.cancel();
      if (over) {
        late = content;
      } else {
        over = true;
        receiver.read(content);
      }
    }

    void failed(String why) {
      reading = false;
      deadline.cancel();
      if (!over) {
        over = true;
        receiver.failed(why);
      }
    }
  }
}
