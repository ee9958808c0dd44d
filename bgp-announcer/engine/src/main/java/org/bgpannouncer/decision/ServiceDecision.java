package org.bgpannouncer.decision;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.bgpannouncer.health.Evidence;
import org.bgpannouncer.health.HostState;

/**
 * What is decided about one service. Immutable; time is handed in.
 *
 * <pre>
 * fit hosts                                     state
 * at-least N, N of them UP                      UP
 * at-least N                                    DEGRADED
 * fewer, and drained ones would do              DRAIN
 * fewer, and one that is starting would do      NOT_READY
 * fewer, and undecided ones would do, from INIT INIT
 * fewer                                         DOWN
 * </pre>
 *
 * <p>A host that the operator drains is not fit, but where a service cannot stand without it, it is
 * pointed at all the same, at least preference: it still serves, and nobody else may.
 *
 * <p>Adoption: a route found at the speaker while the service is undecided is kept as it is ({@link
 * #keepsAdopted}) until enough hosts have given a first OK (they count as fit from then on, without
 * rise and hold-down, until they have a verdict of their own), or so many have failed once that
 * enough can no longer come, or the deadline has passed. Until then enough is not enough while a
 * host that the route points at has said nothing yet: to move the route away from it would be a
 * change that the neighbours see, and most likely for nothing. A first SOFT that is no stall counts
 * as an OK here: it says that the host serves, and SOFT never withdraws.
 */
public final class ServiceDecision {
  private final ServiceState state;
  private final String reason;
  private final List<String> fitHosts;
  private final Set<String> provisional;
  private final OptionalLong adoptUntilNanos;
  private final Set<String> pointedAt;

  private ServiceDecision(
      ServiceState state,
      String reason,
      List<String> fitHosts,
      Set<String> provisional,
      OptionalLong adoptUntilNanos,
      Set<String> pointedAt) {
    this.state = state;
    this.reason = reason;
    this.fitHosts = List.copyOf(fitHosts);
    this.provisional = Set.copyOf(provisional);
    this.adoptUntilNanos = adoptUntilNanos;
    this.pointedAt = Set.copyOf(pointedAt);
  }

  /** Before anything is known. */
  public static ServiceDecision initial() {
    return new ServiceDecision(
        ServiceState.INIT, "just started", List.of(), Set.of(), OptionalLong.empty(), Set.of());
  }

  /** Whether a route found now may be adopted: nothing has been decided yet. */
  public boolean mayAdopt() {
    return adoptUntilNanos.isEmpty()
        && (state == ServiceState.INIT || state == ServiceState.NOT_READY);
  }

  /**
   * This decision while a route found at the speaker is kept, at most until the deadline.
   *
   * @param hosts those that the route points at; empty if it is not for a host to move
   */
  public ServiceDecision adopting(long deadlineNanos, Set<String> hosts) {
    return new ServiceDecision(
        state, reason, fitHosts, provisional, OptionalLong.of(deadlineNanos), hosts);
  }

  /**
   * Decides anew.
   *
   * @param atLeast how many hosts must be fit; 1 to their number
   * @param hosts every host of the service, by configured order
   */
  public ServiceDecision step(int atLeast, List<HostView> hosts, long nowNanos) {
    if (adoptUntilNanos.isEmpty()) {
      return decide(atLeast, hosts, provisional, "");
    }
    Set<String> speakingFor = new HashSet<>();
    int fit = 0;
    int possible = 0;
    boolean awaits = false;
    for (HostView view : hosts) {
      boolean good = view.isUndecided() && view.evidence() == Evidence.FOR;
      boolean bad = view.hasFailed();
      if (good) {
        speakingFor.add(view.host());
      }
      boolean serves = good || view.verdict().state().isFit();
      fit += serves ? 1 : 0;
      possible += bad ? 0 : 1;
      awaits |= !serves && !bad && pointedAt.contains(view.host());
    }
    boolean late = nowNanos - adoptUntilNanos.getAsLong() >= 0;
    if (fit >= atLeast && (late || !awaits)) {
      return decide(atLeast, hosts, speakingFor, "");
    }
    if (possible < atLeast) {
      return decide(atLeast, hosts, Set.of(), "adopted route given up; ");
    }
    if (late) {
      return decide(atLeast, hosts, Set.of(), "adopted route given up: no verdict in time; ");
    }
    return new ServiceDecision(
        state,
        "adopted route kept; "
            + counted(fit, hosts.size(), atLeast)
            + (awaits ? "; nothing heard yet of the host it points at" : ""),
        List.of(),
        Set.of(),
        adoptUntilNanos,
        pointedAt);
  }

  private ServiceDecision decide(
      int atLeast, List<HostView> hosts, Set<String> candidates, String prefix) {
    List<String> fit = new ArrayList<>();
    List<String> fitOrDrained = new ArrayList<>();
    Set<String> stillProvisional = new HashSet<>();
    StringBuilder remarks = new StringBuilder();
    int sound = 0;
    int starting = 0;
    int undecided = 0;
    for (HostView view : hosts) {
      boolean counts = view.isUndecided() && candidates.contains(view.host());
      if (counts) {
        stillProvisional.add(view.host());
      }
      boolean serves = counts || view.verdict().state().isFit();
      if (serves) {
        fitOrDrained.add(view.host());
      }
      if (serves && !view.drained()) {
        fit.add(view.host());
        sound += view.verdict().state() == HostState.DEGRADED ? 0 : 1;
      }
      starting += view.verdict().state() == HostState.NOT_READY && !counts ? 1 : 0;
      undecided += view.verdict().state() == HostState.INIT && !counts ? 1 : 0;
      if (view.drained()) {
        remarks.append("; ").append(view.host()).append(": drained");
      } else if (!counts && view.verdict().state() != HostState.UP) {
        remarks.append("; ").append(view.host()).append(": ").append(view.verdict().brief());
      }
    }
    ServiceState next;
    if (fit.size() >= atLeast) {
      next = sound >= atLeast ? ServiceState.UP : ServiceState.DEGRADED;
    } else if (fitOrDrained.size() >= atLeast) {
      next = ServiceState.DRAIN;
    } else if (starting > 0 && fit.size() + starting + undecided >= atLeast) {
      next = ServiceState.NOT_READY;
    } else if (wasUndecided() && fit.size() + undecided >= atLeast) {
      next = ServiceState.INIT;
    } else {
      next = ServiceState.DOWN;
    }
    String text = prefix + counted(fit.size(), hosts.size(), atLeast) + remarks;
    return new ServiceDecision(
        next,
        text,
        next == ServiceState.DRAIN ? fitOrDrained : fit,
        stillProvisional,
        OptionalLong.empty(),
        Set.of());
  }

  private boolean wasUndecided() {
    return state == ServiceState.INIT || state == ServiceState.NOT_READY;
  }

  private static String counted(int fit, int of, int atLeast) {
    return fit + " of " + of + " hosts fit, " + atLeast + " needed";
  }

  /** The state. */
  public ServiceState state() {
    return state;
  }

  /** Why. */
  public String reason() {
    return reason;
  }

  /** The hosts that may serve, by configured order; in DRAIN the drained ones too. */
  public List<String> fitHosts() {
    return fitHosts;
  }

  /** Whether the routes found at the speaker stay as they are for now. */
  public boolean keepsAdopted() {
    return adoptUntilNanos.isPresent();
  }

  /** When {@link #step} will next have something to do, if no host changes before. */
  public OptionalLong nextDeadlineNanos() {
    return adoptUntilNanos;
  }
}
