package org.bgpannouncer.probe.http;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bgpannouncer.probe.Cadence;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP probe: one GET per attempt.
 *
 * @param address whom to dial, whatever the URI's host says
 * @param uri {@code http} or {@code https}; its host is sent as Host and SNI
 * @param source our source address, or empty for the kernel's choice
 * @param cadence when
 * @param statuses accepted status codes; default 200
 * @param body what the body must match somewhere, or empty for anything
 * @param json a value the JSON body must hold, or empty
 * @param trust the certificates to trust instead of the system's, PEM, or empty
 * @param certificateSoft remaining validity below which the certificate is SOFT; default 7 days
 */
public record HttpConfig(
    InetSocketAddress address,
    URI uri,
    Optional<InetAddress> source,
    Cadence cadence,
    List<Integer> statuses,
    Optional<Pattern> body,
    Optional<JsonExpectation> json,
    Optional<Path> trust,
    Duration certificateSoft) {

  /**
   * A value that the body must hold.
   *
   * @param pointer RFC 6901, e.g. {@code /synchronized}
   * @param expected the value as JSON text, e.g. {@code true}
   */
  public record JsonExpectation(String pointer, String expected) {}

  /** Copies the list. */
  public HttpConfig {
    statuses = List.copyOf(statuses);
  }

  // A Pattern equals only itself: compared by its text, a file read twice says the same twice.
  private List<Object> identity() {
    return List.of(
        address,
        uri,
        source,
        cadence,
        statuses,
        body.map(Pattern::pattern),
        body.map(Pattern::flags),
        json,
        trust,
        certificateSoft);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof HttpConfig that && identity().equals(that.identity());
  }

  @Override
  public int hashCode() {
    return identity().hashCode();
  }
}
