package org.bgpannouncer.probe;

/**
 * Why an observation has its outcome: one closed list for all probes, so that logs, status and
 * rules share the words. The detail that goes with it is free text on the {@link Observation}.
 */
public enum Reason {
  /** The check passed. */
  PASSED,
  /** Nothing was observed yet, or within the bound of a single run; no probe reports it. */
  UNOBSERVED,

  // Proven: decide at once, past fall and fast interval.
  /**
   * A held, verified connection ended, the immediate re-dial was refused, and so was the dial of
   * every witness port started at the same moment: no process listens any more.
   */
  PROVEN_DEAD(true),
  /** The node is on another network or chain than configured; latched until it changes. */
  WRONG_NETWORK(true),

  // The kernel's and the network's answer to a dial.
  /** A local host's kernel does not hold the service address, so no client can reach it. */
  SERVICE_ADDRESS_MISSING,
  /** ECONNREFUSED. */
  REFUSED,
  /** The SYN was not answered within the deadline. */
  CONNECT_TIMEOUT,
  /** EHOSTUNREACH: the neighbour is silent or a router says so. */
  HOST_UNREACHABLE,
  /** The connection was reset before the check finished. */
  RESET,
  /** The connection was closed by the other side in the middle of the check. */
  CLOSED,
  /**
   * No room for one more: accepted, then closed before a byte (full, banned or network inactive),
   * or nearly all inbound slots taken; never death.
   */
  SATURATED,
  /** Connected, but the next answer did not come within its deadline. */
  STALL,
  /** As {@link #STALL}, for longer than {@code stall-down}. */
  STALL_EXPIRED,
  /** Bytes that the protocol does not allow: bad magic, checksum, length or grammar. */
  PROTOCOL_ERROR,

  // Failed on our side, before a packet could leave.
  /** Our side: EMFILE, ENFILE, ENOBUFS, ENOMEM; EADDRINUSE: no local port is left. */
  LOCAL_RESOURCES,
  /** Our side: EADDRNOTAVAIL, EINVAL: the source address is not ours. */
  LOCAL_ADDRESS,
  /** Our side: EACCES, EPERM: a local firewall or policy. */
  LOCAL_POLICY,
  /** Our side: ENETUNREACH: no route leaves this machine. */
  LOCAL_ROUTE,
  /** Our side: the name did not resolve. */
  RESOLVER,
  /** Our side: a credential or file could not be read. */
  LOCAL_FILE,
  /** Our side: the probe itself failed; never the host's fault. */
  INTERNAL_ERROR,

  // Bitcoin P2P.
  /** A required service bit is missing. */
  SERVICE_BITS_MISSING,
  /** An optional service bit is missing. */
  SERVICE_BITS_OPTIONAL,
  /** The pong came, but late. */
  PONG_LATE,
  /** The node's clock differs from ours. */
  CLOCK_SKEW,
  /** The user agent is not what the configuration expects. */
  USER_AGENT,

  // Bitcoin RPC.
  /** RPC error -28: warming up. */
  WARMING_UP,
  /** Initial block download, reindex or headers ahead of blocks at start. */
  INITIAL_BLOCK_DOWNLOAD,
  /** HTTP 503 or 500 "Work queue depth exceeded". */
  BUSY,
  /** HTTP 503: shutting down. */
  SHUTTING_DOWN,
  /** HTTP 401 also after the cookie was read again. */
  UNAUTHORIZED,
  /** HTTP 403: rpcallowip or rpcwhitelist. */
  FORBIDDEN,
  /** UNKNOWN, because the node lacks the method: the check is off, neither passed nor failed. */
  CAPABILITY_OFF,
  /** Blocks behind its own headers. */
  BEHIND_HEADERS,
  /** {@code networkactive} is false. */
  NETWORK_INACTIVE,
  /** Too few outbound peers. */
  FEW_OUTBOUND_PEERS,
  /** A warning of the node that is not on the allow-list. */
  NODE_WARNING,
  /** "invalid chain more than 6 blocks longer". */
  INVALID_CHAIN,
  /** The node answers, but not in a form any known version has. */
  BAD_ANSWER,
  /** Pruned although declared archival, or the reverse. */
  PRUNED,
  /** The mempool is still being loaded long after the start. */
  MEMPOOL_NOT_LOADED,
  /** A required index is missing or behind the tip. */
  INDEX_BEHIND,
  /** Outgoing connections do not leave from the physical range; answers may reach another site. */
  WRONG_SOURCE,
  /** Clients come, or are told to come, to another address than the service's. */
  SERVICE_BYPASSED,

  // ZMQ.
  /** Sequence numbers were skipped on a living connection: the high-water mark dropped messages. */
  SEQUENCE_GAP,
  /** Sequence numbers started again from zero: the node restarted. */
  SEQUENCE_RESET,
  /** A high-rate topic has been silent for too long. */
  SILENT_TOPIC,
  /** {@code getzmqnotifications} lacks a configured notifier. */
  NOTIFIER_MISSING,
  /** A tip change was seen by RPC, but no notification of it came. */
  NOTIFICATION_MISSED,

  // HTTP and TLS.
  /** The status code is not the expected one. */
  HTTP_STATUS,
  /** The body does not match. */
  HTTP_BODY,
  /** The TLS handshake failed. */
  TLS_FAILED,
  /** The certificate expires soon. */
  CERTIFICATE_EXPIRES,
  /** The certificate has expired. */
  CERTIFICATE_EXPIRED;

  private final boolean proof;

  Reason() {
    this(false);
  }

  Reason(boolean proof) {
    this.proof = proof;
  }

  /** Whether one HARD observation with this reason decides, without waiting for {@code fall}. */
  public boolean isProof() {
    return proof;
  }
}
