package org.bgpannouncer.bgp.interop;

/** What a session is to have beyond the two families and four-octet AS numbers. */
enum Feature {
  /** Several paths of a prefix, from us to them (RFC 7911). */
  ADD_PATH,
  /** Signed segments (RFC 2385). */
  MD5,
  /** They keep our routes for a while when we are gone (RFC 4724). */
  GRACEFUL_RESTART,
  /** IPv4 routes with an IPv6 next hop (RFC 8950). */
  EXTENDED_NEXT_HOP,
  /** For 3 seconds. */
  SHORT_RESTART_TIME,
  /** A NOTIFICATION is a graceful restart too, unless it says hard reset (RFC 8538). */
  HARD_RESET,
  /** Nothing is heard from farther away (RFC 5082). */
  GTSM,
  /** Messages of up to 65535 octets (RFC 8654). */
  EXTENDED_MESSAGES,
  /** We are the customer, they are the provider (RFC 9234). */
  ROLES,
  /** One AS, so that LOCAL_PREF is sent. */
  INTERNAL,
  /** The session itself is between IPv6 addresses. */
  IPV6_TRANSPORT,
  /** They connect to us. */
  THEY_DIAL,
  /** Both connect at once, and keep one connection. */
  BOTH_DIAL,
  /** They know AS numbers of two octets only, and us by AS_TRANS (RFC 6793). */
  TWO_OCTET_AS,
  /** They announce {@link Settings#THEIR_IPV4} and {@link Settings#THEIR_IPV6} to us. */
  THEY_ANNOUNCE
}
