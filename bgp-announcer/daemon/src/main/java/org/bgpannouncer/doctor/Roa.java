package org.bgpannouncer.doctor;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.route.Prefix;

/**
 * A validated ROA payload (RFC 6811, section 2).
 *
 * @param prefix what may be announced
 * @param maxLength of the longest prefix of it
 * @param as by whom; 0: by nobody
 */
record Roa(Prefix prefix, int maxLength, long as) {
  private static final JsonFactory JSON = new JsonFactory();

  /** What route origin validation says of a route. */
  enum State {
    VALID,
    INVALID,
    NOT_FOUND
  }

  /**
   * Those that cover some prefix, of a file of rpki-client or Routinator: {@code {"roas": [{asn,
   * prefix, maxLength}]}}. The Internet has more than 600,000, which is more than our heap takes; a
   * record that cannot be read is left out.
   */
  static List<Roa> covering(Collection<Prefix> prefixes, InputStream file)
      throws IOException, CannotTellException {
    List<Roa> roas = new ArrayList<>();
    try (JsonParser parser = JSON.createParser(file)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw noRoas();
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean here = parser.currentName().equals("roas");
        JsonToken value = parser.nextToken();
        if (here && value == JsonToken.START_ARRAY) {
          while (parser.nextToken() != JsonToken.END_ARRAY) {
            read(parser)
                .filter(roa -> prefixes.stream().anyMatch(roa.prefix()::contains))
                .ifPresent(roas::add);
          }
          return roas;
        }
        parser.skipChildren();
      }
    }
    throw noRoas();
  }

  private static CannotTellException noRoas() {
    return new CannotTellException(
        "roas: missing (expected: the JSON of rpki-client or Routinator)");
  }

  private static Optional<Roa> read(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      parser.skipChildren();
      return Optional.empty();
    }
    String as = "";
    String prefix = "";
    Optional<Integer> maxLength = Optional.empty();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      parser.nextToken();
      switch (field) {
        case "asn" -> as = parser.getValueAsString(""); // 42275, or "AS42275"
        case "prefix" -> prefix = parser.getValueAsString("");
        case "maxLength" -> maxLength = Optional.of(parser.getValueAsInt());
        default -> parser.skipChildren();
      }
    }
    try {
      Prefix network = Prefix.parse(prefix);
      return Optional.of(
          new Roa(
              network,
              maxLength.orElse(network.length()),
              Long.parseLong(as.regionMatches(true, 0, "AS", 0, 2) ? as.substring(2) : as)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
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
