package org.bgpannouncer.bgp.session;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.bgpannouncer.route.IpAddress;

/**
 * One neighbor and the way to it.
 *
 * @param session our side of its sessions
 * @param remote where it is, and the port that we dial
 * @param local the source address, and the only one that its connections may be made to
 * @param mode who dials
 * @param md5 the key of the TCP MD5 signature option (RFC 2385)
 * @param ttl how far it is
 * @param connectRetry the ConnectRetryTime, before jitter; more than zero, at most a day
 * @param sendHold the SendHoldTime (RFC 9687); zero for none, empty for the RFC's default: 8
 *     minutes or twice the hold time, whichever is more
 */
public record PeerConfig(
    SessionConfig session,
    InetSocketAddress remote,
    Optional<IpAddress> local,
    ConnectMode mode,
    Optional<Md5Key> md5,
    TtlPolicy ttl,
    Duration connectRetry,
    Optional<Duration> sendHold) {
  /** The port of BGP (RFC 4271 section 8.2.1). */
  public static final int DEFAULT_PORT = 179;

  /** Much less than the 120 s that RFC 4271 section 10 suggests: a site waits to be heard. */
  public static final Duration DEFAULT_CONNECT_RETRY = Duration.ofSeconds(5);

  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration MIN_DEFAULT_SEND_HOLD = Duration.ofMinutes(8);

  /** Rejects what cannot be dialled or timed. */
  public PeerConfig {
    if (remote.isUnresolved() || remote.getAddress().isAnyLocalAddress()) {
      throw new IllegalArgumentException(
          "remote: " + remote + " (expected: the address of a neighbor)");
    }
    if (mode.dials() && remote.getPort() == 0) {
      throw new IllegalArgumentException("port: 0 (expected: 1 to 65535)");
    }
    boolean isIpv4 = IpAddress.of(remote.getAddress()).isIpv4();
    if (local.isPresent() && local.get().isIpv4() != isIpv4) {
      throw new IllegalArgumentException(
          "local: " + local.get() + " (expected: the family of " + remote.getAddress() + ")");
    }
    requireAtMostADay("connect-retry", connectRetry);
    if (connectRetry.isZero()) {
      throw new IllegalArgumentException("connect-retry: 0 (expected: more)");
    }
    sendHold.ifPresent(time -> requireAtMostADay("send-hold", time));
  }

  /** A neighbor that both sides may dial, or it alone without a port; neither key nor limit. */
  public static PeerConfig of(SessionConfig session, InetSocketAddress remote) {
    return new PeerConfig(
        session,
        remote,
        Optional.empty(),
        remote.getPort() == 0 ? ConnectMode.PASSIVE : ConnectMode.BOTH,
        Optional.empty(),
        TtlPolicy.SYSTEM,
        DEFAULT_CONNECT_RETRY,
        Optional.empty());
  }

  /** The same with another source address. */
  public PeerConfig withLocal(IpAddress newLocal) {
    return new PeerConfig(
        session, remote, Optional.of(newLocal), mode, md5, ttl, connectRetry, sendHold);
  }

  /** The same with another mode. */
  public PeerConfig withMode(ConnectMode newMode) {
    return new PeerConfig(session, remote, local, newMode, md5, ttl, connectRetry, sendHold);
  }

  /** The same with another key. */
  public PeerConfig withMd5(Md5Key newKey) {
    return new PeerConfig(
        session, remote, local, mode, Optional.of(newKey), ttl, connectRetry, sendHold);
  }

  /** The same at another distance. */
  public PeerConfig withTtl(TtlPolicy newTtl) {
    return new PeerConfig(session, remote, local, mode, md5, newTtl, connectRetry, sendHold);
  }

  /** The same with another ConnectRetryTime. */
  public PeerConfig withConnectRetry(Duration newTime) {
    return new PeerConfig(session, remote, local, mode, md5, ttl, newTime, sendHold);
  }

  /** The same with another SendHoldTime. */
  public PeerConfig withSendHold(Duration newTime) {
    return new PeerConfig(
        session, remote, local, mode, md5, ttl, connectRetry, Optional.of(newTime));
  }

  /** The SendHoldTime of a session with this hold time (RFC 9687 section 3.2); zero for none. */
  Duration sendHoldFor(Duration hold) {
    Duration twice = hold.multipliedBy(2);
    Duration byDefault = twice.compareTo(MIN_DEFAULT_SEND_HOLD) > 0 ? twice : MIN_DEFAULT_SEND_HOLD;
    return sendHold.orElse(hold.isZero() ? Duration.ZERO : byDefault);
  }

  private static void requireAtMostADay(String name, Duration time) {
    if (time.isNegative() || time.compareTo(DAY) > 0) {
      throw new IllegalArgumentException(name + ": " + time + " (expected: at most a day)");
    }
  }
}
