package org.bgpannouncer.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.PrintWriter;
import java.util.Map;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.PlainText;

/** The daemon's answers as tables. What a router or node wrote must not move the cursor. */
final class Views {
  private Views() {}

  static void site(JsonNode status, PrintWriter out) {
    JsonNode speaker = status.path("speaker");
    out.println(
        "site "
            + text(status, "site")
            + (status.path("dry_run").asBoolean() ? " (dry run: nothing is sent)" : "")
            + ", up since "
            + text(status, "since"));
    out.println(
        "speaker "
            + text(speaker, "phase")
            + words(" ", text(speaker, "version"))
            + words(": ", text(speaker, "reason")));
    speaker
        .path("sessions")
        .forEach(
            session ->
                out.println(
                    "  session "
                        + text(session, "peer")
                        + (session.path("up").asBoolean() ? " up" : " DOWN")
                        + " since "
                        + text(session, "since")
                        + words(": ", text(session, "reason"))));
    for (Map.Entry<String, JsonNode> notice : speaker.path("notices").properties()) {
      out.println(PlainText.of("  NOTICE " + notice.getKey() + ": " + notice.getValue().asText()));
    }
    JsonNode engine = status.path("engine");
    if (engine.path("unresponsive_ms").asLong() > 0 || engine.path("steps_failed").asLong() > 0) {
      out.println(
          "  ENGINE unresponsive for "
              + engine.path("unresponsive_ms").asLong()
              + " ms, steps failed "
              + engine.path("steps_failed").asLong()
              + words(": ", text(engine, "last_failure")));
    }
  }

  static void services(JsonNode status, PrintWriter out) {
    Table table = new Table("SERVICE", "STATE", "FIT", "SINCE", "NEXT", "REASON");
    for (JsonNode service : status.path("services")) {
      table.row(
          text(service, "name"),
          text(service, "state"),
          service.path("fit_hosts").size() + "/" + service.path("at_least").asInt() + " needed",
          text(service, "since"),
          dash(text(service.path("next"), "text")),
          text(service, "reason"));
    }
    table.print(out);
  }

  static void hosts(JsonNode status, boolean withChecks, PrintWriter out) {
    Table table = new Table("HOST", "ADDRESS", "STATE", "REASON", "SINCE", "NEXT", "DETAIL");
    for (JsonNode host : status.path("hosts")) {
      table.row(
          text(host, "name"),
          text(host, "address"),
          text(host, "state"),
          text(host, "reason"),
          text(host, "since"),
          dash(text(host.path("next"), "text")),
          text(host, "detail"));
    }
    table.print(out);
    for (JsonNode host : status.path("hosts")) {
      JsonNode drain = host.path("drain");
      if (!drain.isMissingNode()) {
        out.println(
            "  DRAINED "
                + text(host, "name")
                + " until "
                + text(drain, "until")
                + words(": ", text(drain, "reason")));
      }
      JsonNode unknown = host.path("unknown");
      if (!unknown.isMissingNode()) {
        out.println(
            "  UNKNOWN "
                + text(host, "name")
                + ": "
                + text(unknown, "check")
                + " cannot be asked for "
                + unknown.path("lasting_ms").asLong() / 60_000
                + " min; the state is held");
      }
    }
    if (withChecks) {
      out.println();
      checks(status, out);
    }
  }

  private static void checks(JsonNode status, PrintWriter out) {
    Table table =
        new Table("HOST", "CHECK", "VERDICT", "LAST", "REASON", "AGE", "STAGES", "DETAIL");
    for (JsonNode host : status.path("hosts")) {
      for (JsonNode check : host.path("checks")) {
        table.row(
            text(host, "name"),
            text(check, "check"),
            text(check, "verdict"),
            text(check, "outcome"),
            text(check, "reason"),
            check.path("age_ms").asLong() / 1000 + " s",
            dash(stages(check)),
            text(check, "detail"));
      }
    }
    table.print(out);
  }

  static void pinning(JsonNode status, PrintWriter out) {
    Table table = new Table("HOST", "PINNED", "OUT FROM", "IN AT", "DETAIL");
    for (JsonNode host : status.path("hosts")) {
      JsonNode check = pinningCheck(host);
      JsonNode values = check.path("values");
      boolean wrong = text(check, "outcome").equals("SOFT");
      boolean judged = wrong || !text(values, "outbound").isEmpty();
      table.row(
          text(host, "name"),
          wrong ? "NO" : judged ? "yes" : "-",
          dash(text(values, "outbound")),
          dash(text(values, "inbound")),
          wrong
              ? text(check, "reason") + ": " + text(check, "detail")
              : judged ? "" : notJudged(check));
    }
    table.print(out);
  }

  private static String notJudged(JsonNode check) {
    return check.isMissingNode()
        ? "not asked (needs physical-range, outbound and rpc)"
        : text(check, "detail");
  }

  /** What the node, or its kernel, has told of its connections' addresses. */
  static JsonNode pinningCheck(JsonNode host) {
    for (JsonNode check : host.path("checks")) {
      if (text(check, "check").equals(Check.RPC_PINNING.toString())) {
        return check;
      }
    }
    return MissingNode.getInstance();
  }

  static String stages(JsonNode check) {
    StringBuilder text = new StringBuilder();
    for (JsonNode stage : check.path("stages")) {
      text.append(text.isEmpty() ? "" : ", ")
          .append(text(stage, "name"))
          .append(' ')
          .append(stage.path("ms").asText())
          .append(" ms");
    }
    return text.toString();
  }

  static void routes(JsonNode status, PrintWriter out) {
    Table table = new Table("PREFIX", "SERVICE", "PHASE", "WISHED", "ACKNOWLEDGED", "REASON");
    for (JsonNode route : status.path("routes")) {
      table.row(
          path(route),
          dash(text(route, "service")),
          text(route, "phase")
              + (route.path("attempts").asInt() > 1
                  ? " (" + route.path("attempts").asInt() + " times)"
                  : ""),
          dash(text(route, "wished")),
          dash(text(route, "acknowledged")),
          text(route, "reason"));
    }
    table.print(out);
  }

  /** What a route leads to, and by which of several paths. */
  static String path(JsonNode route) {
    String pathId = text(route, "path_id");
    return text(route, "prefix") + (pathId.isEmpty() ? "" : " path-id " + pathId);
  }

  static void reload(JsonNode result, PrintWriter out) {
    lines(result, "problems", "refused: ", out);
    lines(result, "differences", "", out);
    lines(result, "hosts_added", "probed now: ", out);
    lines(result, "hosts_removed", "no longer probed: ", out);
    lines(result, "hosts_restarted", "probed anew: ", out);
    if (result.path("accepted").asBoolean()) {
      out.println("reloaded, " + result.path("differences").size() + " changes of announcements");
    }
  }

  static void drain(JsonNode result, String done, PrintWriter out) {
    lines(result, "problems", "refused: ", out);
    lines(result, "differences", "", out);
    if (result.path("accepted").asBoolean()) {
      out.println(done + ", " + result.path("differences").size() + " changes of announcements");
    }
  }

  private static void lines(JsonNode result, String field, String lead, PrintWriter out) {
    result.path(field).forEach(line -> out.println(lead + PlainText.of(line.asText())));
  }

  static String text(JsonNode node, String field) {
    JsonNode value = node.path(field);
    return value.isNull() ? "" : PlainText.of(value.asText());
  }

  private static String dash(String text) {
    return text.isEmpty() ? "-" : text;
  }

  private static String words(String lead, String text) {
    return text.isEmpty() ? "" : lead + text;
  }
}
