package org.bgpannouncer.observe;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bgpannouncer.decision.ServiceState;
import org.bgpannouncer.health.CheckHealth;
import org.bgpannouncer.health.HostState;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;

/**
 * The whole state of an announcer at one moment, each part with its reason. Immutable.
 *
 * @param site the site's name
 * @param at when this was taken
 * @param since when the announcer was started
 * @param dryRun whether nothing is sent
 * @param speaker the speaker and its sessions
 * @param hosts by configured order
 * @param services by configured order
 * @param routes every path that is wished, acknowledged or under way, by prefix
 * @param engine the engine itself
 */
public record StatusSnapshot(
    String site,
    Instant at,
    Instant since,
    boolean dryRun,
    SpeakerStatus speaker,
    List<HostStatus> hosts,
    List<ServiceStatus> services,
    List<RouteStatus> routes,
    EngineStatus engine) {

  /** Copies the lists. */
  public StatusSnapshot {
    hosts = List.copyOf(hosts);
    services = List.copyOf(services);
    routes = List.copyOf(routes);
  }

  /**
   * The soonest change that will come by the passing of time alone.
   *
   * @param what e.g. {@code hold-down}, {@code rise}, {@code stall-down}, {@code adopt-for}
   * @param left how long until then, if nothing else happens; empty when it hangs on observations
   * @param text for people, e.g. {@code hold-down 23 s left}, {@code 2 of 6 passes}
   */
  public record NextChange(String what, Optional<Duration> left, String text) {}

  /** How far the speaker is. */
  public enum SpeakerPhase {
    /** The truth is not established yet: nothing is announced. */
    STARTING,
    /** What it advertises is known. */
    SYNCHRONISED,
    /** Nothing reaches it at the moment. */
    LOST,
    /** It has ended for good. */
    ENDED
  }

  /**
   * The speaker.
   *
   * @param phase how far it is
   * @param since when it entered the phase
   * @param version its program and version; empty before the first answer
   * @param reason why it is lost or ended; otherwise empty
   * @param notices what the operator must mend, by key
   * @param sessions by peer
   */
  public record SpeakerStatus(
      SpeakerPhase phase,
      Instant since,
      String version,
      String reason,
      Map<String, String> notices,
      List<SessionStatus> sessions) {
    /** Copies the collections. */
    public SpeakerStatus {
      notices = Map.copyOf(notices);
      sessions = List.copyOf(sessions);
    }
  }

  /**
   * One BGP session.
   *
   * @param peer the session's peer
   * @param up whether it is established
   * @param since since when
   * @param reason why it is down; empty when it is up
   */
  public record SessionStatus(String peer, boolean up, Instant since, String reason) {}

  /**
   * One host, judged by the aspects that any of its services names.
   *
   * @param name its name
   * @param address its unicast address
   * @param state its state
   * @param reason why, as a word
   * @param detail why, in free text
   * @param since since when
   * @param next what time or more observations will change
   * @param drain the operator's word that it is to serve no new client
   * @param unknown what we have not been able to ask for ten minutes or more; the host's state is
   *     held meanwhile, and somebody should look
   * @param checks by name
   */
  public record HostStatus(
      String name,
      IpAddress address,
      HostState state,
      Reason reason,
      String detail,
      Instant since,
      Optional<NextChange> next,
      Optional<HostDrain> drain,
      Optional<HostUnknown> unknown,
      List<CheckStatus> checks) {
    /** Copies the list. */
    public HostStatus {
      checks = List.copyOf(checks);
    }
  }

  /**
   * The operator's word that a host is to serve no new client, because it will be restarted.
   *
   * @param reason why, for people; may be empty
   * @param since since when
   * @param until when it ends by itself: a host that is forgotten comes back
   */
  public record HostDrain(String reason, Instant since, Instant until) {}

  /**
   * What cannot be asked because our own side fails.
   *
   * @param check the one that has been UNKNOWN for longest
   * @param lasting for how long
   */
  public record HostUnknown(Check check, Duration lasting) {}

  /**
   * One check of a host.
   *
   * @param health the last observation, the counts and the verdict
   * @param age how long ago the last observation was made
   */
  public record CheckStatus(CheckHealth health, Duration age) {}

  /**
   * One service.
   *
   * @param name its name
   * @param state its state
   * @param reason why
   * @param since since when
   * @param next what time or more observations will change
   * @param fitHosts the hosts that are fit for it, by configured order
   * @param atLeast how many are needed
   * @param prefixes what is announced for it
   */
  public record ServiceStatus(
      String name,
      ServiceState state,
      String reason,
      Instant since,
      Optional<NextChange> next,
      List<String> fitHosts,
      int atLeast,
      List<Prefix> prefixes) {
    /** Copies the lists. */
    public ServiceStatus {
      fitHosts = List.copyOf(fitHosts);
      prefixes = List.copyOf(prefixes);
    }
  }

  /** What is true of a path. */
  public enum RoutePhase {
    /** What is wished is acknowledged. */
    SETTLED,
    /** A change is under way for the first time. */
    PENDING,
    /** A change was refused or not answered, and is being retried. */
    RETRYING,
    /** A withdraw has not been acknowledged for longer than it may take: look at the speaker. */
    OVERDUE
  }

  /**
   * One path to a prefix.
   *
   * @param nlri the path
   * @param service the service it belongs to; empty: a leftover of nobody's
   * @param wished what shall be advertised; empty: nothing
   * @param acknowledged what the speaker confirmed last; empty: nothing, or not known
   * @param phase whether the two agree
   * @param reason why it is wished or not, and what the speaker said if they do not agree
   * @param attempts how often the change under way has been tried; 0 when settled
   */
  public record RouteStatus(
      Nlri nlri,
      Optional<String> service,
      Optional<Route> wished,
      Optional<Route> acknowledged,
      RoutePhase phase,
      String reason,
      int attempts) {}

  /**
   * The engine itself.
   *
   * @param steps how many inputs it has taken
   * @param stepsFailed how many of them failed on our side; every state was held
   * @param lastFailure the last such failure; empty if there was none
   * @param observationsReplaced observations that a newer one of the same check replaced before
   *     they were read
   * @param eventsLost events that a slow listener lost
   * @param commandsRetried route changes sent again after a refusal or no answer
   * @param unresponsive how long the engine's thread has not answered; zero if it does. More than
   *     five seconds is a fault: no decision is made meanwhile, and the rest of this snapshot is
   *     that old
   */
  public record EngineStatus(
      long steps,
      long stepsFailed,
      String lastFailure,
      long observationsReplaced,
      long eventsLost,
      long commandsRetried,
      Duration unresponsive) {}

  /** This snapshot, marked as being that old. */
  public StatusSnapshot unresponsiveFor(Duration duration) {
    return with(
        new EngineStatus(
            engine.steps,
            engine.stepsFailed,
            engine.lastFailure,
            engine.observationsReplaced,
            engine.eventsLost,
            engine.commandsRetried,
            duration));
  }

  /** This snapshot with the number of events that slow listeners lost. */
  public StatusSnapshot withEventsLost(long lost) {
    return with(
        new EngineStatus(
            engine.steps,
            engine.stepsFailed,
            engine.lastFailure,
            engine.observationsReplaced,
            lost,
            engine.commandsRetried,
            engine.unresponsive));
  }

  private StatusSnapshot with(EngineStatus newEngine) {
    return new StatusSnapshot(site, at, since, dryRun, speaker, hosts, services, routes, newEngine);
  }
}
