package org.bgpannouncer.bgp.speaker;

/** Hears what a {@link BgpSpeaker} reports, on its one thread: must return at once. */
@FunctionalInterface
public interface BgpSpeakerListener {
  /** Called for each event, in order. What it throws is logged and dropped. */
  void happened(BgpSpeakerEvent event);
}
