package org.bgpannouncer.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.announcer.Announcer;
import org.bgpannouncer.config.ConfigFile;
import org.bgpannouncer.docs.Page;
import org.bgpannouncer.engine.SiteConfig;
import org.junit.jupiter.api.Test;

class DaemonTest {
  @Test
  void whatAProbeDoesNotAcceptIsAProblemOfTheConfiguration() throws Exception {
    String text = Page.README.block("yaml", "local-as") + "dry-run: true\n";
    SiteConfig site =
        ConfigFile.parse("site.yaml", text).site(Optional.empty()).orElseThrow().site();
    List<String> problems = new ArrayList<>();

    assertThat(
            Daemon.built(
                Announcer.builder(site)
                    .probes(
                        target -> {
                          throw new IllegalArgumentException("json: x (expected: JSON)");
                        }),
                problems::add))
        .isEmpty();
    assertThat(problems).containsExactly("json: x (expected: JSON)");
  }
}
