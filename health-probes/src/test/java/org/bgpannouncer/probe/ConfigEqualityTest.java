package org.bgpannouncer.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.probe.http.HttpConfig;
import org.junit.jupiter.api.Test;

/** A reload leaves alone what did not change: configurations that say the same must be equal. */
class ConfigEqualityTest {
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();

  private static P2pConfig p2p(Pattern userAgent) {
    InetSocketAddress node = new InetSocketAddress(HERE, 8333);
    Duration second = Duration.ofSeconds(1);
    return new P2pConfig(
        node,
        Optional.empty(),
        BitcoinNetwork.MAINNET,
        Cadence.DEFAULT,
        second,
        second,
        second,
        second,
        Optional.empty(),
        false,
        Optional.empty(),
        1,
        1,
        Optional.of(userAgent),
        second);
  }

  private static P2pConfig otherP2p() {
    InetSocketAddress other = new InetSocketAddress(HERE, 18444);
    Duration minute = Duration.ofMinutes(1);
    return new P2pConfig(
        other,
        Optional.of(HERE),
        BitcoinNetwork.REGTEST,
        new Cadence(minute, minute, minute, 0),
        minute,
        minute,
        minute,
        minute,
        Optional.of(other),
        true,
        Optional.of(other),
        2,
        2,
        Optional.of(Pattern.compile("other")),
        minute);
  }

  private static HttpConfig http(Pattern body) {
    return new HttpConfig(
        new InetSocketAddress(HERE, 80),
        URI.create("http://node.example/"),
        Optional.empty(),
        Cadence.DEFAULT,
        List.of(200),
        Optional.of(body),
        Optional.empty(),
        Optional.empty(),
        Duration.ofDays(7));
  }

  private static HttpConfig otherHttp() {
    Duration minute = Duration.ofMinutes(1);
    return new HttpConfig(
        new InetSocketAddress(HERE, 81),
        URI.create("http://other.example/"),
        Optional.of(HERE),
        new Cadence(minute, minute, minute, 0),
        List.of(204),
        Optional.empty(),
        Optional.of(new HttpConfig.JsonExpectation("/ok", "true")),
        Optional.of(Path.of("ca.pem")),
        Duration.ofDays(1));
  }

  @Test
  void whatSaysTheSameIsEqualThoughEachCompiledItsOwnPattern() {
    assertThat(p2p(Pattern.compile("^ok")))
        .isEqualTo(p2p(Pattern.compile("^ok")))
        .hasSameHashCodeAs(p2p(Pattern.compile("^ok")));
    assertThat(http(Pattern.compile("^ok")))
        .isEqualTo(http(Pattern.compile("^ok")))
        .hasSameHashCodeAs(http(Pattern.compile("^ok")));
  }

  @Test
  void theFlagsOfAPatternCount() {
    Pattern strict = Pattern.compile("ok");
    Pattern lax = Pattern.compile("ok", Pattern.CASE_INSENSITIVE);
    assertThat(p2p(strict)).isNotEqualTo(p2p(lax));
    assertThat(http(strict)).isNotEqualTo(http(lax));
  }

  @Test
  void everyComponentCounts() throws ReflectiveOperationException {
    assertEachCounts(p2p(Pattern.compile("ok")), otherP2p());
    assertEachCounts(http(Pattern.compile("ok")), otherHttp());
  }

  private static void assertEachCounts(Record config, Record other)
      throws ReflectiveOperationException {
    RecordComponent[] components = config.getClass().getRecordComponents();
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    for (int changed = 0; changed < components.length; changed++) {
      Object[] values = new Object[components.length];
      for (int i = 0; i < components.length; i++) {
        values[i] = components[i].getAccessor().invoke(i == changed ? other : config);
      }
      assertThat(config.getClass().getConstructor(types).newInstance(values))
          .as("%s with another %s", config.getClass(), components[changed].getName())
          .isNotEqualTo(config);
    }
  }
}
