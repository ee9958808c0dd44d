package org.bgpannouncer.bgp.interop;

import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A route as another implementation says that it holds it.
 *
 * @param nextHop as it prints it
 * @param asPath nearest first
 * @param med if it says one; some print 0 for none
 * @param localPreference if it says one
 * @param communities as {@code 64496:1}
 * @param largeCommunities as {@code 64496:1:2}
 * @param extendedCommunities as {@code rt:64496:1}
 * @param pathId if it says one
 * @param stale whether it only keeps it for our return
 */
record HeldRoute(
    String nextHop,
    List<Long> asPath,
    OptionalLong med,
    OptionalLong localPreference,
    Set<String> communities,
    Set<String> largeCommunities,
    Set<String> extendedCommunities,
    OptionalLong pathId,
    boolean stale) {}
