package org.bgpannouncer.probe.bitcoin.p2p.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.CorruptedFrameException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;

/**
 * Bytes to messages.
 *
 * <p>Holds at most {@value #MAX_KEPT_BYTES} bytes of a message it reads, and nothing of one it
 * ignores: those are hashed and dropped as they stream by. Whatever is against the protocol
 * (message start, command, length, checksum, grammar) is a {@link CorruptedFrameException}, once;
 * what comes after is dropped.
 *
 * <pre>
 *   HEADER --kept command--> PAYLOAD --checksum right--> HEADER
 *   HEADER --other command-> SKIP    --checksum right--> HEADER
 *   any    --violation-----> OVER
 * </pre>
 */
public final class P2pDecoder extends ByteToMessageDecoder {
  /** The longest payload that is read: a version with the longest user agent has 347 bytes. */
  static final int MAX_KEPT_BYTES = 1024;

  private enum State {
    HEADER,
    PAYLOAD,
    SKIP,
    OVER
  }

  private final BitcoinNetwork network;
  private final MessageDigest digest = Frame.newSha256();
  private State state = State.HEADER;
  private boolean ours;
  private String command = "";
  private int remainingBytes;
  private int checksum;

  /** Expects the message start of {@code network}. */
  public P2pDecoder(BitcoinNetwork network) {
    this.network = network;
  }

  /** How many received bytes wait for more. */
  int heldBytes() {
    return actualReadableBytes();
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    try {
      switch (state) {
        case HEADER -> readHeader(in, out);
        case PAYLOAD -> readPayload(in, out);
        case SKIP -> skip(in);
        case OVER -> in.skipBytes(in.readableBytes());
      }
    } catch (CorruptedFrameException e) {
      state = State.OVER;
      in.skipBytes(in.readableBytes());
      throw e;
    }
  }

  private void readHeader(ByteBuf in, List<Object> out) {
    if (in.readableBytes() < Frame.START_BYTES) {
      return;
    }
    // Judged as soon as it is there: a peer of another kind may never send a whole header.
    int start = in.getInt(in.readerIndex());
    if (start != network.magic()) {
      if (ours) {
        throw wrongStart(start); // it is on our network and lost its place
      }
      out.add(otherNetwork(start));
      in.skipBytes(in.readableBytes());
      state = State.OVER;
      return;
    }
    if (in.readableBytes() < Frame.HEADER_BYTES) {
      return;
    }
    ours = true;
    in.skipBytes(Frame.START_BYTES);
    command = readCommand(in);
    long length = in.readUnsignedIntLE();
    checksum = in.readInt();
    int limit = isKept(command) ? MAX_KEPT_BYTES : Frame.MAX_PAYLOAD_BYTES;
    if (length > limit) {
      throw new CorruptedFrameException(
          command + " length: " + length + " (expected: <= " + limit + ")");
    }
    remainingBytes = (int) length;
    state = isKept(command) ? State.PAYLOAD : State.SKIP;
    if (remainingBytes == 0) {
      // No byte may follow for a long time, so this must not wait for one.
      readEmpty(in, out);
    }
  }

  private void readEmpty(ByteBuf in, List<Object> out) {
    if (state == State.PAYLOAD) {
      readPayload(in, out);
    } else {
      skip(in);
    }
  }

  private void readPayload(ByteBuf in, List<Object> out) {
    if (in.readableBytes() < remainingBytes) {
      return;
    }
    ByteBuf payload = in.readSlice(remainingBytes);
    Frame.feed(digest, payload, payload.readerIndex(), remainingBytes);
    requireChecksum();
    state = State.HEADER;
    switch (command) {
      case "version" -> out.add(new P2pMessage.Version(VersionPayload.read(payload)));
      case "verack" -> out.add(new P2pMessage.Verack());
      case "ping" -> {
        // Before BIP 31 a ping had no nonce and wanted no answer.
        if (payload.readableBytes() >= Long.BYTES) {
          out.add(new P2pMessage.Ping(payload.readLongLE()));
        }
      }
      case "pong" -> {
        if (payload.readableBytes() >= Long.BYTES) {
          out.add(new P2pMessage.Pong(payload.readLongLE()));
        }
      }
      default -> throw new IllegalStateException("command: " + command + " (expected: kept)");
    }
  }

  private void skip(ByteBuf in) {
    int here = Math.min(in.readableBytes(), remainingBytes);
    Frame.feed(digest, in, in.readerIndex(), here);
    in.skipBytes(here);
    remainingBytes -= here;
    if (remainingBytes == 0) {
      requireChecksum();
      state = State.HEADER;
    }
  }

  private void requireChecksum() {
    int found = Frame.checksum(digest);
    if (found != checksum) {
      throw new CorruptedFrameException(
          String.format("%s checksum: %08x (expected: %08x)", command, checksum, found));
    }
  }

  private P2pMessage otherNetwork(int start) {
    for (BitcoinNetwork other : BitcoinNetwork.values()) {
      if (other.magic() == start) {
        return new P2pMessage.OtherNetwork(other);
      }
    }
    throw wrongStart(start);
  }

  private CorruptedFrameException wrongStart(int start) {
    return new CorruptedFrameException(
        String.format("message start: %08x (expected: %08x)", start, network.magic()));
  }

  private static boolean isKept(String command) {
    return switch (command) {
      case "version", "verack", "ping", "pong" -> true;
      default -> false;
    };
  }

  /** Bitcoin Core, protocol.cpp: CMessageHeader::IsMessageTypeValid. */
  private static String readCommand(ByteBuf in) {
    byte[] raw = new byte[Frame.COMMAND_BYTES];
    in.readBytes(raw);
    int length = 0;
    while (length < raw.length && raw[length] != 0) {
      length++;
    }
    for (int i = 0; i < raw.length; i++) {
      boolean printable = raw[i] >= 0x20 && raw[i] <= 0x7e;
      if (i < length ? !printable : raw[i] != 0) {
        throw new CorruptedFrameException(
            "command: byte " + i + " is " + (raw[i] & 0xff) + " (expected: ASCII, zero-padded)");
      }
    }
    return new String(raw, 0, length, StandardCharsets.US_ASCII);
  }
}
