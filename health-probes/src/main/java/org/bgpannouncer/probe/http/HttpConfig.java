package org.bgpannouncer.probe.http;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.Check;
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
  public record JsonExpectation(String pointer, String expected) {
    /**
     * Reads both once.
     *
     * @throws IllegalArgumentException if one of them is not what it must be
     */
    public JsonExpectation {
      Expectation.pointer(pointer);
      Expectation.value(expected);
    }
  }

  /** Copies the list. */
  public HttpConfig {
    statuses = List.copyOf(statuses);
  }

  /**
   * The series of this URI at this address: {@code
   * http.https://pay.example/api/v1/health-at-192.0.2.1:443}; without the address where it is that
   * of the URI. Neither user nor query are shown, for they may hold a secret; two queries still
   * make two checks.
   */
  public Check check() {
    String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
    String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    String query =
        uri.getRawQuery() == null ? "" : "-" + Integer.toHexString(uri.getRawQuery().hashCode());
    String dialled = Check.nameOf(address);
    String at = dialled.equals(uri.getHost() + port) ? "" : "-at-" + dialled;
    String name = uri.getScheme() + "://" + uri.getHost() + port + path + query + at;
    return new Check(Aspect.HTTP, name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.:/-]", "-"));
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
