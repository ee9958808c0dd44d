package org.bgpannouncer.probe.net;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.function.BooleanSupplier;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.finding.Finding;
import org.jspecify.annotations.Nullable;

/**
 * Why a dial failed, told apart by whose failure it is: UNKNOWN is what failed on our side before a
 * packet could leave. An error that no rule knows is ours as well: those that a host or a router
 * can cause are few and listed, and an unknown one must not withdraw a site.
 *
 * <p>ENETUNREACH is ours although a router's ICMP "net unreachable" (RFC 792, code 0) arrives as
 * the same number: the kernel does not say which it was.
 *
 * @param outcome HARD or UNKNOWN
 * @param reason the word for it
 * @param detail the system's text
 */
public record DialFailure(Outcome outcome, Reason reason, String detail) {
  /** What it means for the check that dialled. */
  public Finding finding() {
    return Finding.of(outcome, reason, detail);
  }

  /** The deadline of the TCP handshake passed. */
  public static DialFailure timeout(long timeoutNanos) {
    return hard(
        Reason.CONNECT_TIMEOUT, "no answer to SYN within " + timeoutNanos / 1_000_000 + " ms");
  }

  /**
   * Classifies what a connect threw.
   *
   * @param source our address, or null
   */
  public static DialFailure of(
      Throwable cause, InetSocketAddress remote, @Nullable InetAddress source) {
    return of(cause, () -> Route.exists(remote, source));
  }

  /** The same of an error that the kernel gave us. */
  static DialFailure of(Errno errno, InetSocketAddress remote, @Nullable InetAddress source) {
    return of(errno, () -> Route.exists(remote, source));
  }

  /** Classifies what a bind threw, to which no route matters. */
  public static DialFailure of(Throwable cause) {
    return of(cause, () -> true);
  }

  static DialFailure of(Throwable cause, BooleanSupplier routeExists) {
    if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
      return unknown(Reason.RESOLVER, cause.toString());
    }
    return of(Errno.of(cause), routeExists);
  }

  private static DialFailure of(Errno errno, BooleanSupplier routeExists) {
    String text = errno.text();
    return switch (errno.number()) {
      case Errno.ECONNREFUSED -> hard(Reason.REFUSED, text);
      case Errno.EHOSTUNREACH, Errno.EHOSTDOWN, Errno.ENETUNREACH ->
          routeExists.getAsBoolean()
              ? hard(Reason.HOST_UNREACHABLE, "No route to host" + where(text))
              : unknown(Reason.LOCAL_ROUTE, "Network is unreachable" + where(text));
      case Errno.ETIMEDOUT -> hard(Reason.CONNECT_TIMEOUT, text);
      case Errno.ECONNRESET -> hard(Reason.RESET, text);
      // EADDRINUSE: no port is left; which one is never asked for.
      case Errno.EMFILE, Errno.ENFILE, Errno.ENOBUFS, Errno.ENOMEM, Errno.EADDRINUSE ->
          unknown(Reason.LOCAL_RESOURCES, text);
      // EINVAL: a source address that may not be used to reach this destination.
      case Errno.EADDRNOTAVAIL, Errno.EINVAL -> unknown(Reason.LOCAL_ADDRESS, text);
      case Errno.EACCES, Errno.EPERM -> unknown(Reason.LOCAL_POLICY, text);
      case Errno.ENETDOWN, Errno.EAFNOSUPPORT -> unknown(Reason.LOCAL_ROUTE, text);
      default -> unknown(Reason.INTERNAL_ERROR, text);
    };
  }

  // Netty writes "null: /192.0.2.1:8333": the address without the error.
  private static String where(String text) {
    int slash = text.lastIndexOf('/');
    return slash < 0 ? "" : ": " + text.substring(slash + 1);
  }

  private static DialFailure hard(Reason reason, String detail) {
    return new DialFailure(Outcome.HARD, reason, detail);
  }

  private static DialFailure unknown(Reason reason, String detail) {
    return new DialFailure(Outcome.UNKNOWN, reason, detail);
  }
}
