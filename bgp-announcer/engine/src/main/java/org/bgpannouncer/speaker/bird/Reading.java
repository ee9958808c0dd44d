package org.bgpannouncer.speaker.bird;

import static java.util.stream.Collectors.joining;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** One look at what BIRD has: its protocols, then routes of ours. Not thread-safe. */
final class Reading {
  /** The protocols that carry our routes. */
  static final List<String> OURS = List.of(RouteFile.IPV4_PROTOCOL, RouteFile.IPV6_PROTOCOL);

  /** Why it is done. */
  enum Purpose {
    /** To know all that is held. */
    THE_TRUTH,
    /** To know the sessions. */
    A_LOOK,
    /** To know what of a round has come true. */
    THE_ROUND
  }

  private final Purpose purpose;
  private final ProtocolReport protocols = new ProtocolReport();
  private final RouteReport routes = new RouteReport();
  private final Deque<String> questions = new ArrayDeque<>();

  Reading(Purpose purpose) {
    this.purpose = purpose;
  }

  Purpose purpose() {
    return purpose;
  }

  ProtocolReport report() {
    return protocols;
  }

  Map<String, ProtocolReport.State> protocols() {
    return protocols.protocols();
  }

  RouteReport routes() {
    return routes;
  }

  /** What to ask about routes. */
  void questions(Collection<String> texts) {
    questions.addAll(texts);
  }

  /** ... when all of them are to be known. */
  void askForEveryRoute() {
    OURS.stream()
        .filter(protocols()::containsKey)
        .map(RouteDesk::everyRouteOf)
        .forEach(questions::add);
  }

  Optional<String> nextQuestion() {
    return Optional.ofNullable(questions.poll());
  }

  /** Whether somebody else has taken routes away that BIRD held. */
  boolean isAmiss(Predicate<String> holds) {
    return OURS.stream()
        .filter(holds)
        .anyMatch(name -> !(protocols().containsKey(name) && protocols().get(name).up()));
  }

  /** Those of our protocols that BIRD does not have. */
  String missing() {
    return OURS.stream().filter(name -> !protocols().containsKey(name)).collect(joining(", "));
  }
}
