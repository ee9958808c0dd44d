package org.bgpannouncer.probe.bitcoin.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.NodeFacts;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig.Credentials;
import org.bgpannouncer.probe.net.http.HttpMessage;
import org.bgpannouncer.probe.net.http.ScriptedHttp;
import org.bgpannouncer.probe.time.VirtualTime;

/** A probe, a scripted node and everything that was said, in virtual time. */
final class RpcLab {
  static final String COOKIE = "__cookie__:5ec2e7c00c1e";

  /** What the node does with one call. */
  interface Reply {
    void to(ScriptedHttp.Connection connection, long id);
  }

  final VirtualTime time = new VirtualTime(1_000_000_000L);
  final NodeFacts facts = new NodeFacts();
  final List<Observation> observations = new ArrayList<>();
  final List<String> methods = new ArrayList<>();
  final List<HttpMessage.Request> requests = new ArrayList<>();
  final ScriptedHttp liveness = new ScriptedHttp(time, this::requested);
  final ScriptedHttp chain = new ScriptedHttp(time, this::requested);
  final Path cookie;
  final RpcProbe probe;
  private final Map<String, Reply> replies = new HashMap<>();

  RpcLab(Path folder) {
    this(folder, config -> config);
  }

  RpcLab(Path folder, UnaryOperator<RpcConfig> change) {
    cookie = folder.resolve(".cookie");
    writeCookie(COOKIE);
    RpcConfig config =
        RpcConfig.of(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 8332),
            BitcoinNetwork.MAINNET,
            new Credentials.CookieFile(cookie));
    probe =
        new RpcProbe(
            "btc1",
            change.apply(config),
            facts,
            time,
            new RpcProbe.Dialers(liveness, chain),
            time,
            new SplittableRandom(42));
    healthy();
  }

  static RpcConfig requiring(RpcConfig config, String... indexes) {
    return with(config, config.archival(), List.of(indexes), config.maxConnections());
  }

  static RpcConfig withMaxConnections(RpcConfig config, int maxConnections) {
    return with(config, config.archival(), config.requiredIndexes(), maxConnections);
  }

  static RpcConfig declared(RpcConfig config, boolean archival) {
    return with(config, Optional.of(archival), config.requiredIndexes(), config.maxConnections());
  }

  private static RpcConfig with(
      RpcConfig config, Optional<Boolean> archival, List<String> indexes, int maxConnections) {
    return new RpcConfig(
        config.address(),
        config.source(),
        config.network(),
        config.credentials(),
        config.cadence(),
        config.livenessTimeout(),
        config.chainInterval(),
        config.chainTimeout(),
        config.slowInterval(),
        archival,
        indexes,
        config.allowedWarnings(),
        maxConnections);
  }

  void writeCookie(String text) {
    try {
      Files.writeString(cookie, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A synced mainnet node. */
  RpcLab healthy() {
    on("uptime", result("86400"));
    on("getrpcinfo", result("{\"active_commands\":[{\"method\":\"getrpcinfo\",\"duration\":9}]}"));
    on("getblockchaininfo", result(chain(900_000, 900_000, "aa")));
    on(
        "getnetworkinfo",
        result(
            "{\"version\":280100,\"subversion\":\"/Satoshi:28.1.0/\",\"networkactive\":true,"
                + "\"connections\":30,\"connections_in\":20,\"connections_out\":10,"
                + "\"warnings\":[]}"));
    on("getzmqnotifications", result("[]"));
    on("getmempoolinfo", result("{\"loaded\":true,\"size\":5000}"));
    on("getindexinfo", result("{}"));
    return this;
  }

  static String chain(long blocks, long headers, String best) {
    return "{\"chain\":\"main\",\"blocks\":"
        + blocks
        + ",\"headers\":"
        + headers
        + ",\"bestblockhash\":\""
        + best
        + "\",\"initialblockdownload\":false,\"pruned\":false}";
  }

  RpcLab on(String method, Reply reply) {
    replies.put(method, reply);
    return this;
  }

  void onAll(Reply reply) {
    replies.replaceAll((method, before) -> reply);
  }

  static Reply result(String json) {
    return (connection, id) ->
        connection.answer(200, "{\"result\":" + json + ",\"error\":null,\"id\":" + id + "}");
  }

  static Reply error(int status, int code, String message) {
    return (connection, id) ->
        connection.answer(
            status,
            "{\"result\":null,\"error\":{\"code\":"
                + code
                + ",\"message\":\""
                + message
                + "\"},\"id\":"
                + id
                + "}");
  }

  static Reply status(int status, String body) {
    return (connection, id) -> connection.answer(status, body);
  }

  static Reply never() {
    return (connection, id) -> {};
  }

  Reply after(Duration delay, Reply reply) {
    return (connection, id) -> time.schedule(delay.toNanos(), () -> reply.to(connection, id));
  }

  private void requested(ScriptedHttp.Connection connection, HttpMessage.Request request) {
    requests.add(request);
    try {
      JsonNode call = new JsonMapper().readTree(request.body());
      String method = call.path("method").asText();
      methods.add(method);
      Reply reply = replies.getOrDefault(method, error(404, -32601, "Method not found"));
      reply.to(connection, call.path("id").asLong());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  RpcLab start() {
    probe.start(observations::add);
    return this;
  }

  RpcLab run(Duration duration) {
    time.advance(duration);
    return this;
  }

  List<Observation> of(Check check) {
    return observations.stream().filter(each -> each.check().equals(check)).toList();
  }

  Observation last(Check check) {
    List<Observation> all = of(check);
    assertThat(all).as("observations of %s", check).isNotEmpty();
    return all.get(all.size() - 1);
  }

  long calls(String method) {
    return methods.stream().filter(method::equals).count();
  }
}
