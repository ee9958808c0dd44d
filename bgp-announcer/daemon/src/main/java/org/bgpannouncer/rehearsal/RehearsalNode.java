package org.bgpannouncer.rehearsal;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A node on loopback that completes version and verack, answers pings, and dies as a killed process
 * does: its port stops listening, then its connections end by FIN. It says back what it hears, with
 * a pong for a ping: only this process's own probe ever talks to it.
 *
 * <p>Blocking sockets on threads of its own, because close() of theirs reaches the kernel at once.
 * {@link #die} and {@link #revive} are called by one thread.
 */
final class RehearsalNode implements AutoCloseable {
  // Message start, command, length, checksum (Bitcoin Core, protocol.h: CMessageHeader).
  private static final int COMMAND_AT = 4;
  private static final int LENGTH_AT = 16;
  private static final int HEADER_BYTES = 24;

  private final Set<Socket> peers = ConcurrentHashMap.newKeySet();
  private final InetSocketAddress address;
  private ServerSocket listener;

  /** Lives, on a port that the kernel chooses. */
  RehearsalNode() throws IOException {
    listener = listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    address = new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
  }

  InetSocketAddress address() {
    return address;
  }

  void die() throws IOException {
    listener.close();
    for (Socket peer : peers) {
      peer.close();
    }
  }

  void revive() throws IOException {
    listener = listen(address);
  }

  @Override
  public void close() throws IOException {
    die();
  }

  private ServerSocket listen(InetSocketAddress at) throws IOException {
    ServerSocket socket = new ServerSocket();
    socket.setReuseAddress(true);
    socket.bind(at);
    inThread(() -> accept(socket));
    return socket;
  }

  private void accept(ServerSocket socket) {
    try {
      while (true) {
        Socket peer = socket.accept();
        peers.add(peer);
        if (socket.isClosed()) {
          peer.close(); // accepted while it died
        }
        inThread(() -> talk(peer));
      }
    } catch (IOException e) {
      // It died: that is what it is for.
    }
  }

  private void talk(Socket peer) {
    try (peer) {
      DataInputStream in = new DataInputStream(peer.getInputStream());
      byte[] header = new byte[HEADER_BYTES];
      while (true) {
        in.readFully(header);
        int length = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getInt(LENGTH_AT);
        byte[] said = Arrays.copyOf(header, HEADER_BYTES + length);
        in.readFully(said, HEADER_BYTES, length);
        if (said[COMMAND_AT] == 'p') {
          said[COMMAND_AT + 1] = 'o'; // ping, pong; the checksum is the payload's
        }
        peer.getOutputStream().write(said);
      }
    } catch (IOException e) {
      // Either side has ended it.
    } finally {
      peers.remove(peer);
    }
  }

  private static void inThread(Runnable work) {
    Thread thread = new Thread(work, "rehearsal-node");
    thread.setDaemon(true);
    thread.start();
  }
}
