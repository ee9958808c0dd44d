package org.bgpannouncer.bgp.interop;

/** A row of the matrix. */
enum Scenario {
  WE_DIAL("session, we dial"),
  THEY_DIAL("session, they dial"),
  BOTH_DIAL("session, both dial"),
  MD5("session with TCP MD5"),
  GTSM("session with GTSM (RFC 5082)"),
  TWO_OCTET_AS("session with who reads two-octet AS numbers only (RFC 6793)"),
  ANNOUNCE("announce, withdraw"),
  ATTRIBUTES("change of MED, prepends, next hop"),
  IPV6("IPv6 routes"),
  COMMUNITIES("communities: standard, extended, large"),
  LOCAL_PREFERENCE("local preference (iBGP)"),
  THEIR_ROUTES("their routes, read by us"),
  MANY("10,000 prefixes, announced and withdrawn"),
  REFRESH("route refresh, asked by them"),
  ADD_PATH("add-path, from us to them"),
  IPV6_TRANSPORT("IPv4 routes over an IPv6 session"),
  EXTENDED_NEXT_HOP("IPv4 routes with IPv6 next hop (RFC 8950)"),
  EXTENDED_MESSAGES("messages beyond 4096 octets (RFC 8654)"),
  ROLES("roles (RFC 9234)"),
  SHUTDOWN("shutdown communication, shown (RFC 9003)"),
  THEY_FALL_SILENT("they fall silent: our hold timer"),
  WE_FALL_SILENT("we fall silent: their hold timer"),
  THEY_RETURN("they die and return: told everything again"),
  WITHOUT_RESTART("we die, no restart agreed: routes gone at once"),
  STOP("we stop, restart agreed: routes gone at once"),
  RESTART("we die and return: stale routes kept until End-of-RIB"),
  RESTART_TIME("we die for good: stale routes gone after the restart time");

  private final String title;

  Scenario(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }
}
