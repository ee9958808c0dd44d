package org.bgpannouncer.bgp.interop;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Prefix;

/**
 * One session with another implementation. Both ends have loopback addresses that nobody else uses,
 * so that any number of them run side by side.
 *
 * @param ours our end; its port matters when they dial
 * @param theirs their end; its port matters when we dial
 * @param features what the session is to have
 * @param hold the hold time that we offer
 */
record Settings(
    InetSocketAddress ours, InetSocketAddress theirs, Set<Feature> features, Duration hold) {
  /** Needs four octets. */
  static final long OUR_AS = 4_200_000_001L;

  static final String OUR_ROUTER_ID = "192.0.2.1";
  static final String THEIR_ROUTER_ID = "192.0.2.2";
  static final String PASSWORD = "correct-horse";
  static final Prefix THEIR_IPV4 = Prefix.parse("203.0.113.0/24");
  static final Prefix THEIR_IPV6 = Prefix.parse("2001:db8:203::/48");

  private static final int PORT = 1790;

  /** Below those of ip_local_port_range; two runs hardly meet. */
  private static final AtomicInteger NEXT_PORT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(10_000, 30_000));

  Settings {
    features = Set.copyOf(features);
  }

  static Settings of(Set<Feature> features, Duration hold) {
    if (features.contains(Feature.IPV6_TRANSPORT)) {
      return new Settings(free(), free(), features, hold);
    }
    // 16 million addresses: two runs do not meet.
    int host = ThreadLocalRandom.current().nextInt(1 << 16, (1 << 24) - 2) & ~1;
    return new Settings(loopback(host), loopback(host + 1), features, hold);
  }

  private static InetSocketAddress loopback(int host) {
    String text = "127." + (host >> 16 & 255) + "." + (host >> 8 & 255) + "." + (host & 255);
    return new InetSocketAddress(text, PORT);
  }

  // There is only one IPv6 address on loopback, so the ports must differ. They are none that the
  // kernel gives to whoever connects somewhere before the daemon is there.
  private static InetSocketAddress free() {
    InetAddress loopback = IpAddress.parse("::1").toInetAddress();
    for (int tries = 0; tries < 100; tries++) {
      int port = NEXT_PORT.getAndIncrement();
      try (ServerSocket socket = new ServerSocket(port, 1, loopback)) {
        return new InetSocketAddress(loopback, socket.getLocalPort());
      } catch (IOException e) {
        // Somebody else has it.
      }
    }
    throw new IllegalStateException("no free port before " + NEXT_PORT);
  }

  boolean has(Feature feature) {
    return features.contains(feature);
  }

  String ourAddress() {
    return IpAddress.of(ours.getAddress()).toString();
  }

  String theirAddress() {
    return IpAddress.of(theirs.getAddress()).toString();
  }

  long theirAs() {
    return has(Feature.INTERNAL) ? OUR_AS : 64_510;
  }

  /** Whether they connect to us. */
  boolean theyDial() {
    return has(Feature.THEY_DIAL) || has(Feature.BOTH_DIAL);
  }

  /** How long we may be gone. */
  int restartSeconds() {
    return has(Feature.SHORT_RESTART_TIME) ? 3 : 120;
  }

  /** {@code text} when the session has the feature, nothing otherwise. */
  String when(Feature feature, String text) {
    return has(feature) ? text : "";
  }

  /** {@code text} when the session has it not. */
  String unless(Feature feature, String text) {
    return has(feature) ? "" : text;
  }
}
