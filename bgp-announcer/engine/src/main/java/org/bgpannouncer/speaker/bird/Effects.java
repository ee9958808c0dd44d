package org.bgpannouncer.speaker.bird;

import java.util.Optional;
import org.bgpannouncer.speaker.SpeakerEvent;

/** What a {@link BirdSession} does to the world. Called while it is being stepped. */
interface Effects {
  /** Connects to the control socket, without waiting; why it could not, if so. */
  Optional<String> connect();

  /** Lets go of the connection, if there is one. */
  void disconnect();

  /** Sends one command. What goes wrong is told with {@link BirdSession#disconnected}. */
  void send(String command);

  /** What stands in the file; empty if nothing can be read there. */
  String load();

  /** Replaces the file as a whole; why it could not, if so. */
  Optional<String> store(String text);

  /** Reports an event, in order. */
  void emit(SpeakerEvent event);
}
