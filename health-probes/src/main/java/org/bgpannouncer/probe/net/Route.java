package org.bgpannouncer.probe.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.nio.channels.DatagramChannel;
import org.jspecify.annotations.Nullable;

/**
 * Whether this machine has a route to an address: the question whose answer Netty's epoll drops,
 * where ENETUNREACH (ours) and EHOSTUNREACH (the neighbour's) become one exception without a text.
 *
 * <p>Connecting a datagram socket looks the route up and sends nothing.
 */
final class Route {
  private Route() {}

  /**
   * True also if a route says "unreachable", which counts as the host's (EHOSTUNREACH).
   *
   * @param source our address, or null
   */
  static boolean exists(InetSocketAddress remote, @Nullable InetAddress source) {
    try (DatagramChannel lookup = DatagramChannel.open()) {
      if (source != null) {
        lookup.bind(new InetSocketAddress(source, 0));
      }
      lookup.connect(remote);
      return true;
    } catch (NoRouteToHostException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
