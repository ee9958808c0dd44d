package org.bgpannouncer.bgp.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What we write, Wireshark's dissector reads without a complaint. */
class TsharkIT {
  /** What it must have seen, for it to have looked at all. */
  private static final String[] WORDS = {
    "203.0.113.13/32",
    "2001:db8:13::/48",
    "4200000000",
    "NO_EXPORT",
    "64496:10:1",
    "192.0.2.0/24 PathId 2",
    "Cease",
  };

  /** Wireshark 4.0 has heard neither of RFC 9072 nor of RFC 8654 and RFC 9687. */
  private static final Set<String> UNKNOWN =
      Set.of(Sample.LONG_OPEN, Sample.LONG_UPDATE, Sample.SEND_HOLD);

  @TempDir Path home;

  @Test
  void tsharkFindsNothingMalformed() throws Exception {
    List<String> dissected = new ArrayList<>();
    for (Sample sample : Sample.all()) {
      if (UNKNOWN.contains(sample.name())) {
        continue;
      }
      // Each in a connection of its own: what one message says of AS numbers or path identifiers,
      // the dissector believes of the next.
      String details = run("tshark", "-n", "-r", capture(sample).toString(), "-Y", "bgp", "-V");
      assertThat(details)
          .as(sample.name())
          .contains(" Message (" + sample.message().type().code() + ")\n")
          .doesNotContainIgnoringCase("malformed")
          .doesNotContain("Expert Info");
      dissected.add(details);
    }
    assertThat(String.join("", dissected)).contains(WORDS);
    assertThat(dissected).hasSize(Sample.all().size() - UNKNOWN.size());
  }

  private Path capture(Sample sample) throws IOException, InterruptedException {
    Path capture = home.resolve("message.pcap");
    String dump = "000000 " + HexFormat.ofDelimiter(" ").formatHex(sample.encoded()) + "\n";
    Path text = Files.writeString(home.resolve("message.txt"), dump);
    run("text2pcap", "-q", "-T", "33000,179", text.toString(), capture.toString());
    return capture;
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    } catch (IOException e) {
      throw new IOException(command[0] + " does not start: apt-get install tshark", e);
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
    return output;
  }
}
