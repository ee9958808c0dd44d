package org.bgpannouncer.rehearsal;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.wire.P2pDecoder;
import org.bgpannouncer.probe.bitcoin.p2p.wire.P2pEncoder;
import org.bgpannouncer.probe.bitcoin.p2p.wire.P2pMessage;

/**
 * A node on loopback that completes version and verack, answers pings, and dies as a killed process
 * does: its port stops listening, then its connections end by FIN.
 *
 * <p>Blocking sockets on threads of its own, because close() of theirs reaches the kernel at once.
 * {@link #die} and {@link #revive} are called by one thread.
 */
final class RehearsalNode implements AutoCloseable {
  private static final BitcoinNetwork NETWORK = BitcoinNetwork.REGTEST;

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
    EmbeddedChannel codec = new EmbeddedChannel(new P2pDecoder(NETWORK), new P2pEncoder(NETWORK));
    try (peer) {
      byte[] bytes = new byte[1024];
      for (int read; (read = peer.getInputStream().read(bytes)) > 0; ) {
        codec.writeInbound(Unpooled.copiedBuffer(bytes, 0, read));
        for (P2pMessage heard; (heard = codec.readInbound()) != null; ) {
          answer(heard, codec);
        }
        for (ByteBuf said; (said = codec.readOutbound()) != null; ) {
          peer.getOutputStream().write(ByteBufUtil.getBytes(said));
          said.release();
        }
      }
    } catch (IOException e) {
      // Either side has ended it.
    } finally {
      peers.remove(peer);
      codec.finishAndReleaseAll();
    }
  }

  private static void answer(P2pMessage heard, EmbeddedChannel codec) {
    switch (heard.kind()) {
      case VERSION -> {
        codec.writeOutbound(new P2pMessage.Version(((P2pMessage.Version) heard).payload()));
        codec.writeOutbound(new P2pMessage.Verack());
      }
      case PING -> codec.writeOutbound(new P2pMessage.Pong(((P2pMessage.Ping) heard).nonce()));
      case VERACK, PONG, OTHER_NETWORK -> {}
    }
  }

  private static void inThread(Runnable work) {
    Thread thread = new Thread(work, "rehearsal-node");
    thread.setDaemon(true);
    thread.start();
  }
}
