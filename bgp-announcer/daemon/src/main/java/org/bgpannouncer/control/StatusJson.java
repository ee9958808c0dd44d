package org.bgpannouncer.control;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.bgpannouncer.engine.DrainResult;
import org.bgpannouncer.engine.ReloadResult;
import org.bgpannouncer.health.CheckHealth;
import org.bgpannouncer.observe.StatusSnapshot;
import org.bgpannouncer.observe.StatusSnapshot.CheckStatus;
import org.bgpannouncer.observe.StatusSnapshot.EngineStatus;
import org.bgpannouncer.observe.StatusSnapshot.HostStatus;
import org.bgpannouncer.observe.StatusSnapshot.NextChange;
import org.bgpannouncer.observe.StatusSnapshot.RouteStatus;
import org.bgpannouncer.observe.StatusSnapshot.ServiceStatus;
import org.bgpannouncer.observe.StatusSnapshot.SessionStatus;
import org.bgpannouncer.observe.StatusSnapshot.SpeakerStatus;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.route.Route;

/**
 * The JSON of the control socket. Field names are snake case and stable; durations end in {@code
 * _ms}; times are RFC 3339. Pure ASCII: what a peer sent is escaped, for {@code --json} prints it
 * as it is.
 */
public final class StatusJson {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private StatusJson() {}

  /** Everything. */
  public static String status(StatusSnapshot snapshot) {
    return object(
        out -> {
          out.writeStringField("site", snapshot.site());
          out.writeStringField("at", snapshot.at().toString());
          out.writeStringField("since", snapshot.since().toString());
          out.writeBooleanField("dry_run", snapshot.dryRun());
          speaker(out, snapshot.speaker());
          hostsField(out, snapshot);
          out.writeArrayFieldStart("services");
          for (ServiceStatus service : snapshot.services()) {
            service(out, service);
          }
          out.writeEndArray();
          routesField(out, snapshot);
          engine(out, snapshot.engine());
        });
  }

  /** The hosts only. */
  public static String hosts(StatusSnapshot snapshot) {
    return object(
        out -> {
          out.writeStringField("site", snapshot.site());
          hostsField(out, snapshot);
        });
  }

  /** The routes only. */
  public static String routes(StatusSnapshot snapshot) {
    return object(
        out -> {
          out.writeStringField("site", snapshot.site());
          out.writeBooleanField("dry_run", snapshot.dryRun());
          routesField(out, snapshot);
        });
  }

  /** What a reload did. */
  public static String reload(ReloadResult result) {
    return object(
        out -> {
          out.writeBooleanField("accepted", result.accepted());
          strings(out, "differences", result.differences());
          strings(out, "hosts_added", result.hostsAdded());
          strings(out, "hosts_removed", result.hostsRemoved());
          strings(out, "hosts_restarted", result.hostsRestarted());
          strings(out, "problems", result.problems());
        });
  }

  /** What a drain, or its end, did. */
  public static String drain(DrainResult result) {
    return object(
        out -> {
          out.writeBooleanField("accepted", result.accepted());
          strings(out, "differences", result.differences());
          strings(out, "problems", result.problems());
        });
  }

  /** One observation, as {@code status} and {@code probe --json} print it. */
  public static void observation(JsonGenerator out, Observation observation) throws IOException {
    out.writeStringField("check", observation.check().toString());
    out.writeStringField("outcome", observation.outcome().name());
    out.writeStringField("reason", observation.reason().name());
    out.writeStringField("detail", observation.detail());
    out.writeArrayFieldStart("stages");
    for (Observation.StageTiming stage : observation.stages()) {
      out.writeStartObject();
      out.writeStringField("name", stage.name());
      out.writeNumberField("ms", Math.round(stage.nanos() / 1e3) / 1e3);
      out.writeEndObject();
    }
    out.writeEndArray();
    strings(out, "values", observation.values());
  }

  /** Writes one object. */
  public static String object(Body body) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = JSON.createGenerator(text)) {
      out.writeStartObject();
      body.write(out);
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
    return text.toString();
  }

  /** Writes the fields of an object. */
  @FunctionalInterface
  public interface Body {
    /** Writes them. */
    void write(JsonGenerator out) throws IOException;
  }

  private static void speaker(JsonGenerator out, SpeakerStatus speaker) throws IOException {
    out.writeObjectFieldStart("speaker");
    out.writeStringField("phase", speaker.phase().name());
    out.writeStringField("since", speaker.since().toString());
    out.writeStringField("version", speaker.version());
    out.writeStringField("reason", speaker.reason());
    strings(out, "notices", speaker.notices());
    out.writeArrayFieldStart("sessions");
    for (SessionStatus session : speaker.sessions()) {
      out.writeStartObject();
      out.writeStringField("peer", session.peer());
      out.writeBooleanField("up", session.up());
      out.writeStringField("since", session.since().toString());
      out.writeStringField("reason", session.reason());
      out.writeEndObject();
    }
    out.writeEndArray();
    out.writeEndObject();
  }

  private static void hostsField(JsonGenerator out, StatusSnapshot snapshot) throws IOException {
    out.writeArrayFieldStart("hosts");
    for (HostStatus host : snapshot.hosts()) {
      out.writeStartObject();
      out.writeStringField("name", host.name());
      out.writeStringField("address", host.address().toString());
      out.writeStringField("state", host.state().name());
      out.writeStringField("reason", host.reason().name());
      out.writeStringField("detail", host.detail());
      out.writeStringField("since", host.since().toString());
      next(out, host.next());
      if (host.drain().isPresent()) {
        out.writeObjectFieldStart("drain");
        out.writeStringField("reason", host.drain().get().reason());
        out.writeStringField("since", host.drain().get().since().toString());
        out.writeStringField("until", host.drain().get().until().toString());
        out.writeEndObject();
      }
      if (host.unknown().isPresent()) {
        out.writeObjectFieldStart("unknown");
        out.writeStringField("check", host.unknown().get().check().toString());
        out.writeNumberField("lasting_ms", host.unknown().get().lasting().toMillis());
        out.writeEndObject();
      }
      out.writeArrayFieldStart("checks");
      for (CheckStatus check : host.checks()) {
        check(out, check);
      }
      out.writeEndArray();
      out.writeEndObject();
    }
    out.writeEndArray();
  }

  private static void check(JsonGenerator out, CheckStatus check) throws IOException {
    CheckHealth health = check.health();
    out.writeStartObject();
    observation(out, health.last());
    out.writeStringField("verdict", health.verdict().name());
    out.writeNumberField("passes", health.passes());
    out.writeNumberField("remarks", health.remarks());
    out.writeNumberField("failures", health.failures());
    out.writeNumberField("age_ms", check.age().toMillis());
    out.writeEndObject();
  }

  private static void service(JsonGenerator out, ServiceStatus service) throws IOException {
    out.writeStartObject();
    out.writeStringField("name", service.name());
    out.writeStringField("state", service.state().name());
    out.writeStringField("reason", service.reason());
    out.writeStringField("since", service.since().toString());
    next(out, service.next());
    strings(out, "fit_hosts", service.fitHosts());
    out.writeNumberField("at_least", service.atLeast());
    strings(out, "prefixes", service.prefixes());
    out.writeEndObject();
  }

  private static void next(JsonGenerator out, Optional<NextChange> next) throws IOException {
    if (next.isPresent()) {
      out.writeObjectFieldStart("next");
      out.writeStringField("what", next.get().what());
      if (next.get().left().isPresent()) {
        out.writeNumberField("left_ms", next.get().left().get().toMillis());
      }
      out.writeStringField("text", next.get().text());
      out.writeEndObject();
    }
  }

  private static void routesField(JsonGenerator out, StatusSnapshot snapshot) throws IOException {
    out.writeArrayFieldStart("routes");
    for (RouteStatus route : snapshot.routes()) {
      out.writeStartObject();
      out.writeStringField("prefix", route.nlri().prefix().toString());
      if (route.nlri().pathId().isPresent()) {
        out.writeNumberField("path_id", route.nlri().pathId().getAsLong());
      }
      out.writeStringField("service", route.service().orElse(null));
      out.writeStringField("wished", route.wished().map(Route::path).orElse(null));
      out.writeStringField("acknowledged", route.acknowledged().map(Route::path).orElse(null));
      out.writeStringField("phase", route.phase().name());
      out.writeStringField("reason", route.reason());
      out.writeNumberField("attempts", route.attempts());
      out.writeEndObject();
    }
    out.writeEndArray();
  }

  private static void engine(JsonGenerator out, EngineStatus engine) throws IOException {
    out.writeObjectFieldStart("engine");
    out.writeNumberField("steps", engine.steps());
    out.writeNumberField("steps_failed", engine.stepsFailed());
    out.writeStringField("last_failure", engine.lastFailure());
    out.writeNumberField("observations_replaced", engine.observationsReplaced());
    out.writeNumberField("events_lost", engine.eventsLost());
    out.writeNumberField("commands_retried", engine.commandsRetried());
    out.writeNumberField("unresponsive_ms", engine.unresponsive().toMillis());
    out.writeEndObject();
  }

  private static void strings(JsonGenerator out, String field, Collection<?> values)
      throws IOException {
    out.writeArrayFieldStart(field);
    for (Object value : values) {
      out.writeString(String.valueOf(value));
    }
    out.writeEndArray();
  }

  private static void strings(JsonGenerator out, String field, Map<String, String> values)
      throws IOException {
    out.writeObjectFieldStart(field);
    for (Map.Entry<String, String> value : values.entrySet()) {
      out.writeStringField(value.getKey(), value.getValue());
    }
    out.writeEndObject();
  }
}
