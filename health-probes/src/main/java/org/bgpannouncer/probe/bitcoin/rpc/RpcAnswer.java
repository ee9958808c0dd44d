package org.bgpannouncer.probe.bitcoin.rpc;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.Locale;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.finding.Finding;
import org.bgpannouncer.probe.net.DialFailure;
import org.bgpannouncer.probe.net.http.HttpMessage;

/**
 * What became of one call: a result, or why there is none.
 *
 * <p>The body is looked at first and the status second: a node asked in JSON-RPC 2.0 reports its
 * errors inside HTTP 200 (Bitcoin Core, httprpc.cpp, since 28.0), and a busy or stopping one
 * answers in plain text. An answer no known version gives is {@code BAD_ANSWER} and SOFT: something
 * listens and spoke, so it is neither our failure (UNKNOWN) nor proof that nobody serves (HARD).
 *
 * @param outcome OK if there is a result
 * @param reason PASSED if there is a result
 * @param detail for people
 * @param result the JSON-RPC result; missing unless OK
 */
record RpcAnswer(Outcome outcome, Reason reason, String detail, JsonNode result) {
  /** RPC_IN_WARMUP (Bitcoin Core, rpc/protocol.h). */
  private static final int IN_WARMUP = -28;

  /** RPC_METHOD_NOT_FOUND (Bitcoin Core, rpc/protocol.h; JSON-RPC 2.0 section 5.1). */
  private static final int METHOD_NOT_FOUND = -32601;

  // What bitcoind answers nests four deep and has strings below 1 KiB, but for a script or two.
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(32)
                          .maxStringLength(64 * 1024)
                          .maxNumberLength(64)
                          .maxNameLength(256)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  static RpcAnswer ok(JsonNode result) {
    return new RpcAnswer(Outcome.OK, Reason.PASSED, "", result);
  }

  static RpcAnswer failure(Outcome outcome, Reason reason, String detail) {
    return new RpcAnswer(outcome, reason, detail, MissingNode.getInstance());
  }

  static RpcAnswer of(DialFailure failure) {
    return failure(failure.outcome(), failure.reason(), failure.detail());
  }

  static RpcAnswer badAnswer(String detail) {
    return failure(Outcome.SOFT, Reason.BAD_ANSWER, detail);
  }

  /** What a failed call means for the check that made it. */
  Finding finding() {
    return Finding.of(outcome, reason, detail);
  }

  /** Whether the node executed the call. */
  boolean isOk() {
    return outcome == Outcome.OK;
  }

  /** Reads the answer to the call numbered {@code id}. */
  static RpcAnswer of(HttpMessage.Response response, long id) {
    if (response.cut()) {
      return badAnswer("an answer longer than " + response.body().length() + " characters");
    }
    return switch (response.status()) {
      case 401 -> failure(Outcome.UNKNOWN, Reason.UNAUTHORIZED, "HTTP 401");
      case 403 ->
          failure(Outcome.UNKNOWN, Reason.FORBIDDEN, "HTTP 403: rpcallowip or rpcwhitelist");
      default -> ofBody(response, id);
    };
  }

  private static RpcAnswer ofBody(HttpMessage.Response response, long id) {
    JsonNode answer = MissingNode.getInstance();
    try {
      answer = JSON.readTree(response.body());
    } catch (JsonProcessingException e) {
      if (response.status() == 200) {
        return badAnswer("not JSON: " + e.getOriginalMessage());
      }
    }
    JsonNode error = answer.path("error");
    if (error.isObject()) {
      return ofError(response, error);
    }
    if (response.status() == 200 && answer.has("result")) {
      JsonNode answered = answer.path("id");
      return answered.isIntegralNumber() && answered.longValue() == id
          ? ok(answer.path("result"))
          : badAnswer("id: " + answered + " (expected: " + id + ")");
    }
    return ofStatus(response);
  }

  private static RpcAnswer ofError(HttpMessage.Response response, JsonNode error) {
    int code = error.path("code").asInt(0);
    String message = error.path("message").asText();
    if (code == IN_WARMUP) {
      return failure(Outcome.NOT_READY, Reason.WARMING_UP, message);
    }
    if (code == METHOD_NOT_FOUND) {
      return methodMissing(message);
    }
    if (isWorkQueueFull(message)) {
      return failure(Outcome.SOFT, Reason.BUSY, message);
    }
    return badAnswer("HTTP " + response.status() + ", error " + code + ": " + message);
  }

  // What is left is plain text: libevent's own pages and what the server says before it reads JSON.
  private static RpcAnswer ofStatus(HttpMessage.Response response) {
    String text = response.body().strip();
    String detail = "HTTP " + response.status() + ": " + text;
    return switch (response.status()) {
      case 404 -> methodMissing(detail);
      case 500 ->
          isWorkQueueFull(text) ? failure(Outcome.SOFT, Reason.BUSY, detail) : badAnswer(detail);
      case 503 ->
          isWorkQueueFull(text)
              ? failure(Outcome.SOFT, Reason.BUSY, detail)
              : failure(Outcome.NOT_READY, Reason.SHUTTING_DOWN, detail);
      default -> badAnswer(detail);
    };
  }

  // 503 since 22.0 (bitcoin#18335), 500 before.
  private static boolean isWorkQueueFull(String text) {
    return text.toLowerCase(Locale.ROOT).contains("work queue depth exceeded");
  }

  private static RpcAnswer methodMissing(String detail) {
    return failure(Outcome.UNKNOWN, Reason.CAPABILITY_OFF, detail);
  }
}
