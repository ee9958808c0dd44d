package org.bgpannouncer.bgp;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bgpannouncer.bgp.PathAttribute.MpReach;
import org.bgpannouncer.bgp.PathAttribute.MpUnreach;
import org.bgpannouncer.bgp.PathAttribute.NextHopAddress;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Nlri;

/** The JSON object that a message is, as plain maps and lists: any writer of JSON takes them. */
final class MessageMap {
  private MessageMap() {}

  static Map<String, Object> of(BgpMessage message) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("type", MessageText.hyphenated(message.type()));
    switch (message.type()) {
      case OPEN -> open(map, (OpenMessage) message);
      case UPDATE -> update(map, (UpdateMessage) message);
      case NOTIFICATION -> notification(map, (NotificationMessage) message);
      case KEEPALIVE -> {
        // The type says it all.
      }
      case ROUTE_REFRESH -> {
        RouteRefreshMessage refresh = (RouteRefreshMessage) message;
        map.put("subtype", MessageText.subtype(refresh));
        map.put("family", refresh.family().toString());
      }
    }
    return map;
  }

  private static void open(Map<String, Object> map, OpenMessage open) {
    map.put("version", OpenMessage.VERSION);
    map.put("as", open.as());
    map.put("holdTime", open.holdTimeSeconds());
    map.put("routerId", open.routerId().toString());
    map.put("capabilities", open.capabilities().stream().map(MessageMap::capability).toList());
  }

  private static Map<String, Object> capability(Capability capability) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("code", capability.code());
    if (capability instanceof Capability.Multiprotocol multiprotocol) {
      map.put("name", "multiprotocol");
      map.put("family", multiprotocol.family().toString());
    } else if (capability instanceof Capability.RouteRefresh) {
      map.put("name", "route-refresh");
    } else if (capability instanceof Capability.ExtendedNextHop nextHop) {
      map.put("name", "extended-next-hop");
      map.put(
          "encodings",
          nextHop.encodings().stream()
              .map(each -> pair("family", each.family(), "nextHopAfi", each.nextHopAfi()))
              .toList());
    } else if (capability instanceof Capability.ExtendedMessage) {
      map.put("name", "extended-message");
    } else if (capability instanceof Capability.Role role) {
      map.put("name", "role");
      map.put("role", role.role().<Object>map(BgpRole::toString).orElse(role.value()));
    } else if (capability instanceof Capability.GracefulRestart restart) {
      gracefulRestart(map, restart);
    } else if (capability instanceof Capability.FourOctetAs four) {
      map.put("name", "four-octet-as");
      map.put("as", four.as());
    } else if (capability instanceof Capability.AddPath addPath) {
      map.put("name", "add-path");
      map.put(
          "families",
          addPath.families().stream()
              .map(
                  each ->
                      pair(
                          "family",
                          each.family(),
                          "direction",
                          MessageText.hyphenated(each.direction())))
              .toList());
    } else if (capability instanceof Capability.EnhancedRouteRefresh) {
      map.put("name", "enhanced-route-refresh");
    } else if (capability instanceof Capability.Other other) {
      map.put("value", other.value().toString());
    }
    return map;
  }

  private static void gracefulRestart(Map<String, Object> map, Capability.GracefulRestart restart) {
    map.put("name", "graceful-restart");
    map.put("restarted", restart.restarted());
    map.put("notification", restart.notification());
    map.put("restartTime", restart.restartSeconds());
    map.put(
        "families",
        restart.families().stream()
            .map(each -> pair("family", each.family(), "preserved", each.preserved()))
            .toList());
  }

  private static Map<String, Object> pair(
      String first, AddressFamily family, String second, Object value) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(first, family.toString());
    map.put(second, value);
    return map;
  }

  private static void update(Map<String, Object> map, UpdateMessage update) {
    update.endOfRib().ifPresent(family -> map.put("endOfRib", family.toString()));
    List<Map<String, Object>> withdraw = new ArrayList<>();
    update.withdrawn().forEach(nlri -> withdraw.add(nlri(nlri, List.of())));
    update
        .attribute(MpUnreach.class)
        .ifPresent(unreach -> unreach.nlri().forEach(each -> withdraw.add(nlri(each, List.of()))));
    List<Map<String, Object>> announce = new ArrayList<>();
    List<IpAddress> nextHop =
        update
            .attribute(NextHopAddress.class)
            .map(each -> List.of(each.address()))
            .orElse(List.of());
    update.nlri().forEach(nlri -> announce.add(nlri(nlri, nextHop)));
    update
        .attribute(MpReach.class)
        .ifPresent(
            reach -> reach.nlri().forEach(each -> announce.add(nlri(each, reach.nextHops()))));
    map.put("withdraw", withdraw);
    map.put("announce", announce);
    map.put("attributes", attributes(update));
    map.put("anomalies", update.anomalies().stream().map(MessageMap::anomaly).toList());
  }

  private static Map<String, Object> attributes(UpdateMessage update) {
    Map<String, Object> map = new LinkedHashMap<>();
    List<Map<String, Object>> unread = new ArrayList<>();
    for (PathAttribute attribute : update.attributes()) {
      if (attribute instanceof PathAttribute.Other other) {
        unread.add(unread(other));
      } else if (!AttributeField.isToldWithPrefixes(attribute)) {
        AttributeField field = AttributeField.of(attribute);
        map.put(field.key(), field.value());
      }
    }
    if (!unread.isEmpty()) {
      map.put("unread", unread);
    }
    return map;
  }

  private static Map<String, Object> unread(PathAttribute.Other other) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("code", other.code());
    map.put("flags", other.flags());
    map.put("value", other.value().toString());
    return map;
  }

  private static Map<String, Object> nlri(Nlri nlri, List<IpAddress> nextHops) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("prefix", nlri.prefix().toString());
    nlri.pathId().ifPresent(id -> map.put("pathId", id));
    if (!nextHops.isEmpty()) {
      map.put("nextHop", nextHops.get(0).toString());
    }
    if (nextHops.size() > 1) {
      map.put("linkLocalNextHop", nextHops.get(1).toString());
    }
    return map;
  }

  private static Map<String, Object> anomaly(Anomaly anomaly) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("attribute", anomaly.attribute());
    map.put("action", MessageText.hyphenated(anomaly.action()));
    map.put("text", anomaly.text());
    return map;
  }

  private static void notification(Map<String, Object> map, NotificationMessage message) {
    codes(map, message);
    message
        .reason()
        .ifPresent(
            reason -> {
              Map<String, Object> inner = new LinkedHashMap<>();
              codes(inner, reason);
              map.put("reason", inner);
            });
  }

  private static void codes(Map<String, Object> map, NotificationMessage message) {
    map.put("code", message.code());
    map.put("subcode", message.subcode());
    message.error().ifPresent(error -> map.put("error", MessageText.hyphenated(error)));
    message.communication().ifPresent(text -> map.put("communication", text));
    map.put("data", message.data().toString());
  }
}
