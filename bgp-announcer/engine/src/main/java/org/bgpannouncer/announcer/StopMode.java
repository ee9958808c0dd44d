package org.bgpannouncer.announcer;

/** What becomes of the routes when an announcer stops. */
public enum StopMode {
  /** Everything is withdrawn first, and the receipts are waited for. */
  WITHDRAW,
  /** The routes stay as they are, for whoever comes next to adopt. */
  HANDOVER
}
