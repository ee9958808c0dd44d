package org.bgpannouncer.probe.bitcoin.rpc;

import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.ObservationListener;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Probe;
import org.bgpannouncer.probe.bitcoin.NodeFacts;
import org.bgpannouncer.probe.net.BlockingRead;
import org.bgpannouncer.probe.net.DeadPath;
import org.bgpannouncer.probe.net.Dialer;
import org.bgpannouncer.probe.net.NettyDialer;
import org.bgpannouncer.probe.net.http.HttpExchange;
import org.bgpannouncer.probe.net.http.HttpMessage;
import org.bgpannouncer.probe.pacing.AttemptClock;
import org.bgpannouncer.probe.time.Loop;
import org.jspecify.annotations.Nullable;

/**
 * Probes one bitcoind by JSON-RPC over HTTP/1.1.
 *
 * <table>
 *   <caption>Its checks</caption>
 *   <tr><td>{@code rpc.liveness}</td><td>{@code uptime} each interval, on a connection of its own
 *   </td></tr>
 *   <tr><td>{@code rpc.chain}</td><td>{@code getblockchaininfo}, default each 15 s</td></tr>
 *   <tr><td>{@code rpc.node}</td><td>{@code getnetworkinfo}, {@code getzmqnotifications}, {@code
 *   getmempoolinfo}, {@code getindexinfo}, default each 60 s</td></tr>
 * </table>
 *
 * <p>At most two connections to a node, one call on each, no batches; a call without an answer is
 * not repeated while the node may still work on it. Answers are bounded at 1 MiB, those of {@code
 * uptime} at 64 KiB. The user needs {@code
 * -rpcwhitelist=USER:uptime,getrpcinfo,getblockchaininfo,getnetworkinfo,getzmqnotifications,getmempoolinfo,getindexinfo}
 * at most; a method that is missing or forbidden is not asked for in vain and fails nothing else.
 *
 * <p>The login is read from its file when it is first needed and after a 401. It appears in no log
 * and no observation.
 */
public final class RpcProbe implements Probe {
  private static final int MAX_LIVENESS_BYTES = 64 * 1024;
  private static final int MAX_CHAIN_BYTES = 1024 * 1024;

  private final String host;
  private final RpcConfig config;
  private final NodeFacts facts;
  private final Loop loop;
  private final Dialers dialers;
  private final Executor fileReader;
  private final RandomGenerator random;
  private @Nullable Liveness liveness;
  private @Nullable ChainCalls chain;
  private Pace pace = Pace.NORMAL;
  private boolean closed;

  /**
   * The two ways to dial: they differ in how long an answer may be.
   *
   * @param liveness for {@code uptime}
   * @param chain for everything else
   */
  record Dialers(Dialer<HttpMessage> liveness, Dialer<HttpMessage> chain) {}

  RpcProbe(
      String host,
      RpcConfig config,
      NodeFacts facts,
      Loop loop,
      Dialers dialers,
      Executor fileReader,
      RandomGenerator random) {
    this.host = host;
    this.config = config;
    this.facts = facts;
    this.loop = loop;
    this.dialers = dialers;
    this.fileReader = fileReader;
    this.random = random;
  }

  /**
   * A probe of {@code host} on a loop of {@link org.bgpannouncer.probe.ProbeRuntime}.
   *
   * @param facts shared with the host's other probes on the same loop
   */
  public static RpcProbe create(String host, RpcConfig config, NodeFacts facts, Loop loop) {
    return new RpcProbe(
        host,
        config,
        facts,
        loop,
        new Dialers(dialer(loop, MAX_LIVENESS_BYTES), dialer(loop, MAX_CHAIN_BYTES)),
        BlockingRead.threadPerRead(),
        new SplittableRandom());
  }

  private static Dialer<HttpMessage> dialer(Loop loop, int maxBodyBytes) {
    return NettyDialer.on(
        loop,
        HttpMessage.class,
        pipeline -> {
          DeadPath.detectOn(pipeline.channel());
          HttpExchange.addTo(pipeline, maxBodyBytes);
        });
  }

  @Override
  public void start(ObservationListener listener) {
    loop.execute(() -> startOnLoop(listener));
  }

  private void startOnLoop(ObservationListener listener) {
    if (closed || liveness != null) {
      return;
    }
    LoginFile logins = new LoginFile(config.credentials(), loop, fileReader);
    Reporter reporter = new Reporter(host, loop, listener, logins::hideIn);
    RpcSocket.Target target =
        new RpcSocket.Target(
            config.address(), config.source().orElse(null), config.cadence().timeout().toNanos());
    ChainCalls chainCalls =
        new ChainCalls(
            loop,
            config,
            facts,
            reporter,
            onIdleLoss -> new RpcSocket(loop, dialers.chain(), logins, target, onIdleLoss),
            this::suspect);
    Liveness.Parts parts =
        new Liveness.Parts() {
          @Override
          public RpcSocket socket(Runnable onIdleLoss) {
            return new RpcSocket(loop, dialers.liveness(), logins, target, onIdleLoss);
          }

          @Override
          public AttemptClock clock(Runnable attempt, Consumer<RuntimeException> onBug) {
            return new AttemptClock(loop, config.cadence(), random, attempt, onBug);
          }
        };
    chain = chainCalls;
    liveness = new Liveness(loop, config, reporter, chainCalls, parts);
    liveness.start();
    liveness.pace(pace);
  }

  @Override
  public Set<Check> checks() {
    return Set.of(Reporter.LIVENESS, Reporter.CHAIN, Reporter.NODE);
  }

  private void suspect() {
    if (liveness != null) {
      liveness.suspect();
    }
  }

  @Override
  public void pace(Pace wanted) {
    loop.execute(
        () -> {
          pace = wanted;
          if (liveness != null) {
            liveness.pace(wanted);
          }
        });
  }

  @Override
  public void close() {
    loop.execute(
        () -> {
          closed = true;
          if (liveness != null) {
            liveness.close();
          }
          if (chain != null) {
            chain.close();
          }
        });
  }
}
