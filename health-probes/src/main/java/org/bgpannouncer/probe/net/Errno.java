package org.bgpannouncer.probe.net;

import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The system's error number behind an exception (Linux, errno(3)); neither the JDK nor Netty has a
 * type or a field for most of them.
 *
 * <p>Netty's epoll writes the number into the message. NIO has strerror's text, which is English
 * only in an English or C locale, and a type for the commonest. What no rule knows is 0.
 *
 * @param number the number, or 0
 * @param text the message it was found in
 */
record Errno(int number, String text) {
  static final int EPERM = 1;
  static final int ENOMEM = 12;
  static final int EACCES = 13;
  static final int EINVAL = 22;
  static final int ENFILE = 23;
  static final int EMFILE = 24;
  static final int EAFNOSUPPORT = 97;
  static final int EADDRINUSE = 98;
  static final int EADDRNOTAVAIL = 99;
  static final int ENETDOWN = 100;
  static final int ENETUNREACH = 101;
  static final int ECONNRESET = 104;
  static final int ENOBUFS = 105;
  static final int ETIMEDOUT = 110;
  static final int ECONNREFUSED = 111;
  static final int EHOSTDOWN = 112;
  static final int EHOSTUNREACH = 113;

  /** {@code connect(..) failed with error(-111): Connection refused}. */
  private static final String NATIVE = "failed with error(-";

  // In order: a text may contain another.
  private static final List<Map.Entry<String, Integer>> TEXTS =
      List.of(
          Map.entry("operation not permitted", EPERM),
          Map.entry("cannot allocate memory", ENOMEM),
          Map.entry("permission denied", EACCES),
          Map.entry("invalid argument", EINVAL),
          Map.entry("too many open files in system", ENFILE),
          Map.entry("too many open files", EMFILE),
          Map.entry("address family not supported", EAFNOSUPPORT),
          Map.entry("address already in use", EADDRINUSE),
          Map.entry("cannot assign requested address", EADDRNOTAVAIL),
          Map.entry("network is down", ENETDOWN),
          Map.entry("network is unreachable", ENETUNREACH),
          Map.entry("connection reset", ECONNRESET),
          Map.entry("no buffer space", ENOBUFS),
          Map.entry("connection timed out", ETIMEDOUT),
          Map.entry("connection refused", ECONNREFUSED),
          Map.entry("host is down", EHOSTDOWN),
          Map.entry("no route to host", EHOSTUNREACH));

  private static final int MAX_CAUSES = 8;

  /** The error that the kernel keeps for a socket (SO_ERROR), in strerror's words. */
  static Errno of(int number, InetSocketAddress remote) {
    for (Map.Entry<String, Integer> text : TEXTS) {
      if (text.getValue() == number) {
        String words = text.getKey();
        return new Errno(
            number, Character.toUpperCase(words.charAt(0)) + words.substring(1) + ": " + remote);
      }
    }
    return new Errno(number, "error " + number + ": " + remote);
  }

  /** The number behind {@code thrown} or one of its causes. */
  static Errno of(Throwable thrown) {
    Throwable current = thrown;
    for (int depth = 0; current != null && depth < MAX_CAUSES; depth++) {
      int number = ofOne(current);
      if (number != 0) {
        return new Errno(number, String.valueOf(current.getMessage()));
      }
      current = current.getCause();
    }
    return new Errno(0, thrown.toString());
  }

  private static int ofOne(Throwable thrown) {
    int written = ofMessage(thrown.getMessage());
    if (written != 0) {
      return written;
    }
    if (thrown instanceof NoRouteToHostException) {
      return EHOSTUNREACH;
    }
    if (thrown instanceof BindException) {
      return EADDRNOTAVAIL;
    }
    // NIO's ConnectException is also ETIMEDOUT; our own deadline is far shorter than the kernel's.
    return thrown instanceof ConnectException ? ECONNREFUSED : 0;
  }

  private static int ofMessage(@Nullable String message) {
    if (message == null) {
      return 0;
    }
    int number = message.indexOf(NATIVE);
    if (number >= 0) {
      return digitsAt(message, number + NATIVE.length());
    }
    String lower = message.toLowerCase(Locale.ROOT);
    for (Map.Entry<String, Integer> text : TEXTS) {
      if (lower.contains(text.getKey())) {
        return text.getValue();
      }
    }
    return 0;
  }

  private static int digitsAt(String message, int from) {
    int number = 0;
    for (int i = from; i < message.length() && i < from + 3; i++) {
      int digit = Character.digit(message.charAt(i), 10);
      if (digit < 0) {
        break;
      }
      number = 10 * number + digit;
    }
    return number;
  }
}
