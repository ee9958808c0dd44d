package org.bgpannouncer.probe.bitcoin.p2p.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.codec.DecoderException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class P2pCodecTest {
  private static final byte[] VERACK = Hex.of("f9beb4d976657261636b000000000000000000005df6e0e2");
  private static final byte[] PING =
      Hex.of("f9beb4d970696e6700000000000000000800000008533f6b0100000000000000");
  private static final byte[] PONG =
      Hex.of("f9beb4d9706f6e6700000000000000000800000008533f6b0100000000000000");

  @Test
  void writesTheVersionOfAppendixA() throws IOException {
    assertThat(encoded(new P2pMessage.Version(appendixA())))
        .isEqualTo(Hex.file("version-appendix-a.hex"));
  }

  @Test
  void readsTheVersionOfAppendixA() throws IOException {
    assertThat(decoded(Hex.file("version-appendix-a.hex")))
        .containsExactly(new P2pMessage.Version(appendixA()));
  }

  @Test
  void writesAndReadsVerackPingAndPongOfAppendixA() {
    assertThat(encoded(new P2pMessage.Verack())).isEqualTo(VERACK);
    assertThat(encoded(new P2pMessage.Ping(1))).isEqualTo(PING);
    assertThat(encoded(new P2pMessage.Pong(1))).isEqualTo(PONG);
    assertThat(decoded(VERACK)).containsExactly(new P2pMessage.Verack());
    assertThat(decoded(PING)).containsExactly(new P2pMessage.Ping(1));
    assertThat(decoded(PONG)).containsExactly(new P2pMessage.Pong(1));
  }

  @Test
  void readsEverythingByteByByte() throws IOException {
    byte[] all = conversation();
    EmbeddedChannel channel = decoder();

    for (byte one : all) {
      channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {one}));
    }

    assertThat(messages(channel)).isEqualTo(decoded(all)).hasSize(4);
  }

  @Test
  void readsEverythingCutAtEveryOffset() throws IOException {
    byte[] all = conversation();
    List<Object> whole = decoded(all);

    for (int cut = 0; cut <= all.length; cut++) {
      EmbeddedChannel channel = decoder();
      channel.writeInbound(Unpooled.copiedBuffer(all, 0, cut));
      channel.writeInbound(Unpooled.copiedBuffer(all, cut, all.length - cut));
      assertThat(messages(channel)).as("cut at %s", cut).isEqualTo(whole);
    }
  }

  @Test
  void endsQuietlyWhenTheConnectionEndsAtAnyOffset() throws IOException {
    byte[] all = conversation();

    for (int cut = 0; cut <= all.length; cut++) {
      EmbeddedChannel channel = decoder();
      channel.writeInbound(Unpooled.copiedBuffer(all, 0, cut));
      channel.finish();
      assertThat(messages(channel).size()).isLessThanOrEqualTo(4);
    }
  }

  @Test
  void aVerackIsReadWithoutAnotherByteFollowing() {
    EmbeddedChannel channel = decoder();

    channel.writeInbound(Unpooled.wrappedBuffer(VERACK));

    assertThat(messages(channel)).hasSize(1);
  }

  @Test
  void readsWhatCoreSendsAfterOurVersion() throws IOException {
    EmbeddedChannel channel = new EmbeddedChannel(new P2pDecoder(BitcoinNetwork.REGTEST));

    channel.writeInbound(Unpooled.wrappedBuffer(Hex.file("core-28-greeting.hex")));

    assertThat(messages(channel)).containsExactly(new P2pMessage.Verack(), new P2pMessage.Ping(1));
  }

  @Test
  void whatCameBehindAViolationInTheSameReadIsNotHeld() {
    EmbeddedChannel channel = decoder();
    byte[] tooLong = header("version", P2pDecoder.MAX_KEPT_BYTES + 1, new byte[0]);

    assertThatThrownBy(
            () -> channel.writeInbound(Unpooled.wrappedBuffer(tooLong, new byte[60_000])))
        .isInstanceOf(CorruptedFrameException.class);
    assertThat(channel.pipeline().get(P2pDecoder.class).heldBytes()).isZero();
  }

  @Test
  void aLargestFrameStreamsByWithoutBeingHeld() {
    EmbeddedChannel channel = decoder();
    byte[] chunk = new byte[4000];
    byte[] payload = new byte[4_000_000];
    channel.writeInbound(Unpooled.wrappedBuffer(header("block", 4_000_000, payload)));

    for (int sent = 0; sent < payload.length; sent += chunk.length) {
      channel.writeInbound(Unpooled.wrappedBuffer(chunk));
      assertThat(channel.pipeline().get(P2pDecoder.class).heldBytes()).isZero();
    }
    channel.writeInbound(Unpooled.wrappedBuffer(PONG));

    assertThat(messages(channel)).containsExactly(new P2pMessage.Pong(1));
  }

  @Test
  void aWrongChecksumOfAnIgnoredMessageIsAViolationToo() {
    byte[] frame = frame("inv", new byte[37]);
    frame[30] ^= 1;

    assertThatThrownBy(() -> decoded(frame))
        .isInstanceOf(CorruptedFrameException.class)
        .hasMessageStartingWith("inv checksum: ");
  }

  @Test
  void everyFlippedBitOfAVersionIsNoticed() throws IOException {
    byte[] good = Hex.file("version-appendix-a.hex");
    for (int bit = 0; bit < good.length * 8; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << (bit % 8));
      List<Object> read;
      try {
        read = decoded(bad);
      } catch (DecoderException e) {
        continue;
      }
      // A longer length waits for more; a changed command is another message. No false version.
      assertThat(read).as("bit %s", bit).noneMatch(P2pMessage.Version.class::isInstance);
    }
  }

  @Test
  void lengthsBeyondTheLimitAreRefusedBeforeAByteOfThem() {
    for (String length : new String[] {"01093d00", "ffffffff", "ffffff7f", "00000080"}) {
      byte[] header = Hex.of("f9beb4d9 626c6f636b00000000000000" + length + "00000000");
      assertThatThrownBy(() -> decoded(header))
          .isInstanceOf(CorruptedFrameException.class)
          .hasMessageContaining("(expected: <= 4000000)");
    }
  }

  @Test
  void whatIsReadIsLimitedToAKilobyte() {
    for (String command : new String[] {"version", "verack", "ping", "pong"}) {
      assertThatThrownBy(() -> decoded(header(command, 1025, new byte[0])))
          .isInstanceOf(CorruptedFrameException.class)
          .hasMessage(command + " length: 1025 (expected: <= 1024)");
    }
  }

  @ParameterizedTest
  @EnumSource(BitcoinNetwork.class)
  void anotherKnownNetworkIsNamedByItsFirstFourBytes(BitcoinNetwork network) {
    byte[] start = ByteBufUtil.getBytes(Unpooled.copyInt(network.magic()));

    if (network == BitcoinNetwork.MAINNET) {
      assertThat(decoded(start)).isEmpty();
    } else {
      assertThat(decoded(start)).containsExactly(new P2pMessage.OtherNetwork(network));
    }
  }

  @Test
  void anotherNetworkAfterAMessageOfOursIsAViolation() {
    EmbeddedChannel channel = decoder();
    channel.writeInbound(Unpooled.wrappedBuffer(VERACK));

    assertThatThrownBy(() -> channel.writeInbound(Unpooled.copyInt(BitcoinNetwork.REGTEST.magic())))
        .isInstanceOf(CorruptedFrameException.class)
        .hasMessage("message start: fabfb5da (expected: f9beb4d9)");
    assertThat(messages(channel)).containsExactly(new P2pMessage.Verack());
  }

  @Test
  void nothingFollowsAnotherNetwork() {
    EmbeddedChannel channel = decoder();

    channel.writeInbound(Unpooled.copyInt(BitcoinNetwork.REGTEST.magic()));
    channel.writeInbound(Unpooled.wrappedBuffer(PING));

    assertThat(messages(channel)).hasSize(1);
  }

  @Test
  void anUnknownMessageStartIsAViolationToldOnce() {
    EmbeddedChannel channel = decoder();

    assertThatThrownBy(() -> channel.writeInbound(Unpooled.wrappedBuffer(Hex.of("deadbeef"))))
        .hasMessage("message start: deadbeef (expected: f9beb4d9)");
    channel.writeInbound(Unpooled.wrappedBuffer(PING));
    assertThat(messages(channel)).isEmpty();
  }

  @Test
  void aCommandMustBeZeroPaddedAscii() {
    byte[] frame = frame("ping", new byte[8]);
    frame[15] = 'x';

    assertThatThrownBy(() -> decoded(frame)).hasMessageStartingWith("command: byte 11 is 120");
  }

  @Test
  void aUserAgentReachesNobodyWithControlCharacters() throws IOException {
    byte[] payload = payloadOfAppendixA();
    payload[81] = 0x1b;
    payload[82] = (byte) 0xff;

    P2pMessage.Version read = (P2pMessage.Version) decoded(frame("version", payload)).get(0);

    assertThat(read.payload().userAgent()).isEqualTo("??nyhealth:0.1/");
  }

  @Test
  void hostileUserAgentLengthsAreViolations() throws IOException {
    for (String size :
        new String[] {"ff", "feffffffff", "fdffff", "fd0101", "ffffffffffffffffff"}) {
      byte[] head = Arrays.copyOf(payloadOfAppendixA(), 80);
      byte[] tail = Hex.of(size);
      byte[] payload = Arrays.copyOf(head, head.length + tail.length);
      System.arraycopy(tail, 0, payload, head.length, tail.length);
      assertThatThrownBy(() -> decoded(frame("version", payload)))
          .as(size)
          .isInstanceOf(CorruptedFrameException.class)
          .hasMessageStartingWith("user-agent length: ");
    }
  }

  @Test
  void aVersionMayEndWhereOldNodesEndedIt() throws IOException {
    byte[] payload = payloadOfAppendixA();
    for (int length : new int[] {46, 80, 96, 100}) {
      assertThat(decoded(frame("version", Arrays.copyOf(payload, length)))).hasSize(1);
    }
    assertThatThrownBy(() -> decoded(frame("version", Arrays.copyOf(payload, 45))))
        .hasMessage("version length: 45 (expected: >= 46)");
  }

  @Test
  void aPingWithoutNonceIsIgnored() {
    assertThat(decoded(frame("ping", new byte[0]))).isEmpty();
  }

  @Property(tries = 300)
  void anyCutsOfAnyMessagesReadTheSame(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 200) int largestPiece) {
    Random random = new Random(seed);
    ByteBuf all = Unpooled.buffer();
    List<Object> expected = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      long nonce = random.nextLong();
      switch (random.nextInt(4)) {
        case 0 -> expected.add(new P2pMessage.Ping(nonce));
        case 1 -> expected.add(new P2pMessage.Pong(nonce));
        case 2 -> expected.add(new P2pMessage.Verack());
        default -> all.writeBytes(frame("addrv2", new byte[random.nextInt(3000)]));
      }
      if (!expected.isEmpty() && random.nextBoolean()) {
        P2pMessage again = (P2pMessage) expected.get(expected.size() - 1);
        expected.add(again);
      }
    }
    expected.forEach(message -> all.writeBytes(encoded((P2pMessage) message)));

    EmbeddedChannel channel = decoder();
    while (all.isReadable()) {
      int piece = Math.min(all.readableBytes(), 1 + random.nextInt(largestPiece));
      channel.writeInbound(all.readBytes(piece));
    }

    assertThat(messages(channel)).isEqualTo(expected);
  }

  @Property(tries = 500)
  void garbageNeverThrowsAnythingButACodecException(
      @ForAll @Size(max = 300) byte[] garbage, @ForAll boolean afterAValidStart) {
    EmbeddedChannel channel = decoder();
    try {
      if (afterAValidStart) {
        channel.writeInbound(Unpooled.copyInt(BitcoinNetwork.MAINNET.magic()));
      }
      channel.writeInbound(Unpooled.wrappedBuffer(garbage));
    } catch (DecoderException e) {
      assertThat(e).isInstanceOf(CorruptedFrameException.class);
    }
    assertThat(channel.pipeline().get(P2pDecoder.class).heldBytes()).isLessThanOrEqualTo(1048);
  }

  private static VersionPayload appendixA() throws UnknownHostException {
    InetAddress address = InetAddress.getByAddress(new byte[] {85, (byte) 208, 69, 1});
    return new VersionPayload(
        70016,
        0,
        1_700_000_000,
        new InetSocketAddress(address, 8333),
        0x1122334455667788L,
        "/anyhealth:0.1/",
        0,
        false);
  }

  private static byte[] payloadOfAppendixA() throws IOException {
    byte[] frame = Hex.file("version-appendix-a.hex");
    return Arrays.copyOfRange(frame, Frame.HEADER_BYTES, frame.length);
  }

  private static byte[] conversation() throws IOException {
    return ByteBufUtil.getBytes(
        Unpooled.wrappedBuffer(
            Hex.file("version-appendix-a.hex"),
            frame("wtxidrelay", new byte[0]),
            VERACK,
            frame("feefilter", new byte[8]),
            PING,
            PONG));
  }

  private static byte[] frame(String command, byte[] payload) {
    return ByteBufUtil.getBytes(
        Unpooled.wrappedBuffer(header(command, payload.length, payload), payload));
  }

  private static byte[] header(String command, int length, byte[] payload) {
    var digest = Frame.newSha256();
    digest.update(payload);
    ByteBuf header = Unpooled.buffer();
    header.writeInt(BitcoinNetwork.MAINNET.magic());
    header.writeBytes(Arrays.copyOf(command.getBytes(StandardCharsets.US_ASCII), 12));
    header.writeIntLE(length).writeInt(Frame.checksum(digest));
    return ByteBufUtil.getBytes(header);
  }

  private static byte[] encoded(P2pMessage message) {
    EmbeddedChannel channel = new EmbeddedChannel(new P2pEncoder(BitcoinNetwork.MAINNET));
    channel.writeOutbound(message);
    ByteBuf bytes = channel.readOutbound();
    try {
      return ByteBufUtil.getBytes(bytes);
    } finally {
      bytes.release();
    }
  }

  private static List<Object> decoded(byte[] bytes) {
    EmbeddedChannel channel = decoder();
    channel.writeInbound(Unpooled.wrappedBuffer(bytes));
    return messages(channel);
  }

  private static List<Object> messages(EmbeddedChannel channel) {
    return new ArrayList<>(channel.inboundMessages());
  }

  private static EmbeddedChannel decoder() {
    return new EmbeddedChannel(new P2pDecoder(BitcoinNetwork.MAINNET));
  }
}
