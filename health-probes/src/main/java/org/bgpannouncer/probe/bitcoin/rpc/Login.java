package org.bgpannouncer.probe.bitcoin.rpc;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * User and password as HTTP Basic sends them (RFC 7617). Never printed; {@link #hideIn} keeps it
 * out of what a node echoes.
 */
final class Login {
  private final String password;
  private final String encoded;

  private Login(String user, String password) {
    this.password = password;
    this.encoded =
        Base64.getEncoder()
            .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
  }

  static Login of(String user, String password) {
    return new Login(user, password);
  }

  /** The value of the Authorization header. */
  String header() {
    return "Basic " + encoded;
  }

  /** The text without password and header value. */
  String hideIn(String text) {
    String hidden = text.replace(encoded, "***");
    return password.isEmpty() ? hidden : hidden.replace(password, "***");
  }

  boolean sameAs(Login other) {
    return encoded.equals(other.encoded);
  }

  @Override
  public String toString() {
    return "***";
  }
}
