package org.bgpannouncer.bgp.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of the code against RFC 4271 section 8.2.2, read anew: every state, every event. */
class FsmTableTest {
  /**
   * State; numbers of events (RFC 4271 section 8.1, 29 of RFC 9687); next state; what "the local
   * system" does, in our order. "release all BGP resources" goes without saying. {@code 6.4} marks
   * what section 6.4 (no NOTIFICATION answers one) and RFC 6608 have us do otherwise than "any
   * other event", {@code damp} starts without clearing the counter.
   */
  private static final String RFC =
      """
      Idle        | 1                                       | Connect     | counter=0, retry+, dial
      Idle        | 4                                       | Active      | counter=0, retry+
      Idle        | 6 damp                                  | Connect     | retry+, dial
      Idle        | 7 damp                                  | Active      | retry+
      Idle        | 2 9 10 11 16 17 18 19 21 22 23 24 25 26 27 28 29 | Idle |

      Connect     | 1 4 6 7                                 | Connect     |
      Connect     | 2                                       | Idle        | drop, counter=0, retry-
      Connect     | 9                                       | Connect     | drop, retry+, dial
      Connect     | 16 17                                   | OpenSent    | retry-, OPEN, hold=4min
      Connect     | 18                                      | Idle        | retry-, drop
      Connect     | 21 22 24                                | Idle        | retry-, drop, counter+1
      Connect     | 10 11 19 23 25 26 27 28 29              | Idle        | retry-, drop, counter+1

      Active      | 1 4 6 7                                 | Active      |
      Active      | 2                                       | Idle        | drop, counter=0, retry-
      Active      | 9                                       | Connect     | retry+, dial
      Active      | 16 17                                   | OpenSent    | retry-, OPEN, hold=4min
      Active      | 18                                      | Idle        | retry+, drop, counter+1
      Active      | 21 22 24                                | Idle        | retry-, drop, counter+1
      Active      | 10 11 19 23 25 26 27 28 29              | Idle        | retry-, drop, counter+1

      OpenSent    | 1 4 6 7 16 17                           | OpenSent    |
      OpenSent    | 2                                       | Idle        | NOTIFICATION, retry-, drop, counter=0
      OpenSent    | 10 21 22 23                             | Idle        | NOTIFICATION, retry-, drop, counter+1
      OpenSent    | 18                                      | Active      | drop, retry+
      OpenSent    | 19                                      | OpenConfirm | retry-, agree, KEEPALIVE, hold, keepalive
      OpenSent    | 24                                      | Idle        | retry-, drop
      OpenSent    | 25 6.4                                  | Idle        | retry-, drop, counter+1
      OpenSent    | 9 11 26 27 28 29                        | Idle        | NOTIFICATION, retry-, drop, counter+1

      OpenConfirm | 1 4 6 7 16 17                           | OpenConfirm |
      OpenConfirm | 2                                       | Idle        | NOTIFICATION, retry-, drop, counter=0
      OpenConfirm | 10 21 22 23                             | Idle        | NOTIFICATION, retry-, drop, counter+1
      OpenConfirm | 11                                      | OpenConfirm | KEEPALIVE, keepalive
      OpenConfirm | 18 25                                   | Idle        | retry-, drop, counter+1
      OpenConfirm | 24                                      | Idle        | retry-, drop
      OpenConfirm | 26                                      | Established | hold, established
      OpenConfirm | 19 6.4                                  | Idle        | NOTIFICATION, retry-, drop, counter+1
      OpenConfirm | 9 27 28 29                              | Idle        | NOTIFICATION, retry-, drop, counter+1

      Established | 1 4 6 7 16 17                           | Established |
      Established | 2                                       | Idle        | NOTIFICATION, retry-, drop, counter=0
      Established | 10 23 28 29                             | Idle        | NOTIFICATION, retry-, drop, counter+1
      Established | 11                                      | Established | KEEPALIVE, keepalive
      Established | 18 24 25                                | Idle        | retry-, drop, counter+1
      Established | 26 27                                   | Established | hold
      Established | 19 6.4                                  | Idle        | NOTIFICATION, retry-, drop, counter+1
      Established | 9 21 22                                 | Idle        | NOTIFICATION, retry-, drop, counter+1
      """;

  private static final Map<String, FsmAction> ACTIONS =
      Map.ofEntries(
          Map.entry("counter=0", FsmAction.CLEAR_COUNTER),
          Map.entry("counter+1", FsmAction.COUNT),
          Map.entry("retry+", FsmAction.START_RETRY),
          Map.entry("retry-", FsmAction.STOP_RETRY),
          Map.entry("dial", FsmAction.DIAL),
          Map.entry("drop", FsmAction.DROP),
          Map.entry("OPEN", FsmAction.SEND_OPEN),
          Map.entry("hold=4min", FsmAction.START_OPEN_HOLD),
          Map.entry("agree", FsmAction.AGREE),
          Map.entry("KEEPALIVE", FsmAction.SEND_KEEPALIVE),
          Map.entry("NOTIFICATION", FsmAction.SEND_NOTIFICATION),
          Map.entry("hold", FsmAction.RESTART_HOLD),
          Map.entry("keepalive", FsmAction.RESTART_KEEPALIVE),
          Map.entry("established", FsmAction.ESTABLISH));

  @ParameterizedTest
  @MethodSource("cells")
  void doesWhatTheRfcSays(SessionPhase state, FsmEvent event, SessionPhase next, String actions) {
    FsmTable.Row row = FsmTable.on(state, event);
    assertThat(row.next()).isEqualTo(next);
    assertThat(row.actions()).isEqualTo(parse(actions));
    // The enum of states allows it, too.
    assertThat(state.transitionTo(next)).isEqualTo(next);
  }

  @Test
  void theRfcHasARowForEveryCell() {
    Map<SessionPhase, Set<FsmEvent>> walked = new EnumMap<>(SessionPhase.class);
    int cells = 0;
    for (Arguments cell : cells().toList()) {
      SessionPhase state = (SessionPhase) cell.get()[0];
      assertThat(
              walked.computeIfAbsent(state, any -> new HashSet<>()).add((FsmEvent) cell.get()[1]))
          .as("%s %s stands twice", cell.get())
          .isTrue();
      cells++;
    }
    assertThat(cells).isEqualTo(SessionPhase.values().length * FsmEvent.values().length);
  }

  @Test
  void aStepThatTheRfcDoesNotHaveIsAnErrorOfOurs() {
    assertThatThrownBy(() -> SessionPhase.CONNECT.transitionTo(SessionPhase.ESTABLISHED))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("transition: CONNECT to ESTABLISHED (expected: [IDLE, OPEN_SENT])");
  }

  static Stream<Arguments> cells() {
    Map<Integer, FsmEvent> events = new HashMap<>();
    Arrays.stream(FsmEvent.values()).forEach(event -> events.put(event.number(), event));
    List<Arguments> cells = new ArrayList<>();
    for (String line : RFC.lines().filter(text -> !text.isBlank()).toList()) {
      String[] columns = line.split("\\|", -1);
      for (String number : columns[1].replaceAll("damp|6\\.4", "").trim().split("\\s+", -1)) {
        FsmEvent event = events.get(Integer.parseInt(number));
        cells.add(Arguments.of(state(columns[0]), event, state(columns[2]), columns[3].trim()));
      }
    }
    return cells.stream();
  }

  private static SessionPhase state(String name) {
    return SessionPhase.valueOf(
        name.trim().replaceAll("([a-z])([A-Z])", "$1_$2").toUpperCase(Locale.ROOT));
  }

  private static List<FsmAction> parse(String actions) {
    return actions.isEmpty()
        ? List.of()
        : Arrays.stream(actions.split(", ", -1)).map(ACTIONS::get).toList();
  }
}
