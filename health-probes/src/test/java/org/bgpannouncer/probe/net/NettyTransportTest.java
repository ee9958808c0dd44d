package org.bgpannouncer.probe.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioSocketChannel;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;

final class NettyTransportTest {
  @Test
  @EnabledOnOs(architectures = "amd64")
  void keepAliveReachesTheKernelOnEpoll() {
    Epoll.ensureAvailability();
    assertKeepAlive(
        new EpollSocketChannel(),
        EpollChannelOption.TCP_KEEPIDLE,
        EpollChannelOption.TCP_KEEPINTVL,
        EpollChannelOption.TCP_KEEPCNT);
  }

  @Test
  void keepAliveReachesTheKernelOnNio() {
    assertKeepAlive(
        new NioSocketChannel(),
        NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE),
        NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL),
        NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT));
  }

  private static void assertKeepAlive(
      SocketChannel channel,
      ChannelOption<Integer> idle,
      ChannelOption<Integer> interval,
      ChannelOption<Integer> count) {
    try {
      NettyTransport.keepAlive(channel, 60, 10, 3);
      assertThat(channel.config().getOption(idle)).isEqualTo(60);
      assertThat(channel.config().getOption(interval)).isEqualTo(10);
      assertThat(channel.config().getOption(count)).isEqualTo(3);
    } finally {
      channel.unsafe().closeForcibly();
    }
  }
}
