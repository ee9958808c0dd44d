package org.bgpannouncer.bgp;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.bgpannouncer.bgp.PathAttribute.MpReach;
import org.bgpannouncer.bgp.PathAttribute.MpUnreach;
import org.bgpannouncer.bgp.PathAttribute.NextHopAddress;
import org.bgpannouncer.route.Nlri;

/** The line of a log that a message is. Holds no line end, whatever the peer sent. */
final class MessageText {
  /** Prefixes that a line shows of those that change alike; the rest is counted. */
  private static final int MAX_PREFIXES = 16;

  private MessageText() {}

  static String of(BgpMessage message) {
    return switch (message.type()) {
      case OPEN -> open((OpenMessage) message);
      case UPDATE -> update((UpdateMessage) message);
      case NOTIFICATION -> "NOTIFICATION " + notification((NotificationMessage) message);
      case KEEPALIVE -> "KEEPALIVE";
      case ROUTE_REFRESH -> refresh((RouteRefreshMessage) message);
    };
  }

  private static String open(OpenMessage open) {
    String head =
        "OPEN as "
            + open.as()
            + " hold-time "
            + open.holdTimeSeconds()
            + " router-id "
            + open.routerId();
    return open.capabilities().isEmpty()
        ? head
        : head
            + " capabilities "
            + open.capabilities().stream()
                .map(MessageText::capability)
                .collect(Collectors.joining(", "));
  }

  private static String capability(Capability capability) {
    if (capability instanceof Capability.Multiprotocol multiprotocol) {
      return multiprotocol.family().toString();
    } else if (capability instanceof Capability.RouteRefresh) {
      return "route-refresh";
    } else if (capability instanceof Capability.ExtendedNextHop nextHop) {
      return words("extended-next-hop", nextHop.encodings(), MessageText::encoding);
    } else if (capability instanceof Capability.ExtendedMessage) {
      return "extended-message";
    } else if (capability instanceof Capability.Role role) {
      return "role " + role.role().map(BgpRole::toString).orElse(String.valueOf(role.value()));
    } else if (capability instanceof Capability.GracefulRestart restart) {
      String flags =
          (restart.restarted() ? " restarted" : "")
              + (restart.notification() ? " notification" : "");
      return words(
          "graceful-restart " + restart.restartSeconds() + flags,
          restart.families(),
          each -> each.family() + (each.preserved() ? " preserved" : ""));
    } else if (capability instanceof Capability.FourOctetAs four) {
      return "four-octet-as " + four.as();
    } else if (capability instanceof Capability.AddPath addPath) {
      return words(
          "add-path",
          addPath.families(),
          each -> each.family() + " " + each.direction().name().toLowerCase(Locale.ROOT));
    } else if (capability instanceof Capability.EnhancedRouteRefresh) {
      return "enhanced-route-refresh";
    } else if (capability instanceof Capability.Other other) {
      return "capability " + other.code() + " " + other.value();
    }
    throw new IllegalArgumentException("capability: " + capability.code() + " (expected: a word)");
  }

  private static String encoding(Capability.ExtendedNextHop.Encoding encoding) {
    return encoding.family() + " via afi " + encoding.nextHopAfi();
  }

  private static <T> String words(String name, List<T> values, Function<T, String> each) {
    return values.isEmpty()
        ? name
        : name + values.stream().map(each).collect(Collectors.joining("; ", " (", ")"));
  }

  private static String update(UpdateMessage update) {
    ArrayList<String> parts = new ArrayList<>();
    parts.add("UPDATE");
    update.endOfRib().ifPresent(family -> parts.add("end-of-rib " + family));
    prefixes(parts, "withdraw", update.withdrawn());
    update
        .attribute(MpUnreach.class)
        .ifPresent(unreach -> prefixes(parts, "withdraw", unreach.nlri()));
    prefixes(parts, "announce", update.nlri());
    update
        .attribute(NextHopAddress.class)
        .ifPresent(nextHop -> parts.add("next-hop " + nextHop.address()));
    update.attribute(MpReach.class).ifPresent(reach -> reach(parts, reach));
    for (PathAttribute attribute : update.attributes()) {
      // IGP is what an ORIGIN is unless somebody says otherwise.
      if (!AttributeField.isToldWithPrefixes(attribute) && attribute != PathAttribute.Origin.IGP) {
        parts.add(AttributeField.of(attribute).toString());
      }
    }
    for (Anomaly anomaly : update.anomalies()) {
      parts.add("(" + hyphenated(anomaly.action()) + ": " + anomaly.text() + ")");
    }
    return String.join(" ", parts);
  }

  private static void reach(List<String> parts, MpReach reach) {
    prefixes(parts, "announce", reach.nlri());
    parts.add(
        "next-hop "
            + reach.nextHops().stream().map(Object::toString).collect(Collectors.joining(" ")));
  }

  private static void prefixes(List<String> parts, String verb, List<Nlri> nlri) {
    if (nlri.isEmpty()) {
      return;
    }
    parts.add(verb);
    nlri.stream().limit(MAX_PREFIXES).forEach(each -> parts.add(each.toString()));
    if (nlri.size() > MAX_PREFIXES) {
      parts.add("and " + (nlri.size() - MAX_PREFIXES) + " more");
    }
  }

  private static String notification(NotificationMessage message) {
    return message
        .reason()
        .map(reason -> codes(message) + " of " + codes(reason) + data(reason))
        .orElseGet(() -> codes(message) + data(message));
  }

  private static String codes(NotificationMessage message) {
    String name = message.error().map(BgpError::name).orElse("UNKNOWN");
    return message.code() + "/" + message.subcode() + " " + name;
  }

  private static String data(NotificationMessage message) {
    if (message.data().length() == 0) {
      return "";
    }
    return message
        .communication()
        .map(text -> " \"" + printable(text) + "\"")
        .orElse(" data " + message.data());
  }

  // What an operator elsewhere typed: no line ends, nothing that turns or hides the rest of a line.
  private static String printable(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints().forEach(point -> out.appendCodePoint(isPrintable(point) ? point : '?'));
    return out.toString();
  }

  private static boolean isPrintable(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.PRIVATE_USE,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }

  private static String refresh(RouteRefreshMessage message) {
    return "ROUTE-REFRESH " + subtype(message) + " " + message.family();
  }

  static String subtype(RouteRefreshMessage message) {
    return switch (message.subtype()) {
      case RouteRefreshMessage.REQUEST -> "request";
      case RouteRefreshMessage.BEGIN -> "begin";
      case RouteRefreshMessage.END -> "end";
      default -> "subtype-" + message.subtype();
    };
  }

  /** The name of a constant as text and JSON have it: {@code treat-as-withdraw}. */
  static String hyphenated(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
