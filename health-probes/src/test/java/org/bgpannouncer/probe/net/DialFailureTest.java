package org.bgpannouncer.probe.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.stream.Stream;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class DialFailureTest {
  static Stream<Arguments> everyFailureHasAnOwner() {
    return Stream.of(
        // As epoll writes them.
        hard(new ConnectException(epoll("finishConnect", 111, "Connection refused")), "REFUSED"),
        hard(new NoRouteToHostException(epoll("connect", 113, "x")), "HOST_UNREACHABLE"),
        hard(new ConnectException(epoll("connect", 112, "Host is down")), "HOST_UNREACHABLE"),
        hard(new ConnectException(epoll("connect", 110, "timed out")), "CONNECT_TIMEOUT"),
        hard(new ConnectException(epoll("connect", 104, "reset")), "RESET"),
        hard(new NoRouteToHostException(), "HOST_UNREACHABLE"),
        unknown(new ConnectException(epoll("connect", 100, "Network is down")), "LOCAL_ROUTE"),
        unknown(new IOException(epoll("socket", 97, "x")), "LOCAL_ROUTE"),
        unknown(new ConnectException(epoll("connect", 13, "Permission")), "LOCAL_POLICY"),
        unknown(new ConnectException(epoll("connect", 1, "not permitted")), "LOCAL_POLICY"),
        unknown(new IOException(epoll("bind", 99, "Cannot assign")), "LOCAL_ADDRESS"),
        unknown(new IOException(epoll("bind", 98, "in use")), "LOCAL_RESOURCES"),
        unknown(new ConnectException(epoll("connect", 22, "Invalid")), "LOCAL_ADDRESS"),
        unknown(new ConnectException(epoll("connect", 105, "No buffer")), "LOCAL_RESOURCES"),
        unknown(new ConnectException(epoll("connect", 12, "memory")), "LOCAL_RESOURCES"),
        unknown(new IOException(epoll("socket", 23, "x")), "LOCAL_RESOURCES"),
        unknown(
            new ChannelException(
                "Unable to create Channel from class",
                new InvocationTargetException(
                    new ChannelException(new IOException(epoll("socket", 24, "x"))))),
            "LOCAL_RESOURCES"),
        // As NIO writes them.
        hard(new ConnectException("Connection refused"), "REFUSED"),
        hard(new ConnectException("Verbindungsaufbau abgelehnt"), "REFUSED"),
        hard(new NoRouteToHostException("No route to host"), "HOST_UNREACHABLE"),
        hard(new ConnectException("Connection timed out"), "CONNECT_TIMEOUT"),
        hard(new SocketException("Network is unreachable"), "HOST_UNREACHABLE"),
        unknown(new BindException("Cannot assign requested address"), "LOCAL_ADDRESS"),
        unknown(new BindException("Address already in use"), "LOCAL_RESOURCES"),
        unknown(new BindException("Permission denied"), "LOCAL_POLICY"),
        unknown(new SocketException("Operation not permitted"), "LOCAL_POLICY"),
        unknown(new SocketException("No buffer space available"), "LOCAL_RESOURCES"),
        unknown(
            new ChannelException(
                "Failed to open a socket.", new SocketException("Too many open files")),
            "LOCAL_RESOURCES"),
        unknown(
            new ChannelException(new SocketException("Too many open files in system")),
            "LOCAL_RESOURCES"),
        // What no rule knows is never held against the host.
        unknown(new UnknownHostException("btc1.example"), "RESOLVER"),
        unknown(new SocketException("Das Netzwerk ist nicht erreichbar"), "INTERNAL_ERROR"),
        unknown(new ClosedChannelException(), "INTERNAL_ERROR"),
        unknown(new IllegalStateException("broken"), "INTERNAL_ERROR"),
        unknown(new IOException(epoll("connect", 71, "Protocol error")), "INTERNAL_ERROR"));
  }

  @ParameterizedTest
  @MethodSource
  void everyFailureHasAnOwner(Throwable thrown, Outcome outcome, Reason reason) {
    DialFailure failure = DialFailure.of(thrown, () -> true);

    assertThat(failure)
        .extracting(DialFailure::outcome, DialFailure::reason)
        .containsExactly(outcome, reason);
  }

  @Test
  void unreachableIsOursWithoutARoute() {
    assertThat(DialFailure.of(new NoRouteToHostException(), () -> false))
        .extracting(DialFailure::outcome, DialFailure::reason)
        .containsExactly(Outcome.UNKNOWN, Reason.LOCAL_ROUTE);
  }

  @Test
  void survivesACauseThatIsItsOwnCause() {
    IOException first = new IOException("first");
    first.initCause(new IOException("second", first));

    assertThat(DialFailure.of(first, () -> true).reason()).isEqualTo(Reason.INTERNAL_ERROR);
  }

  private static String epoll(String call, int errno, String text) {
    return call + "(..) failed with error(-" + errno + "): " + text;
  }

  private static Arguments hard(Throwable thrown, String reason) {
    return Arguments.of(thrown, Outcome.HARD, Reason.valueOf(reason));
  }

  private static Arguments unknown(Throwable thrown, String reason) {
    return Arguments.of(thrown, Outcome.UNKNOWN, Reason.valueOf(reason));
  }
}
