package org.bgpannouncer.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.observe.StatusSnapshot;
import org.bgpannouncer.observe.StatusSnapshot.RoutePhase;
import org.bgpannouncer.observe.StatusSnapshot.RouteStatus;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.junit.jupiter.api.Test;

class StatusJsonTest {
  private static final Prefix PREFIX = Prefix.parse("192.0.2.0/24");

  @Test
  void aPathIsNamedByPrefixAndIdentifierAndTheOnlyOneByPrefixAlone() throws IOException {
    JsonNode routes =
        new ObjectMapper()
            .readTree(StatusJson.routes(snapshot(Nlri.of(PREFIX), Nlri.of(PREFIX, 4_294_967_295L))))
            .path("routes");
    assertThat(routes.findValuesAsText("prefix")).containsOnly("192.0.2.0/24").hasSize(2);
    assertThat(routes.get(0).has("path_id")).isFalse();
    assertThat(routes.get(1).path("path_id").asLong()).isEqualTo(4_294_967_295L);
  }

  private static StatusSnapshot snapshot(Nlri... paths) {
    StatusSnapshot any = Snapshots.oneDeadHost();
    List<RouteStatus> routes =
        List.of(paths).stream()
            .map(
                path ->
                    new RouteStatus(
                        path,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        RoutePhase.PENDING,
                        "",
                        1))
            .toList();
    return new StatusSnapshot(
        any.site(),
        any.at(),
        any.since(),
        any.dryRun(),
        any.speaker(),
        any.hosts(),
        any.services(),
        routes,
        any.engine());
  }
}
