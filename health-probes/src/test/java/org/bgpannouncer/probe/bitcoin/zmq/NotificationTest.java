package org.bgpannouncer.probe.bitcoin.zmq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.probe.zmtp.Octets;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Message;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Part;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NotificationTest {
  private static final String GENESIS =
      "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f";
  private static final String GENESIS_HEADER =
      "01000000"
          + "00".repeat(32)
          + "3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a"
          + "29ab5f49ffff001d1dac2b7c";

  @Test
  void readsTheHashOfABlockAsRpcPrintsIt() {
    assertThat(Notification.parse(message("hashblock", GENESIS, "2a000000")))
        .contains(new Notification("hashblock", 42, Optional.of(GENESIS)));
  }

  @Test
  void computesTheHashOfARawBlockFromItsHeader() {
    Message message =
        new Message(
            List.of(
                whole(Octets.ofText("rawblock")),
                new Part(Octets.ofHex(GENESIS_HEADER), 285),
                whole(Octets.ofHex("ffffffff"))));
    assertThat(Notification.parse(message))
        .contains(new Notification("rawblock", 0xffffffffL, Optional.of(GENESIS)));
  }

  @Test
  void aConnectedBlockOfTheSequenceTopicIsABlock() {
    assertThat(Notification.parse(message("sequence", GENESIS + "43", "01000000")))
        .contains(new Notification("sequence", 1, Optional.of(GENESIS)));
  }

  @ParameterizedTest
  @CsvSource({"44, ''", "41, 0100000000000000", "52, 0100000000000000"})
  void whatElseTheSequenceTopicTellsIsNoBlock(String label, String mempoolSequence) {
    assertThat(
            Notification.parse(message("sequence", GENESIS + label + mempoolSequence, "02000000")))
        .contains(new Notification("sequence", 2, Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource({
    "hashblock, 00,   01000000", // a hash has 32 bytes
    "hashtx,    00,   01000000",
    "rawblock,  00,   01000000", // shorter than its header
    "sequence,  00,   01000000",
    "rawtx,     00,   010000", // the counter has 4 bytes
    "rawtx,     00,   0100000000",
  })
  void whatIsNotInBitcoindsFormIsNothing(String topic, String body, String counter) {
    assertThat(Notification.parse(message(topic, body, counter))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"41, ''", "43, 0100000000000000", "58, ''"})
  void aSequenceBodyOfTheWrongLengthOrLabelIsNothing(String label, String more) {
    assertThat(Notification.parse(message("sequence", GENESIS + label + more, "01000000")))
        .isEmpty();
  }

  @Test
  void aMessageHasThreeParts() {
    List<Part> parts = new ArrayList<>(message("rawtx", "00", "01000000").parts());
    parts.add(whole(Octets.EMPTY));
    assertThat(Notification.parse(new Message(parts))).isEmpty();
    assertThat(Notification.parse(new Message(parts.subList(0, 2)))).isEmpty();
    assertThat(Notification.shapeOf(new Message(parts))).isEqualTo("5+1+4+0 bytes");
  }

  private static Message message(String topic, String body, String counter) {
    return new Message(
        Arrays.asList(
            whole(Octets.ofText(topic)), whole(Octets.ofHex(body)), whole(Octets.ofHex(counter))));
  }

  private static Part whole(Octets octets) {
    return new Part(octets, octets.size());
  }
}
