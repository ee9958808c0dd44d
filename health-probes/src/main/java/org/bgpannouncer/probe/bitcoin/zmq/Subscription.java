package org.bgpannouncer.probe.bitcoin.zmq;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.NodeFacts;
import org.bgpannouncer.probe.finding.Finding;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Greeting;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Message;

/**
 * What was learned of one endpoint, over all its connections, and what is wrong with it. Time is
 * handed in; confined to the host's loop.
 */
final class Subscription {
  private final ZmqConfig config;
  private final NodeFacts facts;
  private final boolean tellsOfBlocks;
  private final String colonPort;
  private final Map<String, NotifierTrack> notifiers = new LinkedHashMap<>();
  private final TipCrossCheck tips = new TipCrossCheck();
  private Heartbeat heartbeat = new Heartbeat();
  private String peerVersion = "";
  private boolean peerHasPing;
  private long connections;
  private String lastBlock = "";
  private String malformedSinceReport = "";

  Subscription(ZmqConfig config, NodeFacts facts) {
    this.config = config;
    this.facts = facts;
    this.colonPort = ":" + config.address().getPort();
    this.tellsOfBlocks = config.topics().stream().anyMatch(Notification::tellsOfBlocks);
    config.topics().forEach(topic -> notifiers.put(topic, new NotifierTrack()));
  }

  /** Another connection is subscribed. */
  void begun(Greeting peer, long nowNanos) {
    connections++;
    peerVersion = peer.version();
    peerHasPing = peer.knowsCommands();
    heartbeat = new Heartbeat();
    tips.subscribed();
    notifiers.values().forEach(notifier -> notifier.subscribed(nowNanos));
  }

  /** The subscribed connection is gone. */
  void ended(long nowNanos) {
    tips.unsubscribed();
    notifiers.values().forEach(notifier -> notifier.unsubscribed(nowNanos));
  }

  /** The PINGs of the present connection. */
  Heartbeat heartbeat() {
    return heartbeat;
  }

  /** RPC saw another tip. */
  void tipChanged(long nowNanos) {
    if (tellsOfBlocks) {
      tips.tipChanged(nowNanos);
    }
  }

  /** A message came. */
  void received(Message message, long nowNanos) {
    heartbeat.signOfLife();
    NotifierTrack notifier = notifiers.get(message.parts().get(0).head().text());
    if (notifier == null) {
      // A subscription is a prefix: "raw" would bring rawtx. What was not asked for is not judged.
      return;
    }
    Optional<Notification> parsed = Notification.parse(message);
    if (parsed.isEmpty()) {
      malformedSinceReport = Notification.shapeOf(message);
      return;
    }
    Notification notification = parsed.get();
    notifier.received(notification.sequence(), nowNanos);
    notification
        .blockHash()
        .ifPresent(
            hash -> {
              lastBlock = hash;
              tips.notified();
            });
  }

  /** All that is wrong now, and what happened since this was last asked. */
  List<Finding> findings(long nowNanos) {
    List<Finding> findings = new ArrayList<>();
    addSilence(findings, nowNanos);
    int missed = tips.missedInARow(nowNanos);
    if (missed >= 2) {
      findings.add(
          Finding.of(
              Outcome.HARD,
              Reason.NOTIFICATION_MISSED,
              missed + " tip changes in a row without a notification within 30 s"));
    }
    addMissingNotifiers(findings);
    if (!malformedSinceReport.isEmpty()) {
      findings.add(
          Finding.of(
              Outcome.SOFT,
              Reason.BAD_ANSWER,
              "message: " + malformedSinceReport + " (expected: topic, body, 4 bytes)"));
      malformedSinceReport = "";
    }
    addCounterEvents(findings);
    return findings;
  }

  private void addSilence(List<Finding> findings, long nowNanos) {
    for (String topic : config.heartbeatTopics()) {
      NotifierTrack notifier = notifiers.get(topic);
      long silentNanos = notifier == null ? 0 : notifier.silentNanos(nowNanos);
      if (silentNanos >= config.silenceSoft().toNanos()) {
        findings.add(
            Finding.of(
                isTooLong(silentNanos) ? Outcome.HARD : Outcome.SOFT,
                Reason.SILENT_TOPIC,
                topic + ": silent for " + TimeUnit.NANOSECONDS.toSeconds(silentNanos) + " s"));
      }
    }
    long muteNanos = heartbeat.muteNanos(nowNanos);
    if (muteNanos >= config.silenceSoft().toNanos()) {
      findings.add(
          Finding.of(
              isTooLong(muteNanos) ? Outcome.HARD : Outcome.SOFT,
              isTooLong(muteNanos) ? Reason.STALL_EXPIRED : Reason.STALL,
              "no PONG for " + TimeUnit.NANOSECONDS.toSeconds(muteNanos) + " s"));
    }
  }

  private boolean isTooLong(long nanos) {
    return nanos >= config.silenceHard().toNanos();
  }

  // A notifier that once failed to send is removed until the node restarts (Bitcoin Core,
  // TryForEachAndRemoveFailed), and its subscribers hear nothing of it.
  private void addMissingNotifiers(List<Finding> findings) {
    if (!facts.notifiersKnown()) {
      return;
    }
    List<String> missing = new ArrayList<>(0);
    for (String topic : config.topics()) {
      if (!isListed(topic)) {
        missing.add(topic);
      }
    }
    if (!missing.isEmpty()) {
      findings.add(
          Finding.of(
              Outcome.SOFT,
              Reason.NOTIFIER_MISSING,
              "getzmqnotifications lists no "
                  + String.join(", ", missing)
                  + " on port "
                  + config.address().getPort()));
    }
  }

  private boolean isListed(String topic) {
    for (NodeFacts.Notifier notifier : facts.notifiers()) {
      if (notifier.topic().equals(topic) && notifier.address().endsWith(colonPort)) {
        return true;
      }
    }
    return false;
  }

  private void addCounterEvents(List<Finding> findings) {
    notifiers.forEach(
        (topic, notifier) -> {
          long lost = notifier.takeLost();
          if (lost > 0) {
            findings.add(
                Finding.of(
                    Outcome.SOFT,
                    Reason.SEQUENCE_GAP,
                    topic + ": " + lost + " notifications lost"));
          }
          if (notifier.takeReset()) {
            findings.add(
                Finding.of(
                    Outcome.OK,
                    Reason.SEQUENCE_RESET,
                    topic + ": counter started again, the node restarted"));
          }
        });
  }

  /** What was read, for people. */
  Map<String, String> values(long nowNanos) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("zmtp", peerVersion);
    values.put("connections", Long.toString(connections));
    values.put("pong", pong());
    notifiers.forEach(
        (topic, notifier) -> {
          values.put(topic + ".messages", Long.toString(notifier.messages()));
          if (notifier.seen()) {
            values.put(topic + ".sequence", Long.toString(notifier.sequence()));
          }
          if (notifier.lost() > 0) {
            values.put(topic + ".lost", Long.toString(notifier.lost()));
          }
        });
    if (!lastBlock.isEmpty()) {
      values.put("last-block", lastBlock);
    }
    int missed = tips.missedInARow(nowNanos);
    if (missed > 0) {
      values.put("notifications-missed", Integer.toString(missed));
    }
    return values;
  }

  private String pong() {
    if (!peerHasPing) {
      return "none in ZMTP " + peerVersion;
    }
    return heartbeat.measured()
        ? BigDecimal.valueOf(heartbeat.roundTripNanos() / 1000, 3) + " ms"
        : "unknown";
  }
}
