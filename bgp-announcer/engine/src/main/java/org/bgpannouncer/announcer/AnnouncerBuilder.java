package org.bgpannouncer.announcer;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.bgpannouncer.engine.ProbeFactory;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.observe.AnnouncerListener;
import org.bgpannouncer.speaker.Speaker;
import org.jspecify.annotations.Nullable;

/** Puts an {@link Announcer} together. Not thread-safe. */
public final class AnnouncerBuilder {
  private final SiteConfig site;
  private final List<AnnouncerListener> listeners = new ArrayList<>();
  private @Nullable Speaker speaker;
  private @Nullable ProbeFactory probes;
  private InstantSource clock = InstantSource.system();

  AnnouncerBuilder(SiteConfig site) {
    this.site = site;
  }

  /**
   * Who advertises. Required, unless the site is {@link SiteConfig#dryRun}: then it is not used.
   */
  public AnnouncerBuilder speaker(Speaker newSpeaker) {
    this.speaker = newSpeaker;
    return this;
  }

  /** Who makes the probes; by default real ones on one event-loop thread of the announcer's own. */
  public AnnouncerBuilder probes(ProbeFactory newProbes) {
    this.probes = newProbes;
    return this;
  }

  /** One more listener. */
  public AnnouncerBuilder listener(AnnouncerListener listener) {
    listeners.add(listener);
    return this;
  }

  /** What dates events; by default the system's clock. Decisions never read it. */
  public AnnouncerBuilder clock(InstantSource newClock) {
    this.clock = newClock;
    return this;
  }

  /** Builds the announcer; nothing runs before {@link Announcer#start}. */
  public Announcer build() {
    return new Announcer(site, speaker, probes, List.copyOf(listeners), clock);
  }
}
