package org.bgpannouncer.speaker;

/** Receives the events of a speaker, on one of its threads: must return at once. */
@FunctionalInterface
public interface SpeakerListener {
  /** Called for each event, in order. */
  void happened(SpeakerEvent event);
}
