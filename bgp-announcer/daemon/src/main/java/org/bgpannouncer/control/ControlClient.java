package org.bgpannouncer.control;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Asks a running daemon over its control socket; one request a connection. */
public final class ControlClient {
  private static final int MAX_ANSWER_BYTES = 64 << 20;

  private final Path socket;
  private final Duration timeout;

  /** Asks at {@code socket}, giving up after {@code timeout}. */
  public ControlClient(Path socket, Duration timeout) {
    this.socket = socket;
    this.timeout = timeout;
  }

  /**
   * An answer.
   *
   * @param status the HTTP status
   * @param json the body
   */
  public record Answer(int status, String json) {}

  /**
   * Sends {@code method path} and reads the answer.
   *
   * @param body JSON, or empty
   * @throws IOException if nobody answers in time or in HTTP
   */
  public Answer call(String method, String path, String body) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      // Blocking calls of a Unix domain socket know no timeout; closing it ends them.
      CompletableFuture.delayedExecutor(timeout.toMillis(), TimeUnit.MILLISECONDS)
          .execute(() -> close(channel));
      channel.connect(UnixDomainSocketAddress.of(socket));
      byte[] content = body.getBytes(StandardCharsets.UTF_8);
      String request =
          method
              + " "
              + path
              + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
              + content.length
              + "\r\n\r\n"
              + body;
      ByteBuffer bytes = ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      return parse(readAll(channel));
    } catch (AsynchronousCloseException e) {
      throw new IOException(socket + ": no answer within " + timeout.toSeconds() + " s", e);
    }
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String readAll(SocketChannel channel) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(16384);
    while (channel.read(buffer) != -1) {
      all.write(buffer.array(), 0, buffer.position());
      buffer.clear();
      if (all.size() > MAX_ANSWER_BYTES) {
        throw new IOException("answer: too large (expected: at most 64 MiB)");
      }
    }
    return all.toString(StandardCharsets.UTF_8);
  }

  private static Answer parse(String text) throws IOException {
    int end = text.indexOf("\r\n\r\n");
    String[] line = text.split(" ", 3);
    if (end < 0 || line.length < 3 || !line[0].toLowerCase(Locale.ROOT).startsWith("http/1.")) {
      throw new IOException("answer: not HTTP (expected: the daemon's control socket)");
    }
    try {
      return new Answer(Integer.parseInt(line[1]), text.substring(end + 4).strip());
    } catch (NumberFormatException e) {
      throw new IOException("answer: not HTTP (expected: the daemon's control socket)", e);
    }
  }
}
