package org.bgpannouncer.probe.net;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;

/**
 * Lets the kernel find out that the other machine is gone while a connection waits in silence: a
 * mute process still acknowledges, a dead machine does not. So a call that is not answered can wait
 * on one connection for as long as it takes, and a power loss still ends it within about 20
 * seconds.
 *
 * <p>On NIO, bytes sent but never acknowledged end the connection only after the kernel's own
 * default, about 15 minutes: there is no user timeout to set.
 */
public final class DeadPath {
  private static final int IDLE_SECONDS = 10;
  private static final int PROBE_SECONDS = 3;
  private static final int PROBES = 3;
  private static final int UNACKNOWLEDGED_MILLIS = 19_000;

  private DeadPath() {}

  /** Sets keep-alive and the user timeout (tcp(7), RFC 5482) on a channel not yet connected. */
  public static void detectOn(Channel channel) {
    NettyTransport.keepAlive(channel, IDLE_SECONDS, PROBE_SECONDS, PROBES);
    if (channel instanceof EpollSocketChannel) {
      channel.config().setOption(EpollChannelOption.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MILLIS);
    }
  }
}
