package org.bgpannouncer.probe.net;

import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Dials through the real dialer and prints what came of it, one line per dial; a program of its
 * own, so that a test can run it in a namespace or under a limit.
 */
final class DialOnce {
  private DialOnce() {}

  /**
   * One dial as the tests write it: {@code address port source}, with {@code -} for no source.
   *
   * @param source null for the kernel's choice
   */
  record Spec(InetAddress address, int port, @Nullable InetAddress source) {
    static Spec parse(String text) throws UnknownHostException {
      String[] parts = text.split(" ", -1);
      return new Spec(
          literal(parts[0]),
          Integer.parseInt(parts[1]),
          parts[2].equals("-") ? null : literal(parts[2]));
    }

    private static InetAddress literal(String text) throws UnknownHostException {
      String[] bytes = text.split("\\.", -1);
      byte[] address = new byte[4];
      for (int i = 0; i < 4; i++) {
        address[i] = (byte) Integer.parseInt(bytes[i]);
      }
      return InetAddress.getByAddress(address);
    }
  }

  /** Transport, deadline in milliseconds, how many dials may open no file, then the dials. */
  public static void main(String[] args) throws Exception {
    int without = Integer.parseInt(args[2]);
    try (Dialling dialling = new Dialling(args[0]);
        FileLimit limit = new FileLimit()) {
      dialling.dial(Spec.parse("127.0.0.1 1 -"), 1000); // loads every class while files can be had
      for (int i = 3; i < args.length; i++) {
        limit.set(i - 3 < without ? "3" : "300");
        String result = dialling.dial(Spec.parse(args[i]), Long.parseLong(args[1]));
        print(result);
      }
    }
  }

  @SuppressWarnings("SystemOut") // a program of its own
  private static void print(String line) {
    System.out.println(line);
  }

  /**
   * Sets the limit on this process's open files. Its helper is started before, as that takes files.
   * Of a table that is merely full, somebody may close a file at the wrong moment; no file fits
   * below a limit of 3.
   */
  private static final class FileLimit implements AutoCloseable {
    private final Process shell;
    private final BufferedReader answers;

    FileLimit() throws IOException {
      shell = new ProcessBuilder("sh").redirectErrorStream(true).start();
      answers = shell.inputReader(StandardCharsets.UTF_8);
    }

    void set(String files) throws IOException {
      String command =
          "prlimit --pid " + ProcessHandle.current().pid() + " --nofile=" + files + ": && echo set";
      shell.getOutputStream().write((command + "\n").getBytes(StandardCharsets.UTF_8));
      shell.getOutputStream().flush();
      String answer = answers.readLine();
      if (!"set".equals(answer)) {
        throw new IOException(command + ": " + answer);
      }
    }

    @Override
    public void close() throws IOException {
      shell.getOutputStream().close();
    }
  }

  /** One event loop of the given transport. */
  static final class Dialling implements AutoCloseable {
    private final MultiThreadIoEventLoopGroup group;
    private final EventLoop loop;

    Dialling(String transport) {
      IoHandlerFactory io =
          transport.equals("epoll") ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
      group = new MultiThreadIoEventLoopGroup(1, io);
      loop = group.next();
    }

    /** {@code CONNECTED}, or outcome, reason and detail; {@code OFF THE LOOP} if called so. */
    String dial(Spec spec, long timeoutMillis) throws Exception {
      CompletableFuture<String> result = new CompletableFuture<>();
      NettyDialer<Void> dialer = new NettyDialer<>(loop, Void.class, pipeline -> {});
      loop.execute(
          () ->
              dialer.dial(
                  new InetSocketAddress(spec.address(), spec.port()),
                  spec.source(),
                  TimeUnit.MILLISECONDS.toNanos(timeoutMillis),
                  new Dialer.Handler<>() {
                    @Override
                    public void connected(Dialer.Link<Void> link) {
                      complete("CONNECTED");
                    }

                    @Override
                    public void failed(DialFailure failure) {
                      complete(failure.outcome() + " " + failure.reason() + " " + failure.detail());
                    }

                    @Override
                    public void received(Void message) {}

                    @Override
                    public void closed(Dialer.CloseCause cause, String detail) {}

                    private void complete(String text) {
                      String line = loop.inEventLoop() ? text : "OFF THE LOOP " + text;
                      loop.execute(() -> result.complete(line)); // once its socket is closed
                    }
                  }));
      return result.get(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
      group.shutdownGracefully(0, 0, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }
}
