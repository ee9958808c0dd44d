package org.bgpannouncer.speaker.exabgp;

import org.bgpannouncer.speaker.SpeakerEvent;

/** What an {@link ExaBgpSession} does to the world. Called while it is being stepped. */
interface Effects {
  /** Queues lines for writing, in order; never blocks. */
  void write(String lines);

  /** Whether everything queued has been written: ExaBGP reads. */
  boolean isWritten();

  /** Takes back what ExaBGP has not read. Named pipes only. */
  void drain();

  /** Reports an event, in order. */
  void emit(SpeakerEvent event);
}
