package org.bgpannouncer.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.bgpannouncer.route.Prefix;

/**
 * A validated ROA payload (RFC 6811, section 2).
 *
 * @param prefix what may be announced
 * @param maxLength of the longest prefix of it
 * @param as by whom; 0: by nobody
 */
record Roa(Prefix prefix, int maxLength, long as) {
  /** What route origin validation says of a route. */
  enum State {
    VALID,
    INVALID,
    NOT_FOUND
  }

  /** The form of rpki-client and Routinator: {@code {"roas": [{asn, prefix, maxLength}]}}. */
  static List<Roa> parse(JsonNode file) throws CannotTellException {
    if (!file.path("roas").isArray()) {
      throw new CannotTellException(
          "roas: missing (expected: the JSON of rpki-client or Routinator)");
    }
    List<Roa> roas = new ArrayList<>();
    for (JsonNode each : file.path("roas")) {
      String as = each.path("asn").asText(); // 42275, or "AS42275"
      try {
        Prefix prefix = Prefix.parse(each.path("prefix").asText());
        roas.add(
            new Roa(
                prefix,
                each.path("maxLength").asInt(prefix.length()),
                Long.parseLong(as.startsWith("AS") ? as.substring(2) : as)));
      } catch (IllegalArgumentException e) {
        throw new CannotTellException("roas: " + each + " (expected: { asn, prefix, maxLength })");
      }
    }
    return roas;
  }

  /** RFC 6811, section 2: one that covers and fits is enough, one that only covers is not. */
  static State validate(Prefix route, long origin, List<Roa> roas) {
    State state = State.NOT_FOUND;
    for (Roa roa : roas) {
      if (roa.prefix().contains(route)) {
        if (roa.as() == origin && origin != 0 && route.length() <= roa.maxLength()) {
          return State.VALID;
        }
        state = State.INVALID;
      }
    }
    return state;
  }
}
