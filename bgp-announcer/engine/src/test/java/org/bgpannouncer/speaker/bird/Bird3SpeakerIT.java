package org.bgpannouncer.speaker.bird;

final class Bird3SpeakerIT extends BirdContract {
  @Override
  RealBird.Version version() {
    return RealBird.Version.V3;
  }
}
