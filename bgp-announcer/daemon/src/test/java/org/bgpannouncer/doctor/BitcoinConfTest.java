package org.bgpannouncer.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.bgpannouncer.doctor.BitcoinConf.Setting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** As Bitcoin Core reads it. */
final class BitcoinConfTest {
  @TempDir Path folder;

  @Test
  void theFirstLineCountsAndTheSectionOfTheChainBeforeIt() throws Exception {
    String text =
        """
        # maxconnections=1
        maxconnections = 40 # enough
        maxconnections=50
        regtest.rpcthreads=8
        [test]
        maxconnections=70
        [main]
        maxconnections=60
        """;
    assertThat(value(text, "main", "maxconnections")).isEqualTo("60");
    assertThat(value(text, "regtest", "maxconnections")).isEqualTo("40");
    assertThat(value(text, "regtest", "rpcthreads")).isEqualTo("8");
    assertThat(value(text, "main", "rpcthreads")).isEqualTo("not set");
  }

  @Test
  void noTurnsASwitchOff() throws Exception {
    assertThat(value("nodiscover=1\n", "main", "discover")).isEqualTo("0");
    assertThat(value("nodiscover=0\n", "main", "discover")).isEqualTo("1");
    assertThat(value("nodiscover=false\n", "main", "discover")).isEqualTo("1");
    assertThat(value("nodiscover=1\ndiscover=1\n", "main", "discover")).isEqualTo("1");
    assertThat(value("discover=1\nnodiscover=1\n", "main", "discover")).isEqualTo("0");
    assertThat(value("nodiscover=1\n[main]\ndiscover=1\n", "main", "discover")).isEqualTo("1");
  }

  @ParameterizedTest
  @CsvSource({"1, true", "'', true", "0, false", "false, false", "true, false", "2x, true"})
  void switches(String value, boolean on) {
    assertThat(new Setting("", "discover", value, false, folder, 1).isOn()).isEqualTo(on);
  }

  @Test
  void aListBeginsAnewWhereItIsNegated() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("bitcoin.conf"),
            "externalip=1\nnoexternalip=1\nexternalip=2\n[main]\nexternalip=3\n");
    assertThat(BitcoinConf.read(new Machine(), file, "main", Optional.empty()).all("externalip"))
        .extracting(Setting::value, Setting::number)
        .containsExactly(tuple("3", 5), tuple("2", 3));
  }

  @Test
  void whatIsIncludedComesAfter() throws Exception {
    Files.writeString(folder.resolve("rendered.conf"), "discover=0\nmaxconnections=125\n");
    String text = "maxconnections=30\nincludeconf=rendered.conf\n";
    assertThat(value(text, "main", "maxconnections")).isEqualTo("30");
    assertThat(value(text, "main", "discover")).isEqualTo("0");
    Path data = Files.createDirectory(folder.resolve("data"));
    Files.writeString(data.resolve("more.conf"), "discover=0\n");
    Path file = Files.writeString(folder.resolve("bitcoin.conf"), "includeconf=more.conf\n");
    assertThat(BitcoinConf.read(new Machine(), file, "main", Optional.of(data)).first("discover"))
        .isPresent();
    assertThat(value("datadir=" + data + "\nincludeconf=more.conf\n", "main", "discover"))
        .isEqualTo("0");
    assertThatThrownBy(() -> value("includeconf=missing.conf\n", "main", "discover"))
        .hasMessage(folder.resolve("missing.conf") + ": no such file");
  }

  private String value(String text, String chain, String key)
      throws IOException, CannotTellException {
    Path file = Files.writeString(folder.resolve("bitcoin.conf"), text);
    return BitcoinConf.read(new Machine(), file, chain, Optional.empty())
        .first(key)
        .map(Setting::value)
        .orElse("not set");
  }
}
