package org.bgpannouncer.speaker.bird;

final class Bird2SpeakerIT extends BirdContract {
  @Override
  RealBird.Version version() {
    return RealBird.Version.V2;
  }
}
