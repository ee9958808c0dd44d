package org.bgpannouncer.daemon.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.function.ToLongFunction;

/** The TCP connection on which the bench says what to do, a line an order. */
final class Orders implements AutoCloseable {
  private final Socket socket;

  private Orders(Socket socket) {
    this.socket = socket;
  }

  /** Connects to a port of this machine. */
  static Orders connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    return new Orders(socket);
  }

  /**
   * Says {@code ready}, then answers each order with what {@code obey} gives for it; until the end
   * of the connection.
   */
  void serve(ToLongFunction<String> obey) throws IOException {
    OutputStream answers = socket.getOutputStream();
    answers.write("ready\n".getBytes(StandardCharsets.US_ASCII));
    BufferedReader orders =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
    for (String order = orders.readLine(); order != null; order = orders.readLine()) {
      long nanos = obey.applyAsLong(order);
      answers.write((nanos + "\n").getBytes(StandardCharsets.US_ASCII));
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
