package org.bgpannouncer.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.session.Negotiated;
import org.bgpannouncer.probe.PlainText;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;

/** One line for each thing that {@code peer} hears: for people, or a JSON object. */
final class PeerLines {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final boolean asJson;
  private final JsonMapper json =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  PeerLines(boolean asJson) {
    this.asJson = asJson;
  }

  /**
   * Which session a line is about.
   *
   * @param id counts them from 1
   * @param remote the peer's end
   */
  record Who(long id, InetSocketAddress remote) {}

  String listening(Instant at, InetSocketAddress address, long as) {
    if (asJson) {
      return write(
          object(at, "listening")
              .put("address", host(address))
              .put("port", address.getPort())
              .put("as", as));
    }
    return TIME.format(at) + " listening " + text(address) + " as " + as;
  }

  String unreachable(Instant at, InetSocketAddress address, String reason) {
    if (asJson) {
      return write(object(at, "unreachable").put("peer", host(address)).put("reason", reason));
    }
    return TIME.format(at) + " unreachable " + text(address) + " " + PlainText.of(reason);
  }

  String established(Instant at, Who who, Negotiated agreed) {
    List<String> families =
        agreed.families().stream().map(AddressFamily::toString).sorted().toList();
    if (asJson) {
      ObjectNode line =
          object(at, "established", who)
              .put("as", agreed.peerAs())
              .put("router_id", agreed.peerRouterId().toString())
              .put("hold_seconds", agreed.holdTime().toSeconds());
      var array = line.putArray("families");
      families.forEach(array::add);
      return write(line);
    }
    return start(at, who)
        + "established as "
        + agreed.peerAs()
        + " router-id "
        + agreed.peerRouterId()
        + " hold "
        + agreed.holdTime().toSeconds()
        + " s, "
        + (families.isEmpty() ? "no family" : String.join(", ", families));
  }

  String changed(Instant at, Who who, RouteChange change) {
    if (change instanceof RouteChange.Announce announce) {
      return asJson
          ? write(announced(at, who, announce.route()))
          : start(at, who) + "announce " + announce.route();
    }
    return asJson
        ? write(path(object(at, "withdraw", who), change.nlri()))
        : start(at, who) + "withdraw " + change.nlri();
  }

  private ObjectNode announced(Instant at, Who who, Route route) {
    PathAttributes attributes = route.attributes();
    ObjectNode line =
        path(object(at, "announce", who), route.nlri()).put("next_hop", route.nextHop().toString());
    attributes.med().ifPresent(med -> line.put("med", med));
    attributes.localPreference().ifPresent(value -> line.put("local_preference", value));
    var path = line.putArray("as_path");
    attributes.asPath().forEach(path::add);
    var communities = line.putArray("communities");
    attributes.communities().forEach(each -> communities.add(each.toString()));
    var extended = line.putArray("extended_communities");
    attributes.extendedCommunities().forEach(each -> extended.add(each.toString()));
    var large = line.putArray("large_communities");
    attributes.largeCommunities().forEach(each -> large.add(each.toString()));
    return line;
  }

  private static ObjectNode path(ObjectNode line, Nlri nlri) {
    line.put("prefix", nlri.prefix().toString());
    nlri.pathId().ifPresent(id -> line.put("path_id", id));
    return line;
  }

  String endOfRib(Instant at, Who who, AddressFamily family) {
    return asJson
        ? write(object(at, "end-of-rib", who).put("family", family.toString()))
        : start(at, who) + "end-of-rib " + family;
  }

  String ended(Instant at, Who who, String reason) {
    return asJson
        ? write(object(at, "ended", who).put("reason", reason))
        : start(at, who) + "ended " + PlainText.of(reason);
  }

  private static String start(Instant at, Who who) {
    return TIME.format(at) + " #" + who.id() + " " + host(who.remote()) + " ";
  }

  private ObjectNode object(Instant at, String event, Who who) {
    return object(at, event).put("session", who.id()).put("peer", host(who.remote()));
  }

  private ObjectNode object(Instant at, String event) {
    return json.createObjectNode().put("time", TIME.format(at)).put("event", event);
  }

  private static String host(InetSocketAddress address) {
    return IpAddress.of(address.getAddress()).toString();
  }

  private static String text(InetSocketAddress address) {
    String host = host(address);
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
  }

  private String write(ObjectNode line) {
    try {
      return json.writeValueAsString(line);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
