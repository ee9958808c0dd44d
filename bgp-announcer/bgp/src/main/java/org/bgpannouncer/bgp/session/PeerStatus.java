package org.bgpannouncer.bgp.session;

import java.util.Optional;

/**
 * How it stands with a peer.
 *
 * @param phase its state
 * @param session the session that is established
 * @param failures errors of the peer since the last session that was stable
 * @param lastEnd why the latest session or attempt ended
 */
public record PeerStatus(
    SessionPhase phase, Optional<BgpSession> session, int failures, Optional<String> lastEnd) {}
