package org.bgpannouncer.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.List;
import org.bgpannouncer.control.StatusJson;
import org.bgpannouncer.probe.Observation;

/** What one run of all probes found, for people and for programs. */
final class ProbeReport {
  private ProbeReport() {}

  static String json(String host, List<Observation> found) {
    return StatusJson.object(
        out -> {
          out.writeStringField("host", host);
          out.writeArrayFieldStart("checks");
          for (Observation each : found) {
            out.writeStartObject();
            StatusJson.observation(out, each);
            out.writeEndObject();
          }
          out.writeEndArray();
        });
  }

  static void print(List<Observation> found, PrintWriter out) {
    Table table = new Table("CHECK", "OUTCOME", "REASON", "MS", "STAGES", "DETAIL");
    for (Observation each : found) {
      double ms =
          Math.round(each.stages().stream().mapToLong(Observation.StageTiming::nanos).sum() / 1e3)
              / 1e3;
      table.row(
          each.check().toString(),
          each.outcome().name(),
          each.reason().name(),
          String.valueOf(ms),
          Views.stages(tree(each)),
          each.detail());
    }
    table.print(out);
    for (Observation each : found) {
      if (!each.values().isEmpty()) {
        out.println();
        out.println(each.check());
        each.values().forEach((key, value) -> out.println("  " + key + ": " + value));
      }
    }
  }

  private static JsonNode tree(Observation each) {
    try {
      return new ObjectMapper()
          .readTree(StatusJson.object(out -> StatusJson.observation(out, each)));
    } catch (IOException e) {
      throw new UncheckedIOException("what was just written", e);
    }
  }
}
