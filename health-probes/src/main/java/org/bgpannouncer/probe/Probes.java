package org.bgpannouncer.probe;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.bgpannouncer.probe.bitcoin.NodeFacts;
import org.bgpannouncer.probe.bitcoin.p2p.P2pProbe;
import org.bgpannouncer.probe.bitcoin.rpc.RpcProbe;
import org.bgpannouncer.probe.bitcoin.zmq.ZmqProbe;
import org.bgpannouncer.probe.http.HttpProbe;
import org.bgpannouncer.probe.tcp.TcpProbe;
import org.bgpannouncer.probe.time.Loop;

/**
 * Every probe there is, by name: one line per aspect, so that grep finds them. Adding a probe means
 * adding its line to {@link #members}.
 */
public final class Probes {
  private Probes() {}

  /**
   * All probes of a host as one. They run on one loop and share one {@link NodeFacts}; their start
   * is splayed over at most a second, the first host of a runtime starting at once.
   *
   * @param runtime must outlive the probe
   */
  public static Probe of(ProbeRuntime runtime, HostTarget target) {
    Loop loop = runtime.nextLoop();
    return new CompositeProbe(loop, members(target, loop), runtime.nextSplayNanos());
  }

  /**
   * Runs every probe of the target once, closes them, and answers the first observation of each
   * check, in the order they were made. A probe whose first check did not pass ends there.
   *
   * @param bound how long to wait for the slowest; what is missing by then is UNKNOWN, {@link
   *     Reason#UNOBSERVED}
   * @return completes on the probe's loop, at the latest after {@code bound}; never exceptionally
   */
  public static CompletionStage<List<Observation>> once(
      ProbeRuntime runtime, HostTarget target, Duration bound) {
    Loop loop = runtime.nextLoop();
    CompositeProbe probe = new CompositeProbe(loop, members(target, loop), 0);
    return new OneRun(loop, target.name(), probe).start(bound);
  }

  private static List<Probe> members(HostTarget target, Loop loop) {
    String host = target.name();
    NodeFacts facts = new NodeFacts();
    List<Probe> members = new ArrayList<>();
    target.p2p().ifPresent(p2p -> members.add(P2pProbe.create(host, p2p, facts, loop)));
    target.rpc().ifPresent(rpc -> members.add(RpcProbe.create(host, rpc, facts, loop)));
    target.zmq().forEach(endpoint -> members.add(ZmqProbe.create(host, endpoint, facts, loop)));
    target.tcp().forEach(port -> members.add(TcpProbe.create(host, port, loop)));
    target.http().forEach(uri -> members.add(HttpProbe.create(host, uri, loop)));
    return members;
  }
}
