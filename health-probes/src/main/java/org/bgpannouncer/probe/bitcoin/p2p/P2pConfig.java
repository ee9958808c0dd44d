package org.bgpannouncer.probe.bitcoin.p2p;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.jspecify.annotations.Nullable;

/**
 * The peer-to-peer probe of one node.
 *
 * @param address the node's unicast address; the held connection goes there
 * @param source our source address, or empty for the kernel's choice
 * @param network whose message start is expected; another one is WRONG_NETWORK
 * @param cadence the interval is the ping interval
 * @param pongLate a pong later than this starts a fresh dial at once; default 2 s
 * @param stallDown how long a mute node may stay; also bounds the ping interval to half of it, and
 *     the wait for an answer after a dial to all of it; default 120 s
 * @param handshakeInterval start to start between fresh handshakes; default 60 s
 * @param fullHandshakeInterval the same while the node's inbound slots are or may be full; default
 *     300 s
 * @param serviceAddress where the fresh handshake dials instead of {@code address}: what clients
 *     dial, if this machine reaches it at this very host (the same machine, or a per-host route)
 * @param serviceAddressLocal the node runs on this machine, so its kernel must hold the service
 *     address
 * @param witness the RPC port whose dial must be refused too before a death is proven
 * @param requiredServices service bits the node must offer; default 0x409
 * @param optionalServices service bits whose absence is SOFT; default 0
 * @param userAgent what the user agent must match, or empty for anything
 * @param maxClockSkew beyond which the node's clock is SOFT; default 60 s
 */
public record P2pConfig(
    InetSocketAddress address,
    Optional<InetAddress> source,
    BitcoinNetwork network,
    Cadence cadence,
    Duration pongLate,
    Duration stallDown,
    Duration handshakeInterval,
    Duration fullHandshakeInterval,
    Optional<InetSocketAddress> serviceAddress,
    boolean serviceAddressLocal,
    Optional<InetSocketAddress> witness,
    long requiredServices,
    long optionalServices,
    Optional<Pattern> userAgent,
    Duration maxClockSkew) {

  /** NODE_NETWORK | NODE_WITNESS | NODE_NETWORK_LIMITED (Bitcoin Core, protocol.h). */
  public static final long ARCHIVAL_SERVICES = 0x409;

  /** Everything at its default. */
  public static P2pConfig of(InetSocketAddress address, BitcoinNetwork network) {
    return new P2pConfig(
        address,
        Optional.empty(),
        network,
        Cadence.DEFAULT,
        Duration.ofSeconds(2),
        Duration.ofSeconds(120),
        Duration.ofSeconds(60),
        Duration.ofSeconds(300),
        Optional.empty(),
        false,
        Optional.empty(),
        ARCHIVAL_SERVICES,
        0,
        Optional.empty(),
        Duration.ofSeconds(60));
  }

  // A Pattern equals only itself: compared by its text, a file read twice says the same twice.
  private List<Object> identity() {
    return List.of(
        address,
        source,
        network,
        cadence,
        pongLate,
        stallDown,
        handshakeInterval,
        fullHandshakeInterval,
        serviceAddress,
        serviceAddressLocal,
        witness,
        requiredServices,
        optionalServices,
        userAgent.map(Pattern::pattern),
        userAgent.map(Pattern::flags),
        maxClockSkew);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof P2pConfig that && identity().equals(that.identity());
  }

  @Override
  public int hashCode() {
    return identity().hashCode();
  }
}
