package org.bgpannouncer.bgp.speaker;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpMessage;
import org.bgpannouncer.bgp.RouteRefreshMessage;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.session.BgpSession;
import org.bgpannouncer.bgp.session.Negotiated;
import org.bgpannouncer.bgp.wire.UpdatePacker;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;

/** One established session of a neighbor: what is said on it, and when. Not thread-safe. */
final class NeighborSession {
  /** What is packed at a time; a withdraw that comes meanwhile waits for no more than this. */
  private static final int MAX_BATCH = 4_000;

  private final BgpSession session;
  private final Negotiated negotiated;
  private Neighbor neighbor;
  private Export export;
  private final AdjRibOut adjRibOut;
  private final HeardPaths heard;
  private final Deque<Sending> sending = new ArrayDeque<>();
  private final Map<Nlri, String> untold = new HashMap<>();

  /** What must still be followed by its marker, once everything is said. */
  private final List<AddressFamily> endOfRibDue;

  private final List<AddressFamily> endOfRefreshDue = new ArrayList<>();
  private boolean holdsEndOfRib;

  /** A batch on its way, and the last message of it. */
  private record Sending(UpdateMessage last, AdjRibOut.Batch batch) {}

  /**
   * @param holdsEndOfRib whether End-of-RIB waits for {@link #releaseEndOfRib}
   */
  NeighborSession(
      Neighbor neighbor, BgpSession session, Negotiated negotiated, boolean holdsEndOfRib) {
    this.neighbor = neighbor;
    this.session = session;
    this.negotiated = negotiated;
    this.export = new Export(neighbor, negotiated, IpAddress.of(session.local().getAddress()));
    this.adjRibOut = new AdjRibOut(negotiated.addPathSend());
    this.heard = new HeardPaths(neighbor.export());
    this.endOfRibDue = new ArrayList<>(negotiated.families());
    this.holdsEndOfRib = holdsEndOfRib;
  }

  BgpSession session() {
    return session;
  }

  Negotiated negotiated() {
    return negotiated;
  }

  /**
   * From now on the neighbor may be told of something else, or otherwise, of all that is wished.
   */
  void change(Neighbor newNeighbor, Collection<Route> wished) {
    boolean otherNextHop =
        !newNeighbor.nextHopIpv4().equals(neighbor.nextHopIpv4())
            || !newNeighbor.nextHopIpv6().equals(neighbor.nextHopIpv6());
    neighbor = newNeighbor;
    export = new Export(newNeighbor, negotiated, IpAddress.of(session.local().getAddress()));
    wished.forEach(route -> wish(new RouteChange.Announce(route)));
    if (otherNextHop) {
      adjRibOut.refresh(true);
      adjRibOut.refresh(false);
    }
    heard.keep(newNeighbor.export(), newNeighbor.keepsHeard());
    if (newNeighbor.keepsHeard() && negotiated.routeRefresh()) {
      session.send(negotiated.families().stream().map(RouteRefreshMessage::request).toList());
    }
  }

  /**
   * States the newest wish for a path; {@link #pump} says it.
   *
   * @return whether the neighbor has not been told of it yet
   */
  boolean wish(RouteChange change) {
    if (change instanceof RouteChange.Announce announce) {
      Optional<String> refusal = export.refusal(announce.route());
      if (refusal.isEmpty()) {
        untold.remove(change.nlri());
        return adjRibOut.announce(announce.route());
      }
      untold.put(change.nlri(), refusal.get());
    } else {
      untold.remove(change.nlri());
    }
    return adjRibOut.withdraw(change.nlri());
  }

  /** Withdraws all that was said. */
  void withdrawAll() {
    untold.clear();
    adjRibOut.withdrawAll();
  }

  /** Why the neighbor is not told of a path that is wished, if so. */
  Optional<String> untold(Nlri nlri) {
    return Optional.ofNullable(untold.get(nlri));
  }

  /** For people: how many routes the neighbor is not told of, one of them, and why. */
  String untold() {
    return untold.entrySet().stream()
        .findFirst()
        .map(each -> untold.size() + " not told, " + each.getKey() + ": " + each.getValue())
        .orElse("");
  }

  boolean isOutstanding(Nlri nlri) {
    return adjRibOut.isOutstanding(nlri);
  }

  /** Whether the kernel has taken everything. */
  boolean isDrained() {
    return adjRibOut.isSaid() && sending.isEmpty();
  }

  /** Says what can be said now: as much as the session takes without keeping it for long. */
  void pump() {
    while (session.isWritable() && !adjRibOut.isSaid()) {
      AdjRibOut.Batch batch = adjRibOut.next(MAX_BATCH);
      List<Nlri> withdrawn = batch.withdrawn().stream().map(export::nlri).toList();
      List<UpdateMessage> messages =
          UpdatePacker.pack(withdrawn, export.told(batch.announced()), negotiated.writeOptions());
      sending.add(new Sending(messages.get(messages.size() - 1), batch));
      session.send(messages);
    }
    if (adjRibOut.isSaid()) {
      mark();
    }
  }

  // RFC 4724 section 2 and RFC 7313 section 4.2: behind the last route of a table.
  private void mark() {
    if (!holdsEndOfRib) {
      List<UpdateMessage> markers = endOfRibDue.stream().map(UpdateMessage::endOfRib).toList();
      endOfRibDue.clear();
      if (!markers.isEmpty()) {
        session.send(markers);
      }
    }
    if (!endOfRefreshDue.isEmpty()) {
      session.send(endOfRefreshDue.stream().map(RouteRefreshMessage::end).toList());
      endOfRefreshDue.clear();
    }
  }

  /** From now on End-of-RIB follows as soon as everything is said. */
  void releaseEndOfRib() {
    holdsEndOfRib = false;
  }

  /** The kernel has taken a message; returns the paths of which nothing more has to be said. */
  List<Nlri> sent(BgpMessage message) {
    Sending first = sending.peek();
    if (first == null || first.last() != message) {
      return List.of();
    }
    sending.remove();
    return adjRibOut.left(first.batch());
  }

  /** The neighbor wants to be told everything of a family once more (RFC 2918 section 4). */
  void refresh(RouteRefreshMessage request) {
    AddressFamily family = request.family();
    if (request.subtype() != RouteRefreshMessage.REQUEST
        || !negotiated.families().contains(family)) {
      return;
    }
    if (negotiated.enhancedRouteRefresh()) {
      session.send(List.of(RouteRefreshMessage.begin(family)));
      if (!endOfRefreshDue.contains(family)) {
        endOfRefreshDue.add(family);
      }
    }
    adjRibOut.refresh(family.equals(AddressFamily.IPV4_UNICAST));
  }

  void heard(UpdateMessage update) {
    if (neighbor.keepsHeard()) {
      heard.take(update);
    }
  }

  List<HeardPath> heardPaths() {
    return heard.of(neighbor.name());
  }

  /** Whether the last that the neighbor was told of the route's path is this, or it need not be. */
  boolean isAdvertised(Route route) {
    return adjRibOut.isAdvertised(route);
  }
}
