package org.bgpannouncer.speaker.exabgp;

final class ExaBgp4SpeakerIT extends ExaBgpSpeakerContract {
  @Override
  RealExaBgp.Version version() {
    return RealExaBgp.Version.V4;
  }
}
