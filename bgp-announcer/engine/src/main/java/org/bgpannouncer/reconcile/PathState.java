package org.bgpannouncer.reconcile;

import java.util.Optional;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Route;

/**
 * How far wish and truth agree on one path.
 *
 * @param nlri the path
 * @param wished what shall be advertised; empty: nothing
 * @param acknowledged what the speaker confirmed last; empty: nothing, or not known
 * @param settled whether the two are known to agree
 * @param attempts how often the change under way has been tried; 0 when settled
 * @param overdue whether a withdraw is not acknowledged for longer than it may take
 * @param rejection what the speaker said last; empty if it did not refuse
 */
public record PathState(
    Nlri nlri,
    Optional<Route> wished,
    Optional<Route> acknowledged,
    boolean settled,
    int attempts,
    boolean overdue,
    String rejection) {}
