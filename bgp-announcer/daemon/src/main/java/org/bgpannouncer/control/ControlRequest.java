package org.bgpannouncer.control;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.bgpannouncer.engine.DrainRequest;

/**
 * The body of a request that has one: a JSON object, e.g. {@code {"host": "gva-btc1", "reason":
 * "kernel", "for_ms": 600000, "force": false}}.
 */
final class ControlRequest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final JsonNode body;

  private ControlRequest(JsonNode body) {
    this.body = body;
  }

  /** What is wrong with a request, in the words of the configuration's problems. */
  static final class BadRequest extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    BadRequest(String problem) {
      super(problem);
    }
  }

  static ControlRequest parse(String text) {
    try {
      JsonNode body = JSON.readTree(text);
      if (body != null && body.isObject()) {
        return new ControlRequest(body);
      }
    } catch (JsonProcessingException e) {
      // told below
    }
    throw new BadRequest("body: (expected: a JSON object)");
  }

  DrainRequest drain() {
    requireOnly("host", "reason", "for_ms", "force");
    long millis = number("for_ms", DrainRequest.DEFAULT_BOUND.toMillis());
    try {
      return new DrainRequest(
          text("host"),
          body.has("reason") ? text("reason") : "",
          Duration.ofMillis(millis),
          flag("force"));
    } catch (BadRequest e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new BadRequest(String.valueOf(e.getMessage()));
    }
  }

  String undrain() {
    requireOnly("host");
    return text("host");
  }

  private void requireOnly(String... known) {
    for (Map.Entry<String, JsonNode> field : body.properties()) {
      if (!List.of(known).contains(field.getKey())) {
        throw new BadRequest(
            field.getKey() + ": unknown (expected: " + String.join(", ", known) + ")");
      }
    }
  }

  private String text(String field) {
    JsonNode value = body.path(field);
    if (!value.isTextual()) {
      throw new BadRequest(field + ": " + value + " (expected: a text)");
    }
    return value.asText();
  }

  private long number(String field, long absent) {
    JsonNode value = body.path(field);
    if (!value.isMissingNode() && !value.canConvertToExactIntegral()) {
      throw new BadRequest(field + ": " + value + " (expected: a whole number)");
    }
    return value.asLong(absent);
  }

  private boolean flag(String field) {
    JsonNode value = body.path(field);
    if (!value.isMissingNode() && !value.isBoolean()) {
      throw new BadRequest(field + ": " + value + " (expected: true or false)");
    }
    return value.asBoolean();
  }
}
