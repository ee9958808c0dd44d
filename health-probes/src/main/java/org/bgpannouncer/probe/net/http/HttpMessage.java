package org.bgpannouncer.probe.net.http;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** What passes between an HTTP probe and its connection. */
public sealed interface HttpMessage {

  /**
   * A request, sent as HTTP/1.1.
   *
   * @param method GET or POST
   * @param target origin form (RFC 9112 section 3.2.1), e.g. {@code /}
   * @param headers sent as they are; Content-Length is added for a body
   * @param body UTF-8 text; empty: none
   */
  record Request(String method, String target, Map<String, String> headers, String body)
      implements HttpMessage {
    /** Copies the headers, keeping their order. */
    public Request {
      headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    }

    /** Without the headers, among which is the password. */
    @Override
    public String toString() {
      return method + " " + target + " (" + body.length() + " chars)";
    }
  }

  /**
   * A whole answer, or as much of it as the limit allows.
   *
   * @param status the status code
   * @param body decoded as UTF-8, malformed bytes replaced
   * @param cut the body was longer than the limit; the connection is of no further use
   * @param keepAlive another request may follow on this connection
   */
  record Response(int status, String body, boolean cut, boolean keepAlive) implements HttpMessage {}

  /**
   * The TLS handshake is done and the certificate trusted.
   *
   * @param protocol e.g. {@code TLSv1.3}
   * @param notAfter when the server's own certificate expires
   */
  record Secured(String protocol, Instant notAfter) implements HttpMessage {}

  /**
   * The TLS handshake failed; the connection closes.
   *
   * @param expired the reason is a certificate past its validity
   * @param detail the library's text
   */
  record Insecure(boolean expired, String detail) implements HttpMessage {}
}
