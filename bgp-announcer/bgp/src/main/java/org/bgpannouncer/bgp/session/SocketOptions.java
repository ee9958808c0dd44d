package org.bgpannouncer.bgp.session;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.RawUnixChannelOption;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.OptionalLong;
import org.bgpannouncer.route.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * What BGP asks of a socket beyond TCP. Linux has it, and only the epoll transport hands it on; the
 * numbers are those of its headers, the same on every architecture.
 */
final class SocketOptions {
  private static final int IPPROTO_IP = 0;
  private static final int IPPROTO_TCP = 6;
  private static final int IPPROTO_IPV6 = 41;

  private static final IntegerUnixChannelOption IP_TTL =
      new IntegerUnixChannelOption("IP_TTL", IPPROTO_IP, 2);
  private static final IntegerUnixChannelOption IP_MINTTL =
      new IntegerUnixChannelOption("IP_MINTTL", IPPROTO_IP, 21);
  private static final IntegerUnixChannelOption IPV6_UNICAST_HOPS =
      new IntegerUnixChannelOption("IPV6_UNICAST_HOPS", IPPROTO_IPV6, 16);
  private static final IntegerUnixChannelOption IPV6_MINHOPCOUNT =
      new IntegerUnixChannelOption("IPV6_MINHOPCOUNT", IPPROTO_IPV6, 73);

  /** struct tcp_info up to tcpi_bytes_acked, a counter of 64 bits. */
  private static final int BYTES_ACKED_OFFSET = 120;

  private static final RawUnixChannelOption TCP_INFO =
      new RawUnixChannelOption("TCP_INFO", IPPROTO_TCP, 11, BYTES_ACKED_OFFSET + Long.BYTES);

  /** On a listener: keep the headers of each SYN, for TCP_SAVED_SYN on the connection. */
  private static final IntegerUnixChannelOption TCP_SAVE_SYN =
      new IntegerUnixChannelOption("TCP_SAVE_SYN", IPPROTO_TCP, 27);

  /** The IP and TCP headers of the SYN; room for any of them. */
  private static final RawUnixChannelOption TCP_SAVED_SYN =
      new RawUnixChannelOption("TCP_SAVED_SYN", IPPROTO_TCP, 28, 512);

  /** RFC 791 section 3.1. */
  private static final int IPV4_TTL_OFFSET = 8;

  /** RFC 8200 section 3. */
  private static final int IPV6_HOP_LIMIT_OFFSET = 7;

  /** The most a TTL can be; what a listener answers with, since it does not know whom. */
  private static final int MAX_TTL = 255;

  private SocketOptions() {}

  /**
   * Prepares a socket that is to dial.
   *
   * @throws IOException when the system has no such option
   */
  static void beforeConnect(Channel channel, PeerConfig config) throws IOException {
    InetAddress remote = config.remote().getAddress();
    if (config.md5().isPresent()) {
      setMd5(channel, Map.of(remote, config.md5().get().bytes()));
    }
    setTtl(channel, config.ttl(), remote);
  }

  /**
   * Prepares a socket that was accepted; its key is that of the listener.
   *
   * @throws IOException when the system has no such option, or when the peer is too far away
   */
  static void accepted(Channel channel, PeerConfig config) throws IOException {
    setTtl(channel, config.ttl(), config.remote().getAddress());
    int min = config.ttl().min();
    // What came before the option was set, was not checked: its SYN tells how far the peer is.
    if (min > 0 && synTtl(channel) < min) {
      throw new IOException("min-ttl: the peer is further away (expected: " + min + ")");
    }
  }

  /** The TTL or hop limit with which the SYN of an accepted connection arrived; 0 if unknown. */
  private static int synTtl(Channel channel) {
    @Nullable ByteBuffer syn = channel.config().getOption(TCP_SAVED_SYN);
    if (syn == null || syn.limit() < IPV4_TTL_OFFSET + 1) {
      return 0;
    }
    int version = (syn.get(0) & 0xff) >> 4;
    return version == 4
        ? syn.get(IPV4_TTL_OFFSET) & 0xff
        : version == 6 ? syn.get(IPV6_HOP_LIMIT_OFFSET) & 0xff : 0;
  }

  /**
   * Prepares a socket that listens.
   *
   * @param keys of the peers that have one
   * @param minTtl what arrives with less is not heard, whoever sends it
   * @throws IOException when the system has no such option
   */
  static void listening(Channel channel, Map<InetAddress, byte[]> keys, int minTtl)
      throws IOException {
    if (!(channel instanceof EpollServerSocketChannel server)) {
      require(keys.isEmpty(), "md5");
      require(minTtl == 0, "ttl");
      return;
    }
    setMd5(channel, keys);
    InetAddress local = server.localAddress().getAddress();
    set(channel, TCP_SAVE_SYN, 1, "save-syn");
    set(channel, IP_TTL, MAX_TTL, "ttl");
    set(channel, IP_MINTTL, minTtl, "min-ttl");
    if (!IpAddress.of(local).isIpv4()) {
      set(channel, IPV6_UNICAST_HOPS, MAX_TTL, "ttl");
      set(channel, IPV6_MINHOPCOUNT, minTtl, "min-ttl");
    }
  }

  /**
   * Says early what no socket of this transport will do.
   *
   * @throws IOException when {@code config} asks for it
   */
  static void requireSupport(PeerConfig config, boolean epoll) throws IOException {
    require(epoll || config.md5().isEmpty(), "md5");
    require(epoll || config.ttl().equals(TtlPolicy.SYSTEM), "ttl");
  }

  /** The octets that the peer's kernel has acknowledged; empty where ours does not tell. */
  static OptionalLong ackedOctets(Channel channel) {
    if (!(channel instanceof EpollSocketChannel)) {
      return OptionalLong.empty();
    }
    try {
      @Nullable ByteBuffer info = channel.config().getOption(TCP_INFO);
      return info == null || info.limit() < TCP_INFO.length()
          ? OptionalLong.empty()
          : OptionalLong.of(info.order(ByteOrder.nativeOrder()).getLong(BYTES_ACKED_OFFSET));
    } catch (ChannelException e) {
      return OptionalLong.empty();
    }
  }

  /** Octets that the peer does not take do not outlive our side of the connection by long. */
  static void limitOrphan(Channel channel) {
    setUserTimeout(channel, SendWatch.WITHDRAW_LIMIT.toMillis());
  }

  /** The kernel ends the connection when nothing is acknowledged for this long; 0 for its own. */
  static void setUserTimeout(Channel channel, long millis) {
    if (channel instanceof EpollSocketChannel && channel.isOpen()) {
      channel
          .config()
          .setOption(
              EpollChannelOption.TCP_USER_TIMEOUT, (int) Math.min(millis, Integer.MAX_VALUE));
    }
  }

  private static void setMd5(Channel channel, Map<InetAddress, byte[]> keys) throws IOException {
    set(channel, EpollChannelOption.TCP_MD5SIG, keys, "md5");
  }

  private static void setTtl(Channel channel, TtlPolicy ttl, InetAddress remote)
      throws IOException {
    boolean isIpv4 = IpAddress.of(remote).isIpv4();
    if (ttl.out() > 0) {
      set(channel, isIpv4 ? IP_TTL : IPV6_UNICAST_HOPS, ttl.out(), "ttl");
    }
    if (ttl.min() > 0) {
      set(channel, isIpv4 ? IP_MINTTL : IPV6_MINHOPCOUNT, ttl.min(), "min-ttl");
    }
  }

  private static <T> void set(
      Channel channel, io.netty.channel.ChannelOption<T> option, T value, String name)
      throws IOException {
    try {
      require(channel.config().setOption(option, value), name);
    } catch (ChannelException e) {
      throw new IOException(name + ": " + e.getMessage() + " (expected: Linux with it)", e);
    }
  }

  private static void require(boolean isSupported, String name) throws IOException {
    if (!isSupported) {
      throw new IOException(name + ": not on this transport (expected: Linux epoll)");
    }
  }
}
