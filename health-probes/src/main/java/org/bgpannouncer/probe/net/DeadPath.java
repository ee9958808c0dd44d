package org.bgpannouncer.probe.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;

/**
 * Lets the kernel find out that the other machine is gone while a connection waits in silence: a
 * mute process still acknowledges, a dead machine does not. So a call that is not answered can wait
 * on one connection for as long as it takes, and a power loss still ends it within about 20
 * seconds.
 *
 * <p>Linux with epoll only; elsewhere the kernel's own defaults hold (about 15 minutes for what was
 * sent, two hours for silence).
 */
public final class DeadPath {
  private static final int IDLE_SECONDS = 10;
  private static final int PROBE_SECONDS = 3;
  private static final int PROBES = 3;
  private static final int UNACKNOWLEDGED_MILLIS = 19_000;

  private DeadPath() {}

  /** Sets keep-alive (tcp(7)) and the user timeout (RFC 5482) on a channel not yet connected. */
  public static void detectOn(Channel channel) {
    if (channel instanceof EpollSocketChannel) {
      channel
          .config()
          .setOptions(
              java.util.Map.<ChannelOption<?>, Object>of(
                  ChannelOption.SO_KEEPALIVE, true,
                  EpollChannelOption.TCP_KEEPIDLE, IDLE_SECONDS,
                  EpollChannelOption.TCP_KEEPINTVL, PROBE_SECONDS,
                  EpollChannelOption.TCP_KEEPCNT, PROBES,
                  EpollChannelOption.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MILLIS));
    }
  }
}
