package org.bgpannouncer.probe.bitcoin.rpc;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig.Credentials;
import org.bgpannouncer.probe.time.Loop;
import org.jspecify.annotations.Nullable;

/**
 * Reads user and password from their file, off the event loop: a file on a dead NFS server or a
 * pipe nobody writes blocks for ever, so a read has a deadline, and while one hangs no second one
 * starts. What was read is kept until it is refused.
 *
 * <p>Confined to its loop, but for the reading itself.
 */
final class LoginFile {
  /** A cookie is 75 bytes; nothing that is a password is longer than this. */
  private static final int MAX_BYTES = 4096;

  private final Credentials source;
  private final Loop loop;
  private final Executor reader;
  private @Nullable Login known;
  private boolean reading;

  /** Called on the loop; exactly one of the two, once. */
  interface Receiver {
    /** The file held this. */
    void login(Login login);

    /** There is none, for the reason given. */
    void noLogin(RpcAnswer why);
  }

  /**
   * @param reader runs a read that may block for ever; see {@link #threadPerRead}
   */
  LoginFile(Credentials source, Loop loop, Executor reader) {
    this.source = source;
    this.loop = loop;
    this.reader = reader;
  }

  /** A daemon thread for each read: reads are rare, and one that hangs must hold up no other. */
  static Executor threadPerRead() {
    return task -> {
      Thread thread = new Thread(task, "announcer-login-file");
      thread.setDaemon(true);
      thread.start();
    };
  }

  /** The login read last, or null. */
  @Nullable Login known() {
    return known;
  }

  /** Hands out the known login, or reads it. */
  void get(long timeoutNanos, Receiver receiver) {
    if (known != null) {
      receiver.login(known);
    } else {
      read(timeoutNanos, receiver);
    }
  }

  /** Reads the file even if a login is known. */
  void read(long timeoutNanos, Receiver receiver) {
    if (reading) {
      receiver.noLogin(fileFailure("still being read"));
      return;
    }
    reading = true;
    Read read = new Read(receiver, timeoutNanos);
    try {
      reader.execute(
          () -> {
            Content content = readBlocking();
            loop.execute(() -> read.finished(content));
          });
    } catch (RuntimeException | OutOfMemoryError e) { // no thread to be had
      read.finished(new Content(null, e.toString()));
    }
  }

  private final class Read {
    private final Receiver receiver;
    private final Loop.Timer deadline;
    private boolean over;

    Read(Receiver receiver, long timeoutNanos) {
      this.receiver = receiver;
      this.deadline = loop.schedule(timeoutNanos, this::expired);
    }

    private void expired() {
      over = true;
      receiver.noLogin(fileFailure("not read within its deadline"));
    }

    void finished(Content content) {
      reading = false;
      deadline.cancel();
      Login login = content.login();
      if (login != null) {
        known = login;
      }
      if (over) {
        return;
      }
      over = true;
      if (login != null) {
        receiver.login(login);
      } else {
        receiver.noLogin(fileFailure(content.problem()));
      }
    }
  }

  /** What a read found: a login, or else a problem. */
  private record Content(@Nullable Login login, String problem) {}

  private RpcAnswer fileFailure(String why) {
    return RpcAnswer.failure(Outcome.UNKNOWN, Reason.LOCAL_FILE, path() + ": " + why);
  }

  private Path path() {
    return source instanceof Credentials.CookieFile cookie
        ? cookie.file()
        : ((Credentials.UserAndPasswordFile) source).passwordFile();
  }

  private Content readBlocking() {
    try {
      return parse(readBounded(path()));
    } catch (NoSuchFileException e) {
      return new Content(null, "no such file");
    } catch (IOException | RuntimeException e) {
      return new Content(null, e.toString());
    }
  }

  private static String readBounded(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new IOException("longer than " + MAX_BYTES + " bytes");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  private Content parse(String text) {
    String line = text.lines().findFirst().orElse("");
    if (source instanceof Credentials.UserAndPasswordFile fixed) {
      return line.isEmpty()
          ? new Content(null, "no password on its first line")
          : new Content(Login.of(fixed.user(), line), "");
    }
    int colon = line.indexOf(':');
    return colon <= 0
        ? new Content(null, "not a cookie (expected: user:password)")
        : new Content(Login.of(line.substring(0, colon), line.substring(colon + 1)), "");
  }
}
