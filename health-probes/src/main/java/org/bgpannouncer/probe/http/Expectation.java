package org.bgpannouncer.probe.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.finding.Finding;
import org.bgpannouncer.probe.net.http.HttpMessage;
import org.jspecify.annotations.Nullable;

/** What an answer has to look like: status, then body, then a value in it. */
final class Expectation {
  private static final int MAX_SHOWN_CHARS = 80;

  private static final JsonMapper JSON =
      new JsonMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxNestingDepth(64).maxNumberLength(64).build())
              .build());

  /** Without it {@code 1 2} would be read as 1. */
  private static final ObjectReader ONE_VALUE =
      JSON.reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final HttpConfig config;
  private final @Nullable JsonPointer pointer;
  private final @Nullable JsonNode value;

  Expectation(HttpConfig config) {
    this.config = config;
    HttpConfig.JsonExpectation json = config.json().orElse(null);
    this.pointer = json == null ? null : pointer(json.pointer());
    this.value = json == null ? null : value(json.expected());
  }

  /**
   * @throws IllegalArgumentException if {@code text} is not one
   */
  static JsonPointer pointer(String text) {
    return JsonPointer.compile(text);
  }

  /**
   * @throws IllegalArgumentException if {@code expected} is not one JSON value, and nothing else
   */
  static JsonNode value(String expected) {
    try {
      JsonNode parsed = ONE_VALUE.readTree(expected);
      if (!parsed.isMissingNode()) {
        return parsed;
      }
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "expected: " + expected + " (expected: one JSON value)", e);
    }
    throw new IllegalArgumentException("expected: " + expected + " (expected: one JSON value)");
  }

  /** How {@code response} differs, if it does. */
  Optional<Finding> mismatch(HttpMessage.Response response) {
    if (!config.statuses().contains(response.status())) {
      return hard(
          Reason.HTTP_STATUS,
          "status: " + response.status() + " (expected: " + config.statuses() + ")");
    }
    Optional<Finding> body = config.body().flatMap(pattern -> body(pattern, response.body()));
    return body.isPresent() ? body : json(response);
  }

  private static Optional<Finding> body(Pattern pattern, String body) {
    try {
      return pattern.matcher(new BoundedText(body)).find()
          ? Optional.empty()
          : hard(
              Reason.HTTP_BODY, "body: " + shown(body) + " (expected: match of " + pattern + ")");
    } catch (BoundedText.Exhausted | StackOverflowError e) {
      return Optional.of(
          Finding.of(
              Outcome.UNKNOWN,
              Reason.INTERNAL_ERROR,
              "body: "
                  + pattern
                  + " gave up on "
                  + body.length()
                  + " characters (expected: an expression without nested repetition)"));
    }
  }

  private Optional<Finding> json(HttpMessage.Response response) {
    if (pointer == null) {
      return Optional.empty();
    }
    if (response.cut()) {
      return hard(Reason.HTTP_BODY, "body: longer than " + HttpProbe.MAX_BODY_BYTES + " bytes");
    }
    try {
      JsonNode found = JSON.readTree(response.body()).at(pointer);
      return found.equals(value)
          ? Optional.empty()
          : hard(
              Reason.HTTP_BODY,
              pointer
                  + ": "
                  + (found.isMissingNode() ? "absent" : shown(found.toString()))
                  + " (expected: "
                  + value
                  + ")");
    } catch (JsonProcessingException e) {
      return hard(Reason.HTTP_BODY, "body: not JSON: " + e.getOriginalMessage());
    }
  }

  private static Optional<Finding> hard(Reason reason, String detail) {
    return Optional.of(Finding.of(Outcome.HARD, reason, detail));
  }

  private static String shown(String text) {
    return text.length() > MAX_SHOWN_CHARS ? text.substring(0, MAX_SHOWN_CHARS) : text;
  }
}
