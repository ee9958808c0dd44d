package org.bgpannouncer.probe.bitcoin.rpc;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig.Credentials;
import org.bgpannouncer.probe.net.BlockingRead;
import org.bgpannouncer.probe.time.Loop;
import org.jspecify.annotations.Nullable;

/**
 * User and password from their file. What was read is kept until it is refused.
 *
 * <p>Confined to its loop.
 */
final class LoginFile {
  /** A cookie is 75 bytes; nothing that is a password is longer than this. */
  private static final int MAX_BYTES = 4096;

  private final Credentials source;
  private final BlockingRead<Login> file;
  private @Nullable Login known;

  /** Called on the loop; exactly one of the two, once. */
  interface Receiver {
    /** The file held this. */
    void login(Login login);

    /** There is none, for the reason given. */
    void noLogin(RpcAnswer why);
  }

  LoginFile(Credentials source, Loop loop, Executor reader) {
    this.source = source;
    this.file = new BlockingRead<>(loop, reader, () -> parse(source, readBounded(path(source))));
  }

  /** The login read last, or null. */
  @Nullable Login known() {
    return known;
  }

  /** The text without the login that is known. */
  String hideIn(String text) {
    return known == null ? text : known.hideIn(text);
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
    file.start(
        timeoutNanos,
        new BlockingRead.Receiver<>() {
          @Override
          public void read(Login login) {
            known = login;
            receiver.login(login);
          }

          @Override
          public void failed(String why) {
            receiver.noLogin(
                RpcAnswer.failure(Outcome.UNKNOWN, Reason.LOCAL_FILE, path(source) + ": " + why));
          }
        });
  }

  private static Path path(Credentials source) {
    return source instanceof Credentials.CookieFile cookie
        ? cookie.file()
        : ((Credentials.UserAndPasswordFile) source).passwordFile();
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

  private static Login parse(Credentials source, String text) throws IOException {
    String line = text.lines().findFirst().orElse("");
    if (source instanceof Credentials.UserAndPasswordFile fixed) {
      if (line.isEmpty()) {
        throw new IOException("no password on its first line");
      }
      return Login.of(fixed.user(), line);
    }
    int colon = line.indexOf(':');
    if (colon <= 0) {
      throw new IOException("not a cookie (expected: user:password)");
    }
    return Login.of(line.substring(0, colon), line.substring(colon + 1));
  }
}
