package org.bgpannouncer.probe.bitcoin.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class UserAgentTest {
  @Test
  void namesTheVersionOfTheBuild() throws Exception {
    Matcher parent =
        Pattern.compile("<version>([^<]*)</version>").matcher(Files.readString(Path.of("pom.xml")));
    assertThat(parent.find()).isTrue();

    assertThat(UserAgent.OURS)
        .isEqualTo("/bgp-announcer:" + parent.group(1).replace("-SNAPSHOT", "") + "/");
  }
}
