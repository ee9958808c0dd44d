package org.bgpannouncer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/configuration.md says of every key what the code says: its values and its default. */
class ConfigurationDocTest {
  private static final Path DOC = Path.of("../../docs/configuration.md");
  private static final List<KeyGroup> GROUPS =
      List.of(
          SiteReader.KEYS,
          SpeakerReader.KEYS,
          NeighborReader.KEYS,
          AllowReader.KEYS,
          SiteReader.CONTROL_KEYS,
          DeploymentReader.ANNOUNCER_KEYS,
          DeploymentReader.PINNING_KEYS,
          RouterReader.KEYS,
          RouterReader.LAN_KEYS,
          RouterReader.RPKI_KEYS,
          RouterReader.NEIGHBOR_KEYS,
          RouterReader.LINK_KEYS,
          HealthReader.KEYS,
          HostReader.KEYS,
          P2pReader.KEYS,
          RpcReader.KEYS,
          ZmqReader.KEYS,
          PlainReaders.TCP_KEYS,
          PlainReaders.HTTP_KEYS,
          PlainReaders.JSON_KEYS,
          ServiceReader.KEYS,
          ServiceReader.HEALTHY_KEYS);

  @Test
  void namesEveryKeyWithItsValuesAndItsDefault() throws IOException {
    List<String> inCode = new ArrayList<>();
    for (KeyGroup group : GROUPS) {
      inCode.add("## " + group.title());
      group
          .keys()
          .values()
          .forEach(
              key ->
                  inCode.add(
                      "| `" + key.name() + "` | " + key.rule() + " | " + key.fallback() + " |"));
    }
    List<String> inDoc = new ArrayList<>();
    for (String line : Files.readAllLines(DOC)) {
      if (line.startsWith("## `")) {
        inDoc.add("## " + line.substring(4, line.length() - 1));
      } else if (line.startsWith("| `")) {
        String[] cells = line.split(" \\| ", 4);
        assertThat(cells).as(line).hasSize(4);
        assertThat(cells[3]).as("meaning of " + line).hasSizeGreaterThan(12);
        inDoc.add(cells[0] + " | " + cells[1] + " | " + cells[2] + " |");
      }
    }
    assertThat(inDoc).isEqualTo(inCode);
  }
}
