package org.bgpannouncer.bgp;

import java.util.Optional;

/** The errors a NOTIFICATION can carry, each with the section that fixes its codes. */
public enum BgpError {
  /** The marker is not all ones. */
  CONNECTION_NOT_SYNCHRONIZED(1, 1, "RFC 4271 section 6.1"),
  /** The length is below or beyond what the type allows; data: the length field. */
  BAD_MESSAGE_LENGTH(1, 2, "RFC 4271 section 6.1"),
  /** The type is not known; data: the type field. */
  BAD_MESSAGE_TYPE(1, 3, "RFC 4271 section 6.1"),

  /** The OPEN cannot be read at all. */
  OPEN_UNSPECIFIC(2, 0, "RFC 4271 section 6.2"),
  /** Not BGP-4; data: the version we speak. */
  UNSUPPORTED_VERSION(2, 1, "RFC 4271 section 6.2"),
  /** Not the AS we expected, or AS 0. */
  BAD_PEER_AS(2, 2, "RFC 4271 section 6.2"),
  /** Zero, or our own within one AS. */
  BAD_BGP_IDENTIFIER(2, 3, "RFC 4271 section 6.2, RFC 6286 section 2.2"),
  /** A parameter other than Capabilities. */
  UNSUPPORTED_OPTIONAL_PARAMETER(2, 4, "RFC 4271 section 6.2"),
  /** One or two seconds. */
  UNACCEPTABLE_HOLD_TIME(2, 6, "RFC 4271 section 6.2"),
  /** A capability we cannot do without is missing. */
  UNSUPPORTED_CAPABILITY(2, 7, "RFC 5492 section 5"),
  /** The two roles do not go together. */
  ROLE_MISMATCH(2, 11, "RFC 9234 section 4.2"),

  /** Lengths that do not add up, an attribute twice, or an error and no routes to be seen. */
  MALFORMED_ATTRIBUTE_LIST(3, 1, "RFC 4271 section 6.3, RFC 7606 section 5.2"),
  /** A mandatory attribute that is not known; RFC 7606 has us withdraw the routes instead. */
  UNRECOGNIZED_WELL_KNOWN_ATTRIBUTE(3, 2, "RFC 4271 section 6.3"),
  /** A mandatory attribute is missing; RFC 7606 has us withdraw the routes instead. */
  MISSING_WELL_KNOWN_ATTRIBUTE(3, 3, "RFC 4271 section 6.3"),
  /** Flags that the type must not have; RFC 7606 has us withdraw the routes instead. */
  ATTRIBUTE_FLAGS_ERROR(3, 4, "RFC 4271 section 6.3"),
  /** A length that the type must not have; RFC 7606 has us withdraw the routes instead. */
  ATTRIBUTE_LENGTH_ERROR(3, 5, "RFC 4271 section 6.3"),
  /** An ORIGIN without a meaning; RFC 7606 has us withdraw the routes instead. */
  INVALID_ORIGIN(3, 6, "RFC 4271 section 6.3"),
  /** A next hop that is no host's address; RFC 7606 has us withdraw the routes instead. */
  INVALID_NEXT_HOP(3, 8, "RFC 4271 section 6.3"),
  /** An attribute that carries routes cannot be read. */
  OPTIONAL_ATTRIBUTE_ERROR(3, 9, "RFC 4271 section 6.3, RFC 7606 section 7.11"),
  /** A prefix that is longer than an address or than its field. */
  INVALID_NETWORK_FIELD(3, 10, "RFC 4271 section 6.3, RFC 7606 section 5.3"),

  /** An AS_PATH that cannot be read; RFC 7606 has us withdraw the routes instead. */
  MALFORMED_AS_PATH(3, 11, "RFC 4271 section 6.3"),

  /** Nothing arrived for the hold time. */
  HOLD_TIMER_EXPIRED(4, 0, "RFC 4271 section 6.5"),

  /** A message that the state does not allow. */
  FSM_ERROR(5, 0, "RFC 4271 section 6.6"),
  /** A message that OpenSent does not allow. */
  UNEXPECTED_IN_OPEN_SENT(5, 1, "RFC 6608 section 3"),
  /** A message that OpenConfirm does not allow. */
  UNEXPECTED_IN_OPEN_CONFIRM(5, 2, "RFC 6608 section 3"),
  /** A message that Established does not allow. */
  UNEXPECTED_IN_ESTABLISHED(5, 3, "RFC 6608 section 3"),

  /** Closed for no reason of the protocol. */
  CEASE(6, 0, "RFC 4271 section 6.7"),
  /** More prefixes than allowed. */
  MAXIMUM_PREFIXES(6, 1, "RFC 4486 section 4"),
  /** Shut down by the operator. */
  ADMINISTRATIVE_SHUTDOWN(6, 2, "RFC 4486 section 4, RFC 9003 section 2"),
  /** The peer was taken out of the configuration. */
  PEER_DECONFIGURED(6, 3, "RFC 4486 section 4"),
  /** Reset by the operator. */
  ADMINISTRATIVE_RESET(6, 4, "RFC 4486 section 4, RFC 9003 section 2"),
  /** The connection is not wanted. */
  CONNECTION_REJECTED(6, 5, "RFC 4486 section 4"),
  /** Any other change of the configuration. */
  OTHER_CONFIGURATION_CHANGE(6, 6, "RFC 4486 section 4"),
  /** Two connections with one peer; this one lost. */
  CONNECTION_COLLISION(6, 7, "RFC 4486 section 4"),
  /** No memory or no room for another session. */
  OUT_OF_RESOURCES(6, 8, "RFC 4486 section 4"),
  /** A reset that graceful restart does not soften. */
  HARD_RESET(6, 9, "RFC 8538 section 3"),
  /** BFD says that the peer is gone. */
  BFD_DOWN(6, 10, "RFC 9384 section 3"),

  /** A ROUTE-REFRESH whose length its subtype does not allow; data: the whole message. */
  INVALID_ROUTE_REFRESH_LENGTH(7, 1, "RFC 7313 section 5"),

  /** The peer took nothing off its socket for the send hold time. */
  SEND_HOLD_TIMER_EXPIRED(8, 0, "RFC 9687 section 5");

  private final int code;
  private final int subcode;
  private final String source;

  BgpError(int code, int subcode, String source) {
    this.code = code;
    this.subcode = subcode;
    this.source = source;
  }

  /** The error with these codes; empty when there is none in this table. */
  public static Optional<BgpError> of(int code, int subcode) {
    for (BgpError error : values()) {
      if (error.code == code && error.subcode == subcode) {
        return Optional.of(error);
      }
    }
    return Optional.empty();
  }

  /** The error code. */
  public int code() {
    return code;
  }

  /** The error subcode. */
  public int subcode() {
    return subcode;
  }

  /** The document and section that fix the codes. */
  public String source() {
    return source;
  }
}
