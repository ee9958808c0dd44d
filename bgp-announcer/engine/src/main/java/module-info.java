/** From observations to routes: health, decision, announcement, reconcile, and the speakers. */
module org.bgpannouncer.engine {
  requires transitive org.bgpannouncer.bgp;
  requires transitive org.bgpannouncer.probe;
  requires transitive org.jspecify;
  requires com.fasterxml.jackson.databind;
  requires org.slf4j;

  exports org.bgpannouncer.announcement;
  exports org.bgpannouncer.announcer;
  exports org.bgpannouncer.decision;
  exports org.bgpannouncer.engine;
  exports org.bgpannouncer.health;
  exports org.bgpannouncer.observe;
  exports org.bgpannouncer.speaker;
  exports org.bgpannouncer.speaker.bird;
  exports org.bgpannouncer.speaker.embedded;
  exports org.bgpannouncer.speaker.exabgp;
}
