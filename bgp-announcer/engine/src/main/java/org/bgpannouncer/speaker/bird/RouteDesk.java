package org.bgpannouncer.speaker.bird;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.SpeakerEvent;

/**
 * The wish, the file that says it, and what became of it: one wish per prefix waits, the newest;
 * all that wait are carried out in one round. Announces that BIRD refuses together are tried again
 * in halves, until it is known which of them it refuses. Bounded by the number of prefixes. Not
 * thread-safe.
 *
 * <p>The file follows the changes, not the target: before the engine has seen the truth, its target
 * lacks what it will adopt.
 */
final class RouteDesk {
  /** Up to this many prefixes are looked up one by one: BIRD walks a table for a whole report. */
  static final int LOOK_UP_SINGLY = 16;

  /** How often a refused withdraw is said again at the end, when nobody else does. */
  private static final int LAST_RETRIES = 3;

  private final Effects effects;
  private final Map<Prefix, RouteChange> waiting = new LinkedHashMap<>();
  private final Map<Prefix, RouteChange> working = new LinkedHashMap<>();

  /** Announces of which BIRD refuses at least one; each is in one of them. */
  private final Deque<List<RouteChange>> suspects = new ArrayDeque<>();

  private RouteFile file = RouteFile.EMPTY;
  private RouteFile before = RouteFile.EMPTY;
  private Set<Prefix> held = Set.of();
  private String stored = "";
  private Optional<String> refusal = Optional.empty();
  private boolean closing;
  private boolean refused;
  private int retriesLeft = LAST_RETRIES;

  RouteDesk(Effects effects) {
    this.effects = effects;
  }

  /** Reads what a predecessor has left in the file. */
  void load() {
    stored = effects.load();
    file = RouteFile.parse(stored);
  }

  // ---- the wish ----

  /** States changes; {@link #begin} carries them out. */
  void apply(Collection<RouteChange> changes) {
    if (closing) {
      return;
    }
    clearOfSuspicion(changes);
    for (RouteChange change : changes) {
      if (change.nlri().pathId().isPresent()) {
        severalPaths(change);
        continue;
      }
      waiting.remove(change.prefix());
      Optional<String> problem =
          change instanceof RouteChange.Announce announce
              ? RouteFile.refusal(announce.route())
              : Optional.empty();
      if (problem.isPresent()) {
        effects.emit(new SpeakerEvent.Rejected(change, problem.get()));
      } else {
        waiting.put(change.prefix(), change);
      }
    }
  }

  /** A static protocol holds one path to a prefix, which has no identifier. */
  private void severalPaths(RouteChange change) {
    effects.emit(
        change instanceof RouteChange.Announce
            ? new SpeakerEvent.Rejected(
                change,
                "prefix: "
                    + change.nlri()
                    + " (expected: the only path to it, which has no identifier)")
            : new SpeakerEvent.Acknowledged(change));
  }

  /** What is wished anew is tried anew. */
  private void clearOfSuspicion(Collection<RouteChange> changes) {
    if (!suspects.isEmpty()) {
      Set<Nlri> paths = changes.stream().map(RouteChange::nlri).collect(Collectors.toSet());
      suspects.forEach(group -> group.removeIf(change -> paths.contains(change.nlri())));
      suspects.removeIf(List::isEmpty);
    }
  }

  /** From now on everything shall be down, and nothing else can be wished. */
  void withdrawAll() {
    closing = true;
    waiting.clear();
    suspects.clear();
    Stream.of(file.prefixes(), held, working.keySet())
        .flatMap(Collection::stream)
        .forEach(prefix -> waiting.put(prefix, new RouteChange.Withdraw(prefix)));
  }

  /**
   * While BIRD is out of reach: takes what is to be withdrawn out of the file, so that a BIRD that
   * starts does not announce it.
   */
  void withdrawFromFile() {
    List<RouteChange> withdraws =
        waiting.values().stream()
            .filter(RouteChange.Withdraw.class::isInstance)
            .filter(change -> file.prefixes().contains(change.prefix()))
            .toList();
    if (!withdraws.isEmpty()) {
      file = file.after(withdraws);
      store(); // what goes wrong is told by the round that follows
    }
  }

  boolean hasWork() {
    return !waiting.isEmpty() || !suspects.isEmpty();
  }

  /** Whether nothing is left to say or to wait for. */
  boolean isSettled() {
    return !hasWork() && working.isEmpty();
  }

  /** Whether every withdraw of {@link #withdrawAll} was carried out. */
  boolean isWithdrawn() {
    return closing && !refused && isSettled();
  }

  /** Whether BIRD was seen to hold routes of a protocol. */
  boolean holds(String protocol) {
    return held.stream().anyMatch(prefix -> RouteFile.protocolOf(prefix).equals(protocol));
  }

  // ---- the truth ----

  /**
   * Makes the file say what BIRD holds, and no more: a predecessor may have died between the two.
   */
  void synchronised(Rib truth, Set<Nlri> inexact) {
    held =
        truth.routes().values().stream().map(Route::prefix).collect(Collectors.toUnmodifiableSet());
    List<RouteChange> differences = new ArrayList<>();
    file.prefixes().stream()
        .filter(prefix -> !held.contains(prefix))
        .forEach(prefix -> differences.add(new RouteChange.Withdraw(prefix)));
    truth.routes().values().stream()
        // What cannot be read in full stands better in the file it came from.
        .filter(
            route -> !inexact.contains(route.nlri()) || !file.prefixes().contains(route.prefix()))
        .filter(route -> RouteFile.refusal(route).isEmpty())
        .forEach(route -> differences.add(new RouteChange.Announce(route)));
    file = file.after(differences);
    store();
    if (closing) {
      held.forEach(prefix -> waiting.put(prefix, new RouteChange.Withdraw(prefix)));
    }
  }

  /** BIRD is out of reach: what was under way is said again when it is back. */
  void lost() {
    working.forEach(waiting::putIfAbsent);
    working.clear();
    suspects.forEach(group -> group.forEach(each -> waiting.putIfAbsent(each.prefix(), each)));
    suspects.clear();
  }

  // ---- a round ----

  /** Takes up what waits; only when nothing does, some of what BIRD has refused together. */
  void begin() {
    if (waiting.isEmpty() && !suspects.isEmpty()) {
      suspects.remove().forEach(change -> working.put(change.prefix(), change));
    }
    waiting.forEach(working::put);
    waiting.clear();
    refusal = Optional.empty();
    before = file;
    file = file.after(working.values());
  }

  /** Whether the round leaves a protocol without routes that has some now. */
  boolean silences(String protocol) {
    return file.isEmpty(protocol)
        && working.keySet().stream()
            .anyMatch(prefix -> RouteFile.protocolOf(prefix).equals(protocol))
        && holds(protocol);
  }

  /** Writes the file of this round; false, and all is rejected, if that cannot be. */
  boolean store() {
    String text = file.text();
    Optional<String> problem = text.equals(stored) ? Optional.empty() : effects.store(text);
    if (problem.isEmpty()) {
      stored = text;
      return true;
    }
    // What is on the disk now is not known, so nothing counts as written.
    stored = "";
    rejectAll(problem.get());
    return false;
  }

  /**
   * BIRD has refused the configuration. Goes back to the last good routes, without those that are
   * to be withdrawn; false if this was refused too: then it is not our routes that are wrong.
   */
  boolean rollBack(String reason) {
    if (refusal.isPresent()) {
      return false;
    }
    refusal = Optional.of(reason);
    file =
        before.after(
            working.values().stream().filter(RouteChange.Withdraw.class::isInstance).toList());
    return store();
  }

  /** BIRD has accepted the configuration; what it refused before that is told, or halved. */
  void accepted() {
    if (refusal.isEmpty()) {
      return;
    }
    List<RouteChange> announces =
        working.values().stream().filter(RouteChange.Announce.class::isInstance).toList();
    if (announces.size() == 1 || closing) {
      reject(announces, refusal.get());
      return;
    }
    announces.forEach(change -> working.remove(change.prefix()));
    List<RouteChange> stillWished =
        announces.stream().filter(change -> !waiting.containsKey(change.prefix())).toList();
    int half = stillWished.size() / 2;
    suspect(stillWished.subList(half, stillWished.size()));
    suspect(stillWished.subList(0, half));
  }

  private void suspect(List<RouteChange> group) {
    if (!group.isEmpty()) {
      suspects.addFirst(new ArrayList<>(group));
    }
  }

  /** The questions that show whether this round has come true. */
  List<String> questions(Set<String> protocols) {
    if (working.size() > LOOK_UP_SINGLY) {
      return working.keySet().stream()
          .map(RouteFile::protocolOf)
          .distinct()
          .filter(protocols::contains)
          .map(RouteDesk::everyRouteOf)
          .toList();
    }
    return working.keySet().stream()
        .filter(prefix -> protocols.contains(RouteFile.protocolOf(prefix)))
        .map(
            prefix ->
                "show route %s protocol %s all".formatted(prefix, RouteFile.protocolOf(prefix)))
        .toList();
  }

  static String everyRouteOf(String protocol) {
    return "show route protocol " + protocol + " all";
  }

  /** Acknowledges what has come true according to the answers to these questions. */
  void verify(Rib found, Set<Nlri> inexact) {
    List<RouteChange> carriedOut = new ArrayList<>();
    for (RouteChange change : working.values()) {
      Route wished = change instanceof RouteChange.Announce announce ? announce.route() : null;
      Route present = found.routes().get(change.nlri());
      if (Objects.equals(wished, present) && !inexact.contains(change.nlri())) {
        carriedOut.add(change);
      }
    }
    Set<Prefix> nowHeld = new LinkedHashSet<>(held);
    for (RouteChange change : carriedOut) {
      working.remove(change.prefix());
      if (change instanceof RouteChange.Announce) {
        nowHeld.add(change.prefix());
      } else {
        nowHeld.remove(change.prefix());
      }
    }
    held = nowHeld;
    carriedOut.stream()
        .sorted(Comparator.comparing(RouteChange.Announce.class::isInstance)) // withdraws first
        .forEach(change -> effects.emit(new SpeakerEvent.Acknowledged(change)));
  }

  /** Whether everything of this round is known to be true, or rejected. */
  boolean isRoundDone() {
    return working.isEmpty();
  }

  /** Gives up what is left of this round. */
  void rejectAll(String reason) {
    reject(List.copyOf(working.values()), reason);
  }

  private void reject(List<RouteChange> changes, String reason) {
    for (RouteChange change : changes) {
      working.remove(change.prefix());
      effects.emit(new SpeakerEvent.Rejected(change, reason));
    }
    if (closing && !changes.isEmpty()) {
      if (retriesLeft-- > 0) {
        changes.forEach(
            change -> waiting.put(change.prefix(), new RouteChange.Withdraw(change.prefix())));
      } else {
        refused = true;
      }
    }
  }
}
