package org.bgpannouncer.log;

/** How log lines look: {@code --log-format}. */
public enum LogFormat {
  /** {@code TIME LEVEL message key=value ...}. */
  TEXT,
  /** One JSON object a line. */
  JSON
}
