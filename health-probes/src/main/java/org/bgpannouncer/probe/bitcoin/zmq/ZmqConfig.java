package org.bgpannouncer.probe.bitcoin.zmq;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.Check;

/**
 * The ZMQ probe of one endpoint of one node.
 *
 * @param address of {@code -zmqpub...=tcp://ADDRESS}; resolved
 * @param source our source address, or empty for the kernel's choice
 * @param topics e.g. {@code hashblock}, {@code sequence}; at least one, each once
 * @param cadence how often the state of the subscription is reported
 * @param heartbeatTopics those of the topics that are never silent for long on this network;
 *     usually {@code hashtx} or {@code sequence} on mainnet, none on test networks
 * @param silenceSoft silence of a heartbeat topic that is SOFT; default 60 s
 * @param silenceHard silence of a heartbeat topic that is HARD; at least {@code silenceSoft},
 *     default 180 s
 */
public record ZmqConfig(
    InetSocketAddress address,
    Optional<InetAddress> source,
    List<String> topics,
    Cadence cadence,
    List<String> heartbeatTopics,
    Duration silenceSoft,
    Duration silenceHard) {

  /** Copies the lists and rejects what is outside the stated limits. */
  public ZmqConfig {
    topics = List.copyOf(topics);
    heartbeatTopics = List.copyOf(heartbeatTopics);
    if (topics.isEmpty() || new HashSet<>(topics).size() < topics.size()) {
      throw new IllegalArgumentException(
          "topics: " + topics + " (expected: at least one, none twice)");
    }
    for (String topic : topics) {
      if (!topic.matches("[a-z0-9]{1,64}")) {
        throw new IllegalArgumentException(
            "topics: " + topic + " (expected: 1 to 64 lower-case letters and digits)");
      }
    }
    for (String topic : heartbeatTopics) {
      if (!topics.contains(topic)) {
        throw new IllegalArgumentException(
            "heartbeat-topics: " + topic + " (expected: one of " + topics + ")");
      }
    }
    if (silenceSoft.isNegative()
        || silenceSoft.isZero()
        || silenceHard.compareTo(silenceSoft) < 0) {
      throw new IllegalArgumentException(
          "silence: " + silenceSoft + ", " + silenceHard + " (expected: 0 < soft <= hard)");
    }
  }

  /** The series of this endpoint: {@code zmq.192.0.2.1:28332}. */
  public Check check() {
    return Check.at(Aspect.ZMQ, address);
  }

  /** Everything at its default. */
  public static ZmqConfig of(InetSocketAddress address, List<String> topics) {
    return new ZmqConfig(
        address,
        Optional.empty(),
        topics,
        Cadence.DEFAULT,
        List.of(),
        Duration.ofSeconds(60),
        Duration.ofSeconds(180));
  }
}
