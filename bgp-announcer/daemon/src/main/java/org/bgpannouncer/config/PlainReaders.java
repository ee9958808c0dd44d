package org.bgpannouncer.config;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofDays;

import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bgpannouncer.probe.http.HttpConfig;
import org.bgpannouncer.probe.http.HttpConfig.JsonExpectation;
import org.bgpannouncer.probe.tcp.TcpConfig;
import org.bgpannouncer.route.IpAddress;

/** {@code hosts[].tcp[]} and {@code hosts[].http[]}: the probes for anything. */
final class PlainReaders {
  private static final Duration CERTIFICATE_SOFT_DEFAULT = ofDays(7);

  private static final Key<Integer> PORT = Key.integer("port", 1, 65535);
  private static final Key<IpAddress> ADDRESS =
      Key.address("address").withDefault("the host's `address`");
  private static final Key<URI> URL =
      new Key<>("url", "an http or https URL", Key.REQUIRED, PlainReaders::url);
  private static final Key<Integer> STATUS = Key.integer("status", 100, 599).withDefault("200");
  private static final Key<Pattern> BODY = Key.regex("body").withDefault("anything");
  private static final Key<Node> JSON =
      Key.structure("json", "{ pointer: ..., equals: ... }").withDefault(Key.NONE);
  private static final Key<Path> TRUST_FILE =
      Key.file("trust-file").withDefault("the system's certificates");
  private static final Key<Duration> CERTIFICATE_SOFT =
      Key.duration("certificate-soft", ZERO, ofDays(365))
          .withDefault(Durations.print(CERTIFICATE_SOFT_DEFAULT));
  private static final Key<String> POINTER =
      Key.text(
          "pointer", "a JSON pointer, e.g. /synchronized", Pattern.compile("(/[^/]{0,200}){1,8}"));
  private static final Key<String> EQUALS =
      Key.text("equals", "the value as JSON text, e.g. true", Pattern.compile(".{1,200}"));

  static final KeyGroup TCP_KEYS = KeyGroup.of("hosts[].tcp[]", PORT, ADDRESS);
  static final KeyGroup HTTP_KEYS =
      KeyGroup.of("hosts[].http[]", URL, ADDRESS, STATUS, BODY, JSON, TRUST_FILE, CERTIFICATE_SOFT);
  static final KeyGroup JSON_KEYS = KeyGroup.of("hosts[].http[].json", POINTER, EQUALS);

  private PlainReaders() {}

  static Optional<TcpConfig> tcp(Section section, HostReader.Common common) {
    Optional<Integer> port = section.value(PORT);
    Optional<IpAddress> address = section.value(ADDRESS);
    return port.filter(p -> section.isSound())
        .map(p -> new TcpConfig(common.at(address, p), common.source(), common.health().cadence()));
  }

  static Optional<HttpConfig> http(Section section, HostReader.Common common) {
    Optional<URI> url = section.value(URL);
    Optional<IpAddress> address = section.value(ADDRESS);
    List<Integer> statuses = section.has(STATUS) ? section.values(STATUS) : List.of(200);
    Optional<Pattern> body = section.value(BODY);
    Optional<JsonExpectation> json = section.section(JSON, JSON_KEYS).flatMap(PlainReaders::json);
    Optional<Path> trust = section.value(TRUST_FILE);
    Duration certificateSoft = section.value(CERTIFICATE_SOFT, CERTIFICATE_SOFT_DEFAULT);
    if (!section.isSound() || url.isEmpty()) {
      return Optional.empty();
    }
    InetSocketAddress dialled = common.at(address, portOf(url.get()));
    return Optional.of(
        new HttpConfig(
            dialled,
            url.get(),
            common.source(),
            common.health().cadence(),
            statuses,
            body,
            json,
            trust,
            certificateSoft));
  }

  private static Optional<JsonExpectation> json(Section section) {
    Optional<String> pointer = section.value(POINTER);
    Optional<String> expected = section.value(EQUALS);
    if (pointer.isEmpty() || expected.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new JsonExpectation(pointer.get(), expected.get()));
    } catch (IllegalArgumentException e) {
      section.reject(EQUALS, expected.get(), EQUALS.rule());
      return Optional.empty();
    }
  }

  private static int portOf(URI url) {
    if (url.getPort() != -1) {
      return url.getPort();
    }
    return "https".equals(url.getScheme()) ? 443 : 80;
  }

  private static URI url(String text) {
    URI url = URI.create(text);
    boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
    if (!web
        || url.getHost() == null
        || url.getUserInfo() != null
        || url.getPort() == 0
        || url.getPort() > 65535) {
      throw new IllegalArgumentException();
    }
    return url;
  }
}
