package org.bgpannouncer.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** A TCP port for a program that a test starts, such as BIRD, ExaBGP or bitcoind. Thread-safe. */
public final class FreePort {
  // Below those that the kernel gives to whoever connects somewhere (net.ipv4.ip_local_port_range,
  // 32768 and up), so that nobody has it by chance before the program is there. From anywhere on,
  // so that two runs beside each other hardly meet.
  private static final int FIRST = 10_000;
  private static final int LAST = 32_000;
  private static final int TRIES = 1000;

  private static final AtomicInteger NEXT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(LAST - FIRST));

  private FreePort() {}

  /** A port of {@code 127.0.0.1}; see {@link #of}. */
  public static int ofLoopback() {
    return of(InetAddress.getLoopbackAddress());
  }

  /**
   * A port, from {@value #FIRST} on, on which nobody listens at {@code address}, and which no
   * earlier call in this process has returned lately. It is not reserved.
   *
   * @throws IllegalStateException when {@value #TRIES} ports in turn are taken
   */
  public static int of(InetAddress address) {
    for (int tries = 0; tries < TRIES; tries++) {
      int port = FIRST + Math.floorMod(NEXT.getAndIncrement(), LAST - FIRST);
      try (ServerSocket free = new ServerSocket(port, 1, address)) {
        return free.getLocalPort();
      } catch (IOException e) {
        // Somebody else has it.
      }
    }
    throw new IllegalStateException(address + ": no free port in " + TRIES + " tries");
  }
}
