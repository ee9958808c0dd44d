package org.bgpannouncer.doctor;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * BIRD's sessions as {@code birdc show protocols all} tells of them: what was agreed, and not what
 * its file says.
 */
final class BirdSessions {
  private static final Pattern PROTOCOL = Pattern.compile("^(\\S+)\\s+BGP\\s.*");
  private static final Pattern NEIGHBOR =
      Pattern.compile("^ +Neighbor address: (\\S+?)(?:%\\S+)?$");
  private static final Pattern HOLD = Pattern.compile("^ +Hold timer: +[0-9.]+/(\\d+)$");
  private static final Pattern HEADING = Pattern.compile("^    (\\S.*)$");

  /**
   * A BGP protocol.
   *
   * @param neighbor its address
   * @param holdSeconds empty unless established; 0: no hold timer
   * @param keepsRoutes whether we, who are asked, keep the routes of a neighbor that restarts
   * @param wantsThemKept whether we ask the neighbor for the same
   */
  record Session(
      String protocol,
      String neighbor,
      Optional<Integer> holdSeconds,
      boolean keepsRoutes,
      boolean wantsThemKept) {}

  private BirdSessions() {}

  static List<Session> parse(String text) {
    List<Session> sessions = new ArrayList<>();
    String protocol = "";
    String neighbor = "";
    Optional<Integer> hold = Optional.empty();
    boolean established = false;
    boolean local = false;
    boolean keeps = false;
    boolean asks = false;
    for (String line : (text + "\nend BGP \n").lines().toList()) {
      Matcher begins = PROTOCOL.matcher(line);
      if (!line.startsWith(" ") && !line.isBlank()) {
        if (!protocol.isEmpty()) {
          // A session without a hold timer has no such line.
          Optional<Integer> seconds =
              established ? hold.or(() -> Optional.of(0)) : Optional.empty();
          sessions.add(new Session(protocol, neighbor, seconds, keeps, asks));
        }
        protocol = begins.matches() ? begins.group(1) : "";
        neighbor = "";
        hold = Optional.empty();
        established = line.contains("Established");
        local = false;
        keeps = false;
        asks = false;
        continue;
      }
      Matcher address = NEIGHBOR.matcher(line);
      Matcher timer = HOLD.matcher(line);
      Matcher heading = HEADING.matcher(line);
      if (address.matches()) {
        neighbor = address.group(1);
      } else if (timer.matches()) {
        hold = Optional.of(Integer.valueOf(timer.group(1)));
      } else if (heading.matches()) {
        local = heading.group(1).equals("Local capabilities");
      } else if (local) {
        keeps |= line.strip().toLowerCase(Locale.ROOT).endsWith("graceful restart");
        asks |= line.strip().startsWith("Restart time:");
      }
    }
    return sessions;
  }

  /**
   * Asks a running BIRD for its hold times and graceful restart.
   *
   * @param socket its control socket; empty: its own default
   * @param which the sessions that matter
   * @param isRouter whether it hears the announcer, and does not speak for it
   */
  static void ask(
      Machine machine,
      Findings findings,
      Optional<Path> socket,
      Predicate<Session> which,
      boolean isRouter,
      Duration detectWithin) {
    findings.ask(
        Check.HOLD_TIME,
        "BIRD: at most " + detectWithin.toSeconds() + " s",
        () ->
            each(
                sessions(machine, socket, which),
                session -> AnnouncerChecks.isTooLong(session.holdSeconds().orElse(0), detectWithin),
                session ->
                    AnnouncerChecks.holdTime(
                        "BIRD protocol " + session.protocol(),
                        session.holdSeconds().orElse(0),
                        detectWithin,
                        byHand(session, "hold time " + detectWithin.toSeconds() + ";"))));
    findings.ask(
        Check.GRACEFUL_RESTART,
        "BIRD: none",
        () ->
            each(
                sessions(machine, socket, which),
                session -> isRouter ? session.keepsRoutes() : session.wantsThemKept(),
                session ->
                    Finding.warning(
                        Check.GRACEFUL_RESTART,
                        "BIRD protocol "
                            + session.protocol()
                            + ": on, or for neighbors that are (expected: graceful restart off)",
                        "The routes of a dead announcer are kept, whose nodes may be dead too (RFC 4724,"
                            + " RFC 9494).",
                        byHand(
                            session, "graceful restart off; long lived graceful restart off;"))));
  }

  private static String byHand(Session session, String lines) {
    return "# in protocol "
        + session.protocol()
        + " of bird.conf, or its template: "
        + lines
        + " then birdc configure";
  }

  /** Of those that are up: the others have agreed on nothing yet. */
  private static List<Finding> each(
      List<Session> sessions, Predicate<Session> wrong, Function<Session, Finding> finding)
      throws CannotTellException {
    List<Finding> bad =
        sessions.stream()
            .filter(session -> session.holdSeconds().isPresent())
            .filter(wrong)
            .map(finding)
            .toList();
    Optional<Session> down =
        sessions.stream().filter(session -> session.holdSeconds().isEmpty()).findFirst();
    if (bad.isEmpty() && down.isPresent()) {
      throw notUp(down.get());
    }
    return bad;
  }

  private static CannotTellException notUp(Session session) {
    return new CannotTellException(
        "BIRD protocol "
            + session.protocol()
            + ": not established (expected: a session, whose timer is agreed)");
  }

  private static List<Session> sessions(
      Machine machine, Optional<Path> socket, Predicate<Session> which) throws CannotTellException {
    List<String> command = new ArrayList<>(List.of("birdc", "-r"));
    socket.ifPresent(path -> command.addAll(List.of("-s", path.toString())));
    command.addAll(List.of("show", "protocols", "all"));
    Machine.Answer answer = machine.run(command.toArray(String[]::new));
    if (answer.code() != 0) {
      throw new CannotTellException(
          "birdc: exit "
              + answer.code()
              + " (expected: a running BIRD; of others the hold time and"
              + " graceful restart are to be looked up by hand)");
    }
    List<Session> sessions = parse(answer.out()).stream().filter(which).toList();
    if (sessions.isEmpty()) {
      throw new CannotTellException(
          "birdc: no BGP session that matters here (expected: `announcers` and bird.conf to fit)");
    }
    return sessions;
  }
}
