package org.bgpannouncer.probe.bitcoin.zmq;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.probe.Cadence;

/**
 * The ZMQ probe of one endpoint of one node.
 *
 * @param address of {@code -zmqpub...=tcp://ADDRESS}
 * @param source our source address, or empty for the kernel's choice
 * @param topics e.g. {@code hashblock}, {@code sequence}; at least one
 * @param cadence how often the state of the subscription is reported
 * @param heartbeatTopics the topics that are never silent for long on this network; usually {@code
 *     hashtx} or {@code sequence} on mainnet, none on test networks
 * @param silenceSoft silence of a heartbeat topic that is SOFT; default 60 s
 * @param silenceHard silence of a heartbeat topic that is HARD; default 180 s
 */
public record ZmqConfig(
    InetSocketAddress address,
    Optional<InetAddress> source,
    List<String> topics,
    Cadence cadence,
    List<String> heartbeatTopics,
    Duration silenceSoft,
    Duration silenceHard) {

  /** Copies the lists. */
  public ZmqConfig {
    topics = List.copyOf(topics);
    heartbeatTopics = List.copyOf(heartbeatTopics);
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
