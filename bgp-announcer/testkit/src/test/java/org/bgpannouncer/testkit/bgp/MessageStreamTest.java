package org.bgpannouncer.testkit.bgp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageStreamTest {
  private static final String MARKER = "ff".repeat(16);
  private static final String KEEPALIVE = MARKER + "001304";
  private static final String UPDATE = MARKER + "001702" + "00000000";

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 19, 20, 4096})
  void givesWholeMessagesHoweverFewOctetsMayBeReadAtOnce(int atOnce) throws IOException {
    assertThat(cut(KEEPALIVE + UPDATE + KEEPALIVE, atOnce))
        .containsExactly(KEEPALIVE, UPDATE, KEEPALIVE);
  }

  @Test
  void tellsKindsApart() {
    assertThat(MessageStream.isKeepalive(octets(KEEPALIVE))).isTrue();
    assertThat(MessageStream.isKeepalive(octets(UPDATE))).isFalse();
    assertThat(MessageStream.isUpdate(octets(UPDATE))).isTrue();
    assertThat(MessageStream.isUpdate(octets(KEEPALIVE))).isFalse();
    assertThat(MessageStream.isUpdate(octets("ff"))).isFalse();
  }

  @Test
  void handsOnTheHeaderOfALongMessageAtOnceAndFindsTheNext() throws IOException {
    String header = MARKER + "ffff02";
    List<String> pieces = cut(header + "00".repeat(0xffff - 19) + KEEPALIVE, 10_000);
    assertThat(pieces).startsWith(header).endsWith(KEEPALIVE);
    assertThat(String.join("", pieces)).hasSize(2 * (0xffff + 19));
  }

  @Test
  void handsOnWhatIsTooShortOrCutShort() throws IOException {
    assertThat(cut(MARKER + "000004" + KEEPALIVE, 19))
        .containsExactly(MARKER + "000004", KEEPALIVE);
    assertThat(cut(UPDATE.substring(0, 40), 19)).containsExactly(UPDATE.substring(0, 40));
    assertThat(cut("ff", 19)).containsExactly("ff");
    assertThat(cut("", 19)).isEmpty();
  }

  private static List<String> cut(String hex, int atOnce) throws IOException {
    MessageStream stream = new MessageStream(new ByteArrayInputStream(octets(hex)), () -> atOnce);
    List<String> messages = new ArrayList<>();
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] message = stream.next(); message != null; message = stream.next()) {
      messages.add(HexFormat.of().formatHex(message));
      all.write(message);
    }
    assertThat(all.toByteArray()).isEqualTo(octets(hex));
    return messages;
  }

  private static byte[] octets(String hex) {
    return HexFormat.of().parseHex(hex);
  }
}
