package org.bgpannouncer.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import org.bgpannouncer.docs.Page;
import org.junit.jupiter.api.Test;

/** docs/doctor.md has a row for each check. */
final class DoctorDocTest {
  @Test
  void everyCheckHasARow() throws IOException {
    assertThat(
            Page.DOCTOR
                .text()
                .lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.split("`", 3)[1]))
        .containsExactlyElementsOf(Arrays.stream(Check.values()).map(Check::toString).toList());
  }
}
