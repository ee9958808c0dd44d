package org.bgpannouncer.speaker.bird;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.bgpannouncer.speaker.SpeakerEvent;

/** Which of BIRD's BGP sessions are up. Not thread-safe. */
final class BgpSessions {
  private static final String BGP = "BGP";

  private final Set<String> wanted;
  private final Map<String, ProtocolReport.State> known = new LinkedHashMap<>();

  /**
   * @param wanted the protocols that count; empty for every one of type BGP
   */
  BgpSessions(Set<String> wanted) {
    this.wanted = new TreeSet<>(wanted);
  }

  /** Nothing is known any more: the next report tells of every session. */
  void forget() {
    known.clear();
  }

  /** Takes in what BIRD says now, and tells what is new in it. */
  void update(Map<String, ProtocolReport.State> protocols, Consumer<SpeakerEvent> events) {
    Map<String, ProtocolReport.State> now = new LinkedHashMap<>();
    protocols.forEach(
        (name, state) -> {
          if (wanted.isEmpty() ? state.type().equals(BGP) : wanted.contains(name)) {
            now.put(name, state);
          }
        });
    for (String name : wanted) {
      now.putIfAbsent(name, new ProtocolReport.State(BGP, false, "no such protocol"));
    }
    for (String name : known.keySet()) {
      now.putIfAbsent(name, new ProtocolReport.State(BGP, false, "no such protocol any more"));
    }
    now.forEach(
        (name, state) -> {
          ProtocolReport.State before = known.get(name);
          if (before == null || before.up() != state.up()) {
            events.accept(
                state.up()
                    ? new SpeakerEvent.SessionUp(name)
                    : new SpeakerEvent.SessionDown(name, state.rest()));
          }
        });
    known.clear();
    now.forEach(
        (name, state) -> {
          if (protocols.containsKey(name) || wanted.contains(name)) {
            known.put(name, state);
          }
        });
  }
}
