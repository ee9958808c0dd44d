package org.bgpannouncer.speaker.bird;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A connection to BIRD's control socket that never blocks. One thread's, but for {@link #wake}. */
final class ControlSocket {
  private static final int BUFFER = 65_536;

  private final UnixDomainSocketAddress address;
  private final Selector selector;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
  private ReplyReader reader = new ReplyReader();
  private @Nullable SocketChannel channel;

  ControlSocket(Path path) throws IOException {
    this.address = UnixDomainSocketAddress.of(path);
    this.selector = Selector.open();
  }

  /** Connects; a BIRD that is stopped and whose queue is full is as good as none. */
  void connect() throws IOException {
    disconnect();
    SocketChannel opened = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      opened.configureBlocking(false);
      if (!opened.connect(address)) {
        throw new IOException("it accepts no connection");
      }
      opened.register(selector, SelectionKey.OP_READ);
    } catch (IOException e) {
      opened.close();
      throw e;
    }
    reader = new ReplyReader();
    channel = opened;
  }

  void disconnect() {
    SocketChannel open = channel;
    channel = null;
    if (open != null) {
      try {
        open.close();
        selector.selectNow(); // lets go of the descriptor
      } catch (IOException e) {
        throw new IllegalStateException("closing a socket", e);
      }
    }
  }

  /** Sends a line: BIRD answers one before the next is sent, so there is room for it. */
  void send(String line) throws IOException {
    SocketChannel open = channel;
    if (open == null) {
      throw new IOException("not connected");
    }
    ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.US_ASCII));
    open.write(bytes);
    if (bytes.hasRemaining()) {
      throw new IOException("it does not read");
    }
  }

  /**
   * Waits for lines, {@link #wake} or the time.
   *
   * @throws IOException when the connection is gone, or not BIRD's
   */
  void await(long millis, Consumer<ReplyLine> lines) throws IOException {
    if (millis <= 0) {
      selector.selectNow();
    } else {
      selector.select(millis);
    }
    selector.selectedKeys().clear();
    SocketChannel open = channel;
    if (open == null) {
      return;
    }
    buffer.clear();
    int count = open.read(buffer);
    if (count < 0) {
      throw new EOFException("BIRD has closed its control socket");
    }
    buffer.flip();
    reader.read(buffer, lines);
  }

  /** Ends an {@link #await}. */
  void wake() {
    selector.wakeup();
  }

  /** Lets go of everything. */
  void close() {
    disconnect();
    try {
      selector.close();
    } catch (IOException e) {
      throw new IllegalStateException("closing a selector", e);
    }
  }
}
