package org.bgpannouncer.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who copies the README's four files has a site: announced, de-preferred, withdrawn. */
@Timeout(180)
class ReadmeExampleIT {
  @TempDir Path folder;

  @Test
  void theExampleCarriesUpDegradedAndDownToTheProvider() throws IOException {
    try (ReadmeSite site = new ReadmeSite(folder)) {
      site.observe(Outcome.OK, Reason.PASSED);
      site.awaitAtProvider("BGP.as_path: 64496\n", "BGP.med: 100\n");
      assertThat(site.atEdge())
          .contains("BGP.next_hop: 203.0.113.11\n", "via 203.0.113.11 on lan")
          .contains("BGP.med: 100\n");
      assertThat(site.kernelRouteTo("192.0.2.13")).contains("via 203.0.113.11 dev lan");

      // Over iBGP our own AS is in the path: without `allow local as` this is a withdrawn site.
      site.observe(Outcome.SOFT, Reason.CLOCK_SKEW);
      site.awaitAtProvider("BGP.as_path: 64496 64496 64496", "BGP.med: 200\n");
      assertThat(site.atEdge()).contains("BGP.as_path: 64496 64496", "BGP.med: 200\n");
      assertThat(site.kernelRouteTo("192.0.2.13")).contains("via 203.0.113.11 dev lan");

      site.observe(Outcome.HARD, Reason.REFUSED);
      site.awaitNothingAtProvider();
      assertThat(site.atEdge()).isEmpty();
    }
  }
}
