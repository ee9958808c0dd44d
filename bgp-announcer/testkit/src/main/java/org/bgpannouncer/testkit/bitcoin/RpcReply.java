package org.bgpannouncer.testkit.bitcoin;

import java.time.Duration;

/** What a simulated RPC server does with one request. */
public sealed interface RpcReply {
  /**
   * The method's result, in HTTP 200.
   *
   * @param json the value of {@code result}
   */
  record Result(String json) implements RpcReply {}

  /**
   * A JSON-RPC error.
   *
   * @param status 500 or 404 as JSON-RPC 1.0 has it, 200 as 2.0 has it
   * @param code e.g. -28
   * @param message without quotes and backslashes
   */
  record Failure(int status, int code, String message) implements RpcReply {}

  /**
   * Plain text, as bitcoind answers what never reaches its JSON-RPC.
   *
   * @param status e.g. 503
   * @param body sent as it is
   */
  record Plain(int status, String body) implements RpcReply {}

  /** Nothing, for ever, on a connection that stays. */
  record Never() implements RpcReply {}

  /**
   * The connection ends without an answer.
   *
   * @param reset by RST instead of FIN
   */
  record Drop(boolean reset) implements RpcReply {}

  /** Bytes that are no HTTP. */
  record Garbage() implements RpcReply {}

  /**
   * A result that is a string of this length, announced in full and sent in pieces.
   *
   * @param bytes at least 1
   */
  record Huge(int bytes) implements RpcReply {}

  /**
   * Another reply, later; the server works on other requests meanwhile.
   *
   * @param delay how much later
   * @param reply not a delayed one
   */
  record Delayed(Duration delay, RpcReply reply) implements RpcReply {}

  /** Error -28 (RPC_IN_WARMUP) in HTTP 500. */
  static RpcReply warmingUp() {
    return new Failure(500, -28, "Loading block index…");
  }

  /** Error -32601 (RPC_METHOD_NOT_FOUND) in HTTP 404. */
  static RpcReply methodNotFound() {
    return new Failure(404, -32601, "Method not found");
  }

  /** The work queue is full, as since 22.0. */
  static RpcReply workQueueFull() {
    return new Plain(503, "Work queue depth exceeded");
  }

  /** The work queue is full, as before 22.0. */
  static RpcReply workQueueFullBefore22() {
    return new Plain(500, "Work queue depth exceeded");
  }

  /** The server stops. */
  static RpcReply shuttingDown() {
    return new Plain(503, "Request rejected during server shutdown");
  }

  /** Not allowed by rpcallowip or rpcwhitelist. */
  static RpcReply forbidden() {
    return new Plain(403, "");
  }
}
