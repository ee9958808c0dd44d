package org.bgpannouncer.probe.bitcoin.rpc;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Observation.StageTiming;
import org.bgpannouncer.probe.ObservationListener;
import org.bgpannouncer.probe.finding.Finding;
import org.bgpannouncer.probe.time.Ticker;

/**
 * Turns findings into observations, with what a node wrote cut to a bounded length, and without our
 * login, which a node may echo wherever it likes.
 */
final class Reporter {
  static final Check LIVENESS = Check.RPC_LIVENESS;
  static final Check CHAIN = new Check(Aspect.RPC, "chain");
  static final Check NODE = new Check(Aspect.RPC, "node");
  static final Check PINNING = Check.RPC_PINNING;

  private static final int MAX_VALUE_CHARS = 256;

  private final String host;
  private final Ticker ticker;
  private final ObservationListener listener;
  private final UnaryOperator<String> hideLogin;

  Reporter(
      String host, Ticker ticker, ObservationListener listener, UnaryOperator<String> hideLogin) {
    this.host = host;
    this.ticker = ticker;
    this.listener = listener;
    this.hideLogin = hideLogin;
  }

  void report(Check check, Finding finding, List<StageTiming> stages) {
    Map<String, String> values = new LinkedHashMap<>();
    finding.values().forEach((name, value) -> values.put(name, cut(hideLogin.apply(value))));
    listener.observed(
        new Observation(
            host,
            check,
            finding.outcome(),
            finding.reason(),
            hideLogin.apply(finding.detail()),
            stages,
            values,
            ticker.nanoTime()));
  }

  private static String cut(String text) {
    return text.length() > MAX_VALUE_CHARS ? text.substring(0, MAX_VALUE_CHARS) : text;
  }
}
