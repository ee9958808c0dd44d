package org.bgpannouncer.probe;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Objects;

/**
 * One independent series of observations within an aspect, e.g. {@code p2p.held} and {@code
 * p2p.handshake}. Failures are counted per check, and any of them starts the rise of the aspect
 * anew: the successes of one check never hide the failures of another.
 *
 * @param aspect what a service can depend on
 * @param name lower-case word, unique within the aspect of a host, e.g. {@code held}
 */
public record Check(Aspect aspect, String name) implements Comparable<Check> {
  /**
   * The connection held to bitcoind's peer-to-peer port: somebody waits for an answer there all the
   * time, so its silence lasts between two observations too.
   */
  public static final Check P2P_HELD = new Check(Aspect.P2P, "held");

  /**
   * The lock-free liveness of bitcoind's RPC server ({@code uptime}): whether it answers decides
   * how long a mute peer-to-peer port is borne.
   */
  public static final Check RPC_LIVENESS = new Check(Aspect.RPC, "liveness");

  /** Which addresses the node's connections have, as it tells by RPC. */
  public static final Check RPC_PINNING = new Check(Aspect.RPC, "pinning");

  /** Rejects an empty name and anything but lower-case letters, digits, dot and dash. */
  public Check {
    Objects.requireNonNull(aspect, "aspect");
    if (!name.matches("[a-z0-9][a-z0-9.:/-]*")) {
      throw new IllegalArgumentException(
          "name: " + name + " (expected: lower-case letters, digits, '.', ':', '/', '-')");
    }
  }

  /**
   * The check of an aspect that may be probed at several addresses: {@code tcp.192.0.2.1:3000},
   * {@code zmq.2001:db8:0:0:0:0:0:1:28332}.
   *
   * @param dialled resolved
   */
  public static Check at(Aspect aspect, InetSocketAddress dialled) {
    return new Check(aspect, nameOf(dialled));
  }

  /** The word for an address and a port in the name of a check. */
  public static String nameOf(InetSocketAddress dialled) {
    InetAddress address = dialled.getAddress();
    if (address == null) {
      throw new IllegalArgumentException("address: " + dialled + " (expected: resolved)");
    }
    String text = address.getHostAddress().toLowerCase(Locale.ROOT);
    int scope = address instanceof Inet6Address ? text.indexOf('%') : -1;
    return (scope < 0 ? text : text.substring(0, scope)) + ":" + dialled.getPort();
  }

  // What a record would have is several times as slow in a JVM that does not compile it fully, and
  // every observation is looked up by its check.
  @Override
  public boolean equals(Object other) {
    return other instanceof Check that && aspect == that.aspect && name.equals(that.name);
  }

  @Override
  public int hashCode() {
    return 31 * aspect.hashCode() + name.hashCode();
  }

  @Override
  public int compareTo(Check other) {
    int byAspect = aspect.compareTo(other.aspect);
    return byAspect != 0 ? byAspect : name.compareTo(other.name);
  }

  /** As logs and status write it: {@code p2p.held}. */
  @Override
  public String toString() {
    return aspect.key() + "." + name;
  }
}
