package org.bgpannouncer.engine;

/** Where deadlines are set; made by the engine, which guards what runs then. */
interface Timers {
  long nanoTime();

  Alarm ofHost(String name);

  Alarm ofService(String name);

  Alarm ofRetries();

  Alarm ofOverdue();

  Alarm ofUnseen();
}
