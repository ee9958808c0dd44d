package org.bgpannouncer.bgp.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.route.IpAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a thread that is late and a peer that is slow do to a session, and what they do not. */
@Timeout(60)
class PeerUnderLoadTest {
  private static final int HOLD_SECONDS = 3;
  private static final byte[] END_OF_RIB =
      HexFormat.of().parseHex(Octets4271.MARKER + "00170200000000");

  private final BgpRuntime runtime = BgpRuntime.start("bgp-load");

  /** One neighbor that is a plain socket of ours. */
  private final class Raw implements AutoCloseable {
    private final BlockingQueue<SessionEvent> events = new LinkedBlockingQueue<>();
    private final ServerSocket server = new ServerSocket();
    private final Socket socket;
    private final BgpSession session;

    Raw(String address, SessionListener listener) throws Exception {
      server.setReceiveBufferSize(4096);
      server.bind(new InetSocketAddress(IpAddress.parse(address).toInetAddress(), 0));
      CompletableFuture<BgpSession> established = new CompletableFuture<>();
      SessionConfig config =
          new SessionConfig(
              65000,
              OptionalLong.of(65001),
              IpAddress.parse("192.0.2.1"),
              Duration.ofSeconds(HOLD_SECONDS),
              List.of(AddressFamily.IPV4_UNICAST));
      BgpPeer.start(
          runtime,
          PeerConfig.of(config, (InetSocketAddress) server.getLocalSocketAddress())
              .withMode(ConnectMode.ACTIVE),
          (current, event) -> {
            events.add(event);
            if (event instanceof SessionEvent.Established) {
              established.complete(current);
            }
            listener.happened(current, event);
          });
      socket = server.accept();
      socket.getOutputStream().write(Octets4271.open(65001, 90));
      write(Octets4271.KEEPALIVE);
      session = established.get(10, TimeUnit.SECONDS);
    }

    void write(byte[] octets) throws IOException {
      socket.getOutputStream().write(octets);
    }

    boolean hears(Class<? extends SessionEvent> kind, Duration within) throws InterruptedException {
      long end = System.nanoTime() + within.toNanos();
      for (long left = within.toNanos(); left > 0; left = end - System.nanoTime()) {
        SessionEvent event = events.poll(left, TimeUnit.NANOSECONDS);
        if (kind.isInstance(event)) {
          return true;
        }
      }
      return false;
    }

    @Override
    public void close() throws IOException {
      socket.close();
      server.close();
    }
  }

  private Raw quiet;

  @BeforeEach
  void connect() throws Exception {
    quiet = new Raw("127.0.0.2", (session, event) -> {});
  }

  @AfterEach
  void close() throws IOException {
    quiet.close();
    runtime.close();
  }

  @Test
  void octetsThatWaitInTheSocketSaveASessionFromALateThread() throws Exception {
    CountDownLatch late = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    try (Raw busy =
        new Raw(
            "127.0.0.3",
            (session, event) -> {
              if (event instanceof SessionEvent.Received received
                  && received.message() instanceof UpdateMessage) {
                late.countDown();
                holdUp(end);
              }
            })) {
      quiet.write(Octets4271.KEEPALIVE);
      // While the loop reads, for another neighbor, everybody's hold time passes.
      busy.write(END_OF_RIB);
      assertThat(late.await(10, TimeUnit.SECONDS)).isTrue();
      quiet.write(Octets4271.KEEPALIVE);
      busy.write(Octets4271.KEEPALIVE);
      assertThat(end.await(HOLD_SECONDS + 1, TimeUnit.SECONDS)).isFalse();
      end.countDown();
      assertThat(quiet.hears(SessionEvent.Ended.class, Duration.ofSeconds(1))).isFalse();
      assertThat(busy.hears(SessionEvent.Ended.class, Duration.ofSeconds(1))).isFalse();
    }
  }

  private static void holdUp(CountDownLatch end) {
    try {
      end.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aPeerThatSaysNothingIsGivenUpAfterTheHoldTime() throws Exception {
    long since = System.nanoTime();
    assertThat(quiet.hears(SessionEvent.Ended.class, Duration.ofSeconds(10))).isTrue();
    assertThat(System.nanoTime() - since).isGreaterThan(Duration.ofMillis(2500).toNanos());
  }

  @Test
  void whoFillsTheBufferIsToldWhenThereIsRoomAgain() throws Exception {
    fill();
    assertThat(quiet.session.isWritable()).isFalse();
    assertThat(quiet.events).noneMatch(SessionEvent.Writable.class::isInstance);
    Thread reader = new Thread(this::drain, "raw-reader");
    reader.setDaemon(true);
    reader.start();
    assertThat(quiet.hears(SessionEvent.Writable.class, Duration.ofSeconds(10))).isTrue();
    assertThat(quiet.session.isWritable()).isTrue();
  }

  @Test
  void whoLooksAtNothingLosesTheSessionAndNotTheMemory() throws Exception {
    UpdateMessage filler = UpdateMessage.endOfRib(AddressFamily.IPV4_UNICAST);
    List<UpdateMessage> many = Collections.nCopies(10_000, filler);
    CompletableFuture<Void> sent = new CompletableFuture<>();
    runtime.execute(
        () -> {
          // An UPDATE of 23 octets takes about 120 of memory: twice the bound.
          for (int i = 0; i < 2 * BgpSession.MAX_OUTBOUND_BYTES / 120 / many.size(); i++) {
            quiet.session.send(many);
          }
          sent.complete(null);
        });
    sent.get(30, TimeUnit.SECONDS);
    SessionEvent.Ended ended = null;
    while (ended == null) {
      SessionEvent event = quiet.events.poll(10, TimeUnit.SECONDS);
      assertThat(event).as("the session goes on").isNotNull();
      ended = event instanceof SessionEvent.Ended end ? end : null;
    }
    assertThat(ended.notification()).contains(NotificationMessage.of(BgpError.OUT_OF_RESOURCES));
  }

  private void fill() throws Exception {
    UpdateMessage filler = UpdateMessage.endOfRib(AddressFamily.IPV4_UNICAST);
    CompletableFuture<Void> full = new CompletableFuture<>();
    runtime.execute(
        () -> {
          while (quiet.session.isWritable()) {
            quiet.session.send(filler);
          }
          full.complete(null);
        });
    full.get(20, TimeUnit.SECONDS);
  }

  private void drain() {
    try {
      byte[] buffer = new byte[1 << 16];
      while (quiet.socket.getInputStream().read(buffer) >= 0) {
        // Until the end.
      }
    } catch (IOException e) {
      // The test is over.
    }
  }
}
