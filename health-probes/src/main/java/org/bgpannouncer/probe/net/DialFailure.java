package org.bgpannouncer.probe.net;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.Locale;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;

/**
 * Why a dial failed, told apart by whose failure it is: UNKNOWN is only what failed on our side
 * before a packet could leave.
 *
 * @param outcome HARD or UNKNOWN
 * @param reason the word for it
 * @param detail the system's text
 */
public record DialFailure(Outcome outcome, Reason reason, String detail) {
  /** The deadline of the TCP handshake passed. */
  public static DialFailure timeout(long timeoutNanos) {
    return new DialFailure(
        Outcome.HARD,
        Reason.CONNECT_TIMEOUT,
        "no answer to SYN within " + timeoutNanos / 1_000_000 + " ms");
  }

  /** Classifies what a connect threw. */
  public static DialFailure of(Throwable cause) {
    String text = String.valueOf(cause.getMessage());
    String lower = text.toLowerCase(Locale.ROOT);
    Reason local = localReason(cause, lower);
    if (local != null) {
      return new DialFailure(Outcome.UNKNOWN, local, text);
    }
    if (lower.contains("refused")) {
      return new DialFailure(Outcome.HARD, Reason.REFUSED, text);
    }
    if (cause instanceof NoRouteToHostException || lower.contains("no route to host")) {
      return new DialFailure(Outcome.HARD, Reason.HOST_UNREACHABLE, text);
    }
    if (lower.contains("timed out")) {
      return new DialFailure(Outcome.HARD, Reason.CONNECT_TIMEOUT, text);
    }
    if (lower.contains("reset")) {
      return new DialFailure(Outcome.HARD, Reason.RESET, text);
    }
    if (cause instanceof ConnectException || cause instanceof IOException) {
      return new DialFailure(Outcome.HARD, Reason.CLOSED, text);
    }
    return new DialFailure(Outcome.UNKNOWN, Reason.INTERNAL_ERROR, cause.toString());
  }

  // The JDK and Netty have no type per errno: strerror's text is all there is. Linux texts.
  private static @org.jspecify.annotations.Nullable Reason localReason(
      Throwable cause, String lower) {
    if (lower.contains("too many open files")
        || lower.contains("no buffer space")
        || lower.contains("cannot allocate memory")) {
      return Reason.LOCAL_RESOURCES;
    }
    if (lower.contains("network is unreachable")) {
      return Reason.LOCAL_ROUTE;
    }
    if (lower.contains("permission denied") || lower.contains("operation not permitted")) {
      return Reason.LOCAL_POLICY;
    }
    if (cause instanceof BindException
        || lower.contains("cannot assign requested address")
        || lower.contains("address already in use")
        || lower.contains("address not available")) {
      return Reason.LOCAL_ADDRESS;
    }
    if (cause instanceof UnknownHostException) {
      return Reason.RESOLVER;
    }
    return null;
  }
}
