package org.bgpannouncer.speaker.exabgp;

final class ExaBgp5SpeakerIT extends ExaBgpSpeakerContract {
  @Override
  RealExaBgp.Version version() {
    return RealExaBgp.Version.V5;
  }
}
