package org.bgpannouncer.config;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofSeconds;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bgpannouncer.probe.bitcoin.zmq.ZmqConfig;

/** {@code hosts[].zmq[]}. */
final class ZmqReader {
  private static final ZmqConfig DEFAULT =
      ZmqConfig.of(InetSocketAddress.createUnresolved("node", 1), List.of("hashblock"));
  private static final Pattern ENDPOINT =
      Pattern.compile("tcp://(?:\\[([0-9A-Fa-f:.]+)\\]|([0-9.]+)):([1-9][0-9]{0,4})");
  // Bitcoin Core, doc/zmq.md: the -zmqpub options without "zmqpub".
  private static final Map<String, String> TOPICS =
      new TreeMap<>(
          Map.of(
              "hashblock", "hashblock",
              "hashtx", "hashtx",
              "rawblock", "rawblock",
              "rawtx", "rawtx",
              "sequence", "sequence"));

  private static final Key<InetSocketAddress> ENDPOINT_KEY =
      new Key<>(
          "endpoint", "tcp://ADDRESS:PORT, numeric and unicast", Key.REQUIRED, ZmqReader::endpoint);
  private static final Key<String> TOPICS_KEY = Key.choice("topics", TOPICS);
  private static final Key<String> HEARTBEAT_TOPICS =
      Key.choice("heartbeat-topics", TOPICS).withDefault(Key.NONE);
  private static final Key<Duration> SILENCE_SOFT =
      Key.duration("silence-soft", ofSeconds(1), ofHours(24))
          .withDefault(Durations.print(DEFAULT.silenceSoft()));
  private static final Key<Duration> SILENCE_HARD =
      Key.duration("silence-hard", ofSeconds(1), ofHours(24))
          .withDefault(Durations.print(DEFAULT.silenceHard()));

  static final KeyGroup KEYS =
      KeyGroup.of(
          "hosts[].zmq[]", ENDPOINT_KEY, TOPICS_KEY, HEARTBEAT_TOPICS, SILENCE_SOFT, SILENCE_HARD);

  private ZmqReader() {}

  static Optional<ZmqConfig> read(Section section, HostReader.Common common) {
    Optional<InetSocketAddress> endpoint = section.value(ENDPOINT_KEY);
    List<String> topics = section.values(TOPICS_KEY);
    if (Set.copyOf(topics).size() < topics.size()) {
      section.reject(TOPICS_KEY, String.join(", ", topics), "each topic once");
    }
    List<String> heartbeat = section.values(HEARTBEAT_TOPICS);
    if (!topics.containsAll(heartbeat)) {
      section.reject(
          HEARTBEAT_TOPICS,
          String.join(", ", heartbeat),
          "only topics of this endpoint: " + String.join(", ", topics));
    }
    Duration soft = section.value(SILENCE_SOFT, DEFAULT.silenceSoft());
    Duration hard = section.value(SILENCE_HARD, DEFAULT.silenceHard());
    if (soft.compareTo(hard) > 0) {
      section.reject(
          SILENCE_SOFT,
          Durations.print(soft),
          "at most " + Durations.print(hard) + ", silence-hard");
    }
    if (!section.isSound() || endpoint.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new ZmqConfig(
            endpoint.get(),
            common.source(),
            topics,
            common.health().cadence(),
            heartbeat,
            soft,
            hard));
  }

  static SortedSet<String> knownTopics() {
    return new TreeSet<>(TOPICS.keySet());
  }

  static InetSocketAddress endpoint(String text) {
    Matcher form = ENDPOINT.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException("endpoint: " + text + " (expected: tcp://ADDRESS:PORT)");
    }
    String address = form.group(1) != null ? form.group(1) : form.group(2);
    return new InetSocketAddress(
        Key.unicast(address).toInetAddress(), Integer.parseInt(form.group(3)));
  }
}
