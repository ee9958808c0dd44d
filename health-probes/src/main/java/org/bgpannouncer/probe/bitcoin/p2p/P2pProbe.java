package org.bgpannouncer.probe.bitcoin.p2p;

import java.time.InstantSource;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.ObservationListener;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Probe;
import org.bgpannouncer.probe.bitcoin.NodeFacts;
import org.bgpannouncer.probe.bitcoin.p2p.wire.P2pDecoder;
import org.bgpannouncer.probe.bitcoin.p2p.wire.P2pEncoder;
import org.bgpannouncer.probe.bitcoin.p2p.wire.P2pMessage;
import org.bgpannouncer.probe.net.Dialer;
import org.bgpannouncer.probe.net.NettyDialer;
import org.bgpannouncer.probe.time.Loop;

/**
 * Probes a node over Bitcoin's peer-to-peer protocol, v1 transport. Three checks:
 *
 * <pre>
 *   p2p.held       one connection that is kept and pinged; its end is an event, not a time-out
 *   p2p.handshake  now and then a whole handshake, to the service address where one is configured
 *   p2p.version    what the node says of itself, apart from whether it lives
 * </pre>
 *
 * <p>What each answer of the node's machine means on {@code p2p.held}:
 *
 * <pre>
 *   pong in time                                            OK   PASSED
 *   held connection ended, re-dial and witness refused      HARD PROVEN_DEAD (decides alone)
 *   another network's message start                         HARD WRONG_NETWORK (decides alone)
 *   dial refused, unanswered, unreachable, reset            HARD REFUSED, CONNECT_TIMEOUT, ...
 *   bytes that the protocol does not allow                  HARD PROTOCOL_ERROR
 *   accepted, then closed before a byte                     SOFT SATURATED
 *   closed later, but before verified; re-dial accepted     SOFT CLOSED
 *   pong later than pong-late                               SOFT PONG_LATE, and a dial at once
 *   connected but mute                                      SOFT STALL at the pace, stall-millis
 *   our side failed before a packet could leave             UNKNOWN
 * </pre>
 *
 * <p>Bitcoin Core closes before a byte also when it is of another network, has banned us, or has
 * its network switched off; which of these it is only RPC tells.
 *
 * <p>The node sees protocol 70016, no services, no relay, and is never asked for anything but a
 * pong. Defaults and limits are those of {@link P2pConfig}.
 *
 * @see <a href="https://github.com/bitcoin/bips/blob/master/bip-0031.mediawiki">BIP 31: pong</a>
 */
public final class P2pProbe implements Probe {
  private final P2pContext context;
  private final HeldConnection held;
  private final FreshHandshake handshake;
  private boolean closed;

  P2pProbe(P2pContext context, RedialPolicy policy, BindTest bindTest) {
    this.context = context;
    this.handshake = new FreshHandshake(context, policy, bindTest);
    this.held = new HeldConnection(context, policy, handshake::alive);
  }

  /**
   * A probe that observes once it is started.
   *
   * @param host the name its observations carry
   * @param facts shared with the other probes of the same host, on the same loop
   * @param loop a loop of a {@link org.bgpannouncer.probe.ProbeRuntime}
   * @throws IllegalArgumentException if {@code loop} is of another kind
   */
  public static P2pProbe create(String host, P2pConfig config, NodeFacts facts, Loop loop) {
    Dialer<P2pMessage> dialer =
        NettyDialer.on(
            loop,
            P2pMessage.class,
            pipeline ->
                pipeline
                    .addLast(new P2pDecoder(config.network()))
                    .addLast(new P2pEncoder(config.network())));
    RandomGenerator random = new SplittableRandom();
    return new P2pProbe(
        new P2pContext(host, config, facts, loop, dialer, random, InstantSource.system()),
        new RedialPolicy(),
        BindTest.ofKernel());
  }

  @Override
  public void start(ObservationListener listener) {
    context.loop.execute(
        () -> {
          if (!closed) {
            context.listener(listener);
            held.start();
          }
        });
  }

  @Override
  public void pace(Pace pace) {
    context.loop.execute(
        () -> {
          boolean faster = pace == Pace.FAST && context.pace == Pace.NORMAL;
          context.pace = pace;
          if (faster && !closed) {
            held.hasten();
          }
        });
  }

  @Override
  public Set<Check> checks() {
    return Set.of(P2pContext.HELD, P2pContext.HANDSHAKE);
  }

  @Override
  public void close() {
    context.loop.execute(
        () -> {
          closed = true;
          context.listener(observation -> {});
          handshake.close();
          held.close();
        });
  }
}
