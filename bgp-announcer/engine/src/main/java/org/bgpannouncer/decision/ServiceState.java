package org.bgpannouncer.decision;

/** The state of a service at this site; what is announced follows from it. */
public enum ServiceState {
  /** Just started: its hosts have no verdict yet. Not announced, unless a route was adopted. */
  INIT(false),
  /** Too few hosts are fit, and one says that it is still starting. Not announced. */
  NOT_READY(false),
  /** Enough hosts are fit. Announced at full preference. */
  UP(true),
  /** Enough hosts are fit, but too few of them without reproach. Announced at less preference. */
  DEGRADED(true),
  /** Being emptied by the operator. Announced at least preference. */
  DRAIN(true),
  /** Too few hosts are fit. Not announced. */
  DOWN(false),
  /** Down, but perhaps the last site: announced at least preference. */
  LAST_RESORT(true),
  /** Too many sites failed alike: the announcement stays as it was. */
  FROZEN(true);

  private final boolean announced;

  ServiceState(boolean announced) {
    this.announced = announced;
  }

  /** Whether a route is announced in this state. */
  public boolean isAnnounced() {
    return announced;
  }
}
