package org.bgpannouncer.testkit.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Probe;
import org.bgpannouncer.probe.ProbeRuntime;
import org.bgpannouncer.probe.Probes;
import org.bitcoinj.core.BitcoinSerializer;
import org.bitcoinj.core.Message;
import org.bitcoinj.core.NetworkParameters;
import org.bitcoinj.core.Ping;
import org.bitcoinj.core.Pong;
import org.bitcoinj.core.Services;
import org.bitcoinj.core.VersionAck;
import org.bitcoinj.core.VersionMessage;
import org.bitcoinj.params.MainNetParams;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The probe's wire format against one that others wrote: every byte goes through bitcoinj. */
final class BitcoinjPeerTest {
  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final int MESSAGE_START_BYTES = 4;
  private static final int HEIGHT_BLOCKS = 870_000;

  /** Its sign bit is set, and no two of its bytes are the same. */
  private static final long NONCE = 0x8123456789abcdefL;

  private final NetworkParameters mainnet = MainNetParams.get();
  private final BitcoinSerializer serializer = new BitcoinSerializer(mainnet.network());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<List<Message>> connections = new CopyOnWriteArrayList<>();
  private final List<RuntimeException> unreadable = new CopyOnWriteArrayList<>();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final List<Observation> seen = new CopyOnWriteArrayList<>();
  private final ProbeRuntime runtime = new ProbeRuntime();
  private final ServerSocket listener;

  BitcoinjPeerTest() throws IOException {
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  @BeforeEach
  void startProbe() {
    threads.execute(this::accept);
    Probe probe = Probes.of(runtime, target());
    probe.start(seen::add);
  }

  @AfterEach
  void stop() throws IOException {
    runtime.close();
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
    threads.shutdownNow();
  }

  @Test
  void bitcoinjReadsEveryMessageOfTheProbe() {
    await().atMost(DEADLINE).until(() -> ofType(Ping.class).size() >= 3);
    await().atMost(DEADLINE).until(() -> !ofType(Pong.class).isEmpty());

    assertThat(unreadable).isEmpty();
    assertThat(connections.get(0).get(0)).isInstanceOf(VersionMessage.class);
    assertThat(connections.get(0).get(1)).isInstanceOf(VersionAck.class);
    assertThat(connections.get(0))
        .allMatch(
            each ->
                each instanceof VersionMessage
                    || each instanceof VersionAck
                    || each instanceof Ping
                    || each instanceof Pong);
    assertThat(ofType(Ping.class)).extracting(Ping::nonce).doesNotHaveDuplicates();
    assertThat(ofType(Pong.class)).extracting(Pong::nonce).containsExactly(NONCE);
  }

  @Test
  void theVersionSaysWhoAsksAndWhom() {
    await().atMost(DEADLINE).until(() -> !ofType(VersionMessage.class).isEmpty());

    VersionMessage version = ofType(VersionMessage.class).get(0);
    assertThat(version.clientVersion()).isEqualTo(70016);
    assertThat(version.services().bits()).isZero();
    assertThat(version.subVer).matches("/bgp-announcer:[1-9]?[0-9](\\.[0-9]+)+/");
    assertThat(version.bestHeight).isZero();
    assertThat(version.relayTxesBeforeFilter).isFalse();
    assertThat(version.receivingAddr).isEqualTo(listener.getLocalSocketAddress());
    assertThat(version.time.getEpochSecond())
        .isCloseTo(InstantSource.system().instant().getEpochSecond(), within(30L));
  }

  @Test
  void theProbeReadsEveryMessageOfBitcoinj() {
    await().atMost(DEADLINE).until(() -> of("held").size() >= 3);

    assertThat(of("held")).allMatch(each -> each.outcome() == Outcome.OK);
    assertThat(of("version")).first().matches(each -> each.outcome() == Outcome.OK);
    assertThat(of("version").get(0).values())
        .containsEntry("user-agent", VersionMessage.LIBRARY_SUBVER)
        .containsEntry("start-height", String.valueOf(HEIGHT_BLOCKS))
        .containsEntry("services", "0x409");
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        sockets.add(socket);
        List<Message> heard = new CopyOnWriteArrayList<>();
        connections.add(heard);
        threads.execute(() -> serve(socket, heard));
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void serve(Socket socket, List<Message> heard) {
    try (socket;
        DataInputStream in = new DataInputStream(socket.getInputStream());
        OutputStream out = new BufferedOutputStream(socket.getOutputStream())) {
      while (true) {
        Message message = read(in);
        heard.add(message);
        answer(message, out);
        out.flush();
      }
    } catch (IOException ended) {
      // The probe closed, or the test is over.
    } catch (RuntimeException e) {
      unreadable.add(e);
    }
  }

  private Message read(DataInputStream in) throws IOException {
    serializer.seekPastMagicBytes(exactly(MESSAGE_START_BYTES, in));
    BitcoinSerializer.BitcoinPacketHeader header =
        serializer.deserializeHeader(
            exactly(BitcoinSerializer.BitcoinPacketHeader.HEADER_LENGTH, in));
    return serializer.deserializePayload(header, exactly(header.size, in));
  }

  private static ByteBuffer exactly(int bytes, DataInputStream in) throws IOException {
    byte[] read = new byte[bytes];
    in.readFully(read);
    return ByteBuffer.wrap(read);
  }

  private void answer(Message message, OutputStream out) throws IOException {
    if (message instanceof VersionMessage) {
      VersionMessage version = new VersionMessage(mainnet, HEIGHT_BLOCKS);
      version.localServices =
          Services.of(
              Services.NODE_NETWORK | Services.NODE_WITNESS | Services.NODE_NETWORK_LIMITED);
      serializer.serialize(version, out);
      serializer.serialize(new VersionAck(), out);
      serializer.serialize(Ping.of(NONCE), out);
    } else if (message instanceof Ping ping) {
      serializer.serialize(ping.pong(), out);
    }
  }

  private <T extends Message> List<T> ofType(Class<T> type) {
    return connections.isEmpty()
        ? List.of()
        : connections.get(0).stream().filter(type::isInstance).map(type::cast).toList();
  }

  private List<Observation> of(String check) {
    return seen.stream().filter(each -> each.check().name().equals(check)).toList();
  }

  private HostTarget target() {
    return P2pTargets.frequent(
        (InetSocketAddress) listener.getLocalSocketAddress(), DEADLINE, DEADLINE);
  }
}
