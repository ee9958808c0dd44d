package org.bgpannouncer.doctor;

import java.util.Locale;

/** The questions, in the order in which docs/doctor.md has them. */
public enum Check {
  /** The addresses that clients dial are on the loopback interface. */
  SERVICE_ADDRESS,
  /** So is the address that outgoing connections leave from. */
  OUTBOUND_ADDRESS,
  /** A rule has the node's user looked up in a table of its own. */
  SOURCE_RULE,
  /** The route to the Internet has the outbound address as its source. */
  SOURCE_ROUTE,
  /** nftables translates to the outbound address. */
  SOURCE_NAT,
  /** The node's connections have the addresses that the site file says. */
  CONNECTIONS,
  /** The host does not answer the LAN for the service address. */
  ARP_IGNORE,
  /** The host does not ask the LAN in its name. */
  ARP_ANNOUNCE,
  /** What comes by another way than the answer would go is not dropped. */
  RP_FILTER,
  /** Clients are told segments that fit through tunnels. */
  MSS,
  /** Connections that moved here are reset. */
  CONNTRACK,
  /** The node's configuration can be read. */
  BITCOIN_CONF,
  /** {@code -maxconnections} is as the site file says. */
  MAXCONNECTIONS,
  /** {@code -rpcthreads} leaves some to us. */
  RPCTHREADS,
  /** {@code -rpcworkqueue} leaves room for us. */
  RPCWORKQUEUE,
  /** {@code -rpcwhitelistdefault} lets us call. */
  RPCWHITELISTDEFAULT,
  /** {@code -externalip} is the service address. */
  EXTERNALIP,
  /** {@code -discover} is off. */
  DISCOVER,
  /** The addresses that the router's own packets leave from are on it. */
  SOURCE_ADDRESS,
  /** The router forwards. */
  FORWARDING,
  /** It spreads flows by addresses and ports. */
  ECMP_HASH,
  /** A host that is gone moves no flow of the others, where the site file says so. */
  CONSISTENT_HASHING,
  /** It tells nobody to go past it. */
  REDIRECTS,
  /** FRR has a policy for each neighbor of another AS. */
  FRR,
  /** ExaBGP's configuration is as it must be. */
  EXABGP,
  /** ExaBGP answers commands. */
  EXABGP_ACK,
  /** A machine without power is noticed in time. */
  HOLD_TIME,
  /** Nobody keeps a dead announcer's routes. */
  GRACEFUL_RESTART,
  /** The cookies and passwords are for us, and not for everybody. */
  COOKIE,
  /** ROAs cover what is announced. */
  ROA,
  /** The clock is synchronised. */
  CLOCK;

  /** As it is printed, e.g. {@code source-route}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
