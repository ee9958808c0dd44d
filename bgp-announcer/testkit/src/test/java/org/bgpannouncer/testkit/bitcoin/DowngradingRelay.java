package org.bgpannouncer.testkit.bitcoin;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * Relays one connection and writes minor version 0 into both greetings: each side then believes
 * that the other speaks ZMTP 3.0, which no libzmq of today can be told to do.
 */
final class DowngradingRelay implements AutoCloseable {
  private static final int MINOR_VERSION_INDEX = 11;

  private final InetSocketAddress publisher;
  private final ServerSocket listener;

  DowngradingRelay(InetSocketAddress publisher) throws IOException {
    this.publisher = publisher;
    this.listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    daemon(this::relay);
  }

  InetSocketAddress address() {
    return new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
  }

  private void relay() {
    try (Socket subscriber = listener.accept();
        Socket upstream = new Socket(publisher.getAddress(), publisher.getPort())) {
      daemon(() -> copy(subscriber, upstream));
      copy(upstream, subscriber);
    } catch (IOException e) {
      // The test closed an end.
    }
  }

  private static void copy(Socket from, Socket to) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[8192];
      long position = 0;
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        if (position <= MINOR_VERSION_INDEX && position + read > MINOR_VERSION_INDEX) {
          buffer[(int) (MINOR_VERSION_INDEX - position)] = 0;
        }
        position += read;
        out.write(buffer, 0, read);
      }
      to.shutdownOutput();
    } catch (IOException e) {
      // The test closed an end.
    }
  }

  private static void daemon(Runnable task) {
    Thread thread = new Thread(task, "downgrading-relay");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
