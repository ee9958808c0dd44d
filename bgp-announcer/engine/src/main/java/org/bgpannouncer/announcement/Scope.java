package org.bgpannouncer.announcement;

/** How far a prefix may be announced. */
public enum Scope {
  /** Not at all: it is outside {@code allow}. */
  FORBIDDEN,
  /** Within the AS and its confederation: always with NO_EXPORT (RFC 1997). */
  INTERNAL,
  /** To every peer. */
  GLOBAL
}
