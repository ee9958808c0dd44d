package org.bgpannouncer.probe.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.bgpannouncer.probe.net.Dialer.CloseCause;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How a real connection ends when something of ours throws. */
final class NettyDialerIT {
  private final MultiThreadIoEventLoopGroup group = NettyTransport.newGroup(1);
  private final ServerSocket server;

  NettyDialerIT() throws IOException {
    server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    server.setSoTimeout(10_000);
  }

  @AfterEach
  void close() throws Exception {
    server.close();
    group.shutdownGracefully(0, 0, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
  }

  @Test
  void aHandlerThatThrowsOnConnectEndsTheConnectionAsOurs() throws Exception {
    Ending ending =
        new Ending() {
          @Override
          public void connected(Dialer.Link<ByteBuf> link) {
            throw new IllegalStateException("listener");
          }
        };

    assertThat(endOf(ending, false)).isEqualTo("OURS java.lang.IllegalStateException: listener");
  }

  @Test
  void aHandlerThatThrowsOnAMessageEndsTheConnectionAsOurs() throws Exception {
    Ending ending =
        new Ending() {
          @Override
          public void received(ByteBuf message) {
            throw new IllegalStateException("listener");
          }
        };

    assertThat(endOf(ending, true)).isEqualTo("OURS java.lang.IllegalStateException: listener");
  }

  @Test
  void aMessageThatCannotBeEncodedEndsTheConnectionAsOurs() throws Exception {
    CompletableFuture<String> ended = new CompletableFuture<>();
    NettyDialer<String> withoutEncoder =
        new NettyDialer<>(group.next(), String.class, pipeline -> {});
    Dialer.Handler<String> handler =
        new Dialer.Handler<>() {
          @Override
          public void connected(Dialer.Link<String> link) {
            link.send("text");
          }

          @Override
          public void failed(DialFailure failure) {
            ended.complete(failure.toString());
          }

          @Override
          public void received(String message) {}

          @Override
          public void closed(CloseCause cause, String detail) {
            ended.complete(cause + " " + detail);
          }
        };

    group.next().execute(() -> withoutEncoder.dial(address(), null, 5_000_000_000L, handler));

    assertThat(ended.get(10, TimeUnit.SECONDS)).startsWith("OURS ").contains("Unsupported");
  }

  // The kernel gives the lowest free descriptor. One that is closed while its own events wait
  // behind
  // those of another is given to the next dial, and those events with it.
  @Test
  void aDialDoesNotHearWhatWasMeantForTheConnectionThatHadItsDescriptor() throws Exception {
    NettyDialer<ByteBuf> dialer = new NettyDialer<>(group.next(), ByteBuf.class, pipeline -> {});
    List<Dialer.Dial> pair = new CopyOnWriteArrayList<>();
    List<Ending> dials = new ArrayList<>();
    Runnable redial =
        () -> {
          pair.forEach(Dialer.Dial::cancel);
          for (int i = 0; i < 8; i++) {
            Ending each = new Ending();
            dials.add(each);
            dialer.dial(address(), null, 5_000_000_000L, each);
          }
        };
    CountDownLatch bothEnded = new CountDownLatch(1);
    CompletableFuture<Void> redialled = new CompletableFuture<>();
    for (int i = 0; i < 2; i++) {
      Ending first =
          new Ending() {
            @Override
            public void received(ByteBuf message) {
              redial.run();
              redialled.complete(null);
            }
          };
      group.next().execute(() -> pair.add(dialer.dial(address(), null, 5_000_000_000L, first)));
    }
    try (Socket one = server.accept();
        Socket other = server.accept()) {
      // Both speak and end while the loop is busy: it is told of both at once.
      group.next().execute(() -> awaitQuietly(bothEnded));
      for (Socket each : List.of(one, other)) {
        each.getOutputStream().write(1);
        each.shutdownOutput();
      }
      bothEnded.countDown();
      redialled.get(10, TimeUnit.SECONDS);
      for (int i = 0; i < 8; i++) {
        server.accept().close();
      }
      for (Ending each : dials) {
        assertThat(each.ended.get(10, TimeUnit.SECONDS)).startsWith("FIN ");
      }
    }
  }

  @Test
  void theOtherSidesEndIsToldAndTheConnectionClosedAfterwards() throws Exception {
    Ending ending = new Ending();
    NettyDialer<ByteBuf> dialer = new NettyDialer<>(group.next(), ByteBuf.class, pipeline -> {});
    group.next().execute(() -> dialer.dial(address(), null, 5_000_000_000L, ending));
    try (Socket accepted = server.accept()) {
      accepted.setSoTimeout(10_000);
      accepted.shutdownOutput();

      assertThat(ending.ended.get(10, TimeUnit.SECONDS)).isEqualTo("FIN closed by the other side");
      assertThat(accepted.getInputStream().read()).as("closed by us").isEqualTo(-1);
    }
  }

  @Test
  void aCodecThatCannotBeAddedIsOurFault() throws Exception {
    Ending ending = new Ending();
    NettyDialer<ByteBuf> dialer =
        new NettyDialer<>(
            group.next(),
            ByteBuf.class,
            pipeline -> {
              throw new IllegalStateException("context: absent");
            });
    group.next().execute(() -> dialer.dial(address(), null, 5_000_000_000L, ending));
    try (Socket accepted = server.accept()) {
      accepted.setSoTimeout(10_000);

      assertThat(ending.ended.get(10, TimeUnit.SECONDS)).contains("UNKNOWN", "context: absent");
      assertThat(accepted.getInputStream().read()).as("closed by us").isEqualTo(-1);
    }
  }

  // The backlog is full, so the SYN is not answered: the dial is under way for ever.
  @Test
  void aDialThatIsCancelledUnderWayIsNotHeardOfAndLeavesNoSocket() throws Exception {
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket first = new Socket(full.getInetAddress(), full.getLocalPort());
        Socket second = new Socket(full.getInetAddress(), full.getLocalPort())) {
      assertThat(first.isConnected() && second.isConnected()).isTrue();
      InetSocketAddress remote = (InetSocketAddress) full.getLocalSocketAddress();
      Ending ending = new Ending();
      NettyDialer<ByteBuf> dialer = new NettyDialer<>(group.next(), ByteBuf.class, pipeline -> {});
      Dialer.Dial dial =
          group.next().submit(() -> dialer.dial(remote, null, 300_000_000, ending)).get();
      group.next().submit(() -> {}).get(); // behind it
      long open = sockets();

      group.next().submit(dial::cancel).get();

      assertThat(sockets()).isEqualTo(open - 1);
      group.next().schedule(() -> {}, 400, TimeUnit.MILLISECONDS).get(); // past its deadline
      assertThat(ending.ended).isNotDone();
    }
  }

  @Test
  void aHandlerThatThrowsWhenItIsRefusedLeavesNoSocketAndHoldsNobodyUp() throws Exception {
    InetSocketAddress refusing = address();
    server.close();
    NettyDialer<ByteBuf> dialer = new NettyDialer<>(group.next(), ByteBuf.class, pipeline -> {});
    Ending throwing =
        new Ending() {
          @Override
          public void failed(DialFailure failure) {
            throw new IllegalStateException("listener");
          }
        };
    Ending other = new Ending();
    group.next().submit(() -> {}).get(); // the loop has its own descriptors
    long open = sockets();

    group
        .next()
        .execute(
            () -> {
              dialer.dial(refusing, null, 5_000_000_000L, throwing);
              dialer.dial(refusing, null, 5_000_000_000L, other);
            });

    assertThat(other.ended.get(10, TimeUnit.SECONDS)).contains("REFUSED");
    group.next().submit(() -> {}).get(); // behind the close
    assertThat(sockets()).isEqualTo(open);
  }

  private static long sockets() throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.filter(NettyDialerIT::isSocket).count();
    }
  }

  private static boolean isSocket(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
    } catch (IOException e) {
      return false; // the one that lists them
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String endOf(Ending ending, boolean speak) throws Exception {
    NettyDialer<ByteBuf> dialer = new NettyDialer<>(group.next(), ByteBuf.class, pipeline -> {});
    group.next().execute(() -> dialer.dial(address(), null, 5_000_000_000L, ending));
    try (Socket accepted = server.accept()) {
      if (speak) {
        accepted.getOutputStream().write(1);
      }
      String end = ending.ended.get(10, TimeUnit.SECONDS);
      assertThat(accepted.getInputStream().read()).as("closed by us").isEqualTo(-1);
      return end;
    }
  }

  private InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort());
  }

  private static class Ending implements Dialer.Handler<ByteBuf> {
    final CompletableFuture<String> ended = new CompletableFuture<>();

    @Override
    public void connected(Dialer.Link<ByteBuf> link) {}

    @Override
    public void failed(DialFailure failure) {
      ended.complete(failure.toString());
    }

    @Override
    public void received(ByteBuf message) {}

    @Override
    public void closed(CloseCause cause, String detail) {
      ended.complete(cause + " " + detail);
    }
  }
}
