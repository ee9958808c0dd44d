package org.bgpannouncer.testkit.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.junit.jupiter.api.Test;

/** What nodes of the family of Bitcoin Core do beside that, on the wire. */
abstract class CoreContract extends BitcoindContract {
  private static final int DEADLINE_MILLIS = 20_000;

  @Test
  void aVersionOfAnotherNetworkIsAnsweredByTheEndAlone() throws IOException {
    try (WirePeer peer = new WirePeer()) {
      BitcoinNetwork other =
          node().network() == BitcoinNetwork.SIGNET
              ? BitcoinNetwork.MAINNET
              : BitcoinNetwork.SIGNET;
      peer.send(other, "version", ourVersion());

      assertThat(peer.ended()).isTrue();
    }
  }

  @Test
  void itAnswersPingsOnlyAfterOurVerack() throws IOException {
    try (WirePeer peer = new WirePeer()) {
      peer.send("version", ourVersion());
      List<String> heard = new ArrayList<>();
      while (!heard.contains("verack")) {
        heard.add(peer.read().command());
      }
      assertThat(heard).containsExactly("version", "wtxidrelay", "sendaddrv2", "verack");

      peer.send("ping", new byte[] {2, 0, 0, 0, 0, 0, 0, 0});
      peer.send("verack", new byte[0]);
      peer.send("ping", new byte[] {3, 0, 0, 0, 0, 0, 0, 0});
      Received next = peer.read();
      assertThat(next.command()).isEqualTo("sendcmpct");
      while (!next.command().equals("pong")) {
        next = peer.read();
      }
      assertThat(next.payload()).isEqualTo("0300000000000000");
    }
  }

  private static byte[] ourVersion() {
    NodeIdentity us = NodeIdentity.mainnet("peer");
    return P2pFrames.version(us, Instant.now().getEpochSecond());
  }

  private record Received(String command, String payload) {}

  /** Writes its messages by hand, so that the contract rests on no probe of ours. */
  private final class WirePeer implements AutoCloseable {
    private final Socket socket = new Socket();
    private final DataInputStream in;

    WirePeer() throws IOException {
      socket.connect(node().p2p(), DEADLINE_MILLIS);
      socket.setSoTimeout(DEADLINE_MILLIS);
      in = new DataInputStream(socket.getInputStream());
    }

    void send(String command, byte[] payload) throws IOException {
      send(node().network(), command, payload);
    }

    void send(BitcoinNetwork network, String command, byte[] payload) throws IOException {
      ByteBuf frame = P2pFrames.frame(network.magic(), command, payload);
      socket.getOutputStream().write(ByteBufUtil.getBytes(frame));
    }

    Received read() throws IOException {
      ByteBuf header = Unpooled.wrappedBuffer(in.readNBytes(P2pFrames.HEADER_BYTES));
      String command = header.toString(4, 12, StandardCharsets.US_ASCII).replace("\0", "");
      return new Received(command, HexFormat.of().formatHex(in.readNBytes(header.getIntLE(16))));
    }

    boolean ended() throws IOException {
      return in.read() < 0;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
