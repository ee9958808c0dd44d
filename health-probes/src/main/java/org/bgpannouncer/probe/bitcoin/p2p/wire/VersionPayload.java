package org.bgpannouncer.probe.bitcoin.p2p.wire;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.CorruptedFrameException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * What a {@code version} message says.
 *
 * @param protocolVersion e.g. 70016
 * @param services the sender's service bits
 * @param timestampSeconds the sender's clock, Unix time
 * @param receiver whom the sender believes to talk to
 * @param nonce detects a connection to oneself
 * @param userAgent printable ASCII, at most {@link #MAX_USER_AGENT_BYTES} (BIP 14)
 * @param startHeightBlocks the sender's best height
 * @param relay whether transactions may be announced at once (BIP 37)
 */
public record VersionPayload(
    int protocolVersion,
    long services,
    long timestampSeconds,
    InetSocketAddress receiver,
    long nonce,
    String userAgent,
    int startHeightBlocks,
    boolean relay) {

  /** Bitcoin Core, net.h: MAX_SUBVERSION_LENGTH. */
  public static final int MAX_USER_AGENT_BYTES = 256;

  private static final int ADDRESS_BYTES = 26;
  private static final InetSocketAddress NOBODY = new InetSocketAddress(anyAddress(), 0);

  /**
   * Reads a payload. Old nodes end it early (BIP 60): what is missing is zero, empty, or true for
   * relay.
   *
   * @throws CorruptedFrameException if it is shorter than any version was, or the user agent longer
   *     than Bitcoin Core allows
   */
  static VersionPayload read(ByteBuf in) {
    if (in.readableBytes() < 20 + ADDRESS_BYTES) {
      throw new CorruptedFrameException(
          "version length: " + in.readableBytes() + " (expected: >= 46)");
    }
    int protocolVersion = in.readIntLE();
    long services = in.readLongLE();
    long timestampSeconds = in.readLongLE();
    InetSocketAddress receiver = readAddress(in);
    boolean hasSender = in.readableBytes() >= ADDRESS_BYTES + Long.BYTES;
    if (hasSender) {
      in.skipBytes(ADDRESS_BYTES);
    }
    long nonce = hasSender ? in.readLongLE() : 0;
    String userAgent = in.isReadable() ? readUserAgent(in) : "";
    int startHeightBlocks = in.readableBytes() >= Integer.BYTES ? in.readIntLE() : 0;
    boolean relay = !in.isReadable() || in.readByte() != 0;
    return new VersionPayload(
        protocolVersion,
        services,
        timestampSeconds,
        receiver,
        nonce,
        userAgent,
        startHeightBlocks,
        relay);
  }

  /** Writes the payload; the sender's own address is left zero, as Bitcoin Core does. */
  void write(ByteBuf out) {
    out.writeIntLE(protocolVersion).writeLongLE(services).writeLongLE(timestampSeconds);
    out.writeLongLE(0); // the services we suppose the receiver has
    out.writeBytes(mapped(receiver.getAddress())).writeShort(receiver.getPort());
    out.writeZero(ADDRESS_BYTES);
    out.writeLongLE(nonce);
    byte[] agent = userAgent.getBytes(StandardCharsets.US_ASCII);
    if (agent.length > MAX_USER_AGENT_BYTES) {
      throw new IllegalArgumentException(
          "user-agent: " + agent.length + " bytes (expected: <= " + MAX_USER_AGENT_BYTES + ")");
    }
    writeCompactSize(out, agent.length);
    out.writeBytes(agent).writeIntLE(startHeightBlocks).writeBoolean(relay);
  }

  private static InetSocketAddress readAddress(ByteBuf in) {
    in.skipBytes(Long.BYTES);
    byte[] address = new byte[16];
    in.readBytes(address);
    int port = in.readUnsignedShort();
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address), port);
    } catch (java.net.UnknownHostException e) {
      return NOBODY; // cannot be: sixteen bytes are always an address
    }
  }

  private static String readUserAgent(ByteBuf in) {
    long length = readCompactSize(in);
    if (length < 0 || length > MAX_USER_AGENT_BYTES || length > in.readableBytes()) {
      throw new CorruptedFrameException(
          "user-agent length: " + length + " (expected: 0 to " + MAX_USER_AGENT_BYTES + ")");
    }
    byte[] agent = new byte[(int) length];
    in.readBytes(agent);
    for (int i = 0; i < agent.length; i++) {
      // Goes into logs and terminals: nothing but printable ASCII may pass.
      if (agent[i] < 0x20 || agent[i] > 0x7e) {
        agent[i] = '?';
      }
    }
    return new String(agent, StandardCharsets.US_ASCII);
  }

  /** Bitcoin Core, serialize.h: ReadCompactSize. */
  private static long readCompactSize(ByteBuf in) {
    int first = in.readUnsignedByte();
    int more = first == 0xfd ? 2 : first == 0xfe ? 4 : first == 0xff ? 8 : 0;
    if (in.readableBytes() < more) {
      throw new CorruptedFrameException("user-agent length: cut (expected: a compact size)");
    }
    return switch (more) {
      case 2 -> in.readUnsignedShortLE();
      case 4 -> in.readUnsignedIntLE();
      case 8 -> in.readLongLE();
      default -> first;
    };
  }

  private static void writeCompactSize(ByteBuf out, int size) {
    if (size < 0xfd) {
      out.writeByte(size);
    } else {
      out.writeByte(0xfd).writeShortLE(size);
    }
  }

  private static byte[] mapped(InetAddress address) {
    byte[] raw = address.getAddress();
    if (!(address instanceof Inet4Address)) {
      return raw;
    }
    byte[] mapped = new byte[16];
    mapped[10] = (byte) 0xff;
    mapped[11] = (byte) 0xff;
    System.arraycopy(raw, 0, mapped, 12, raw.length);
    return mapped;
  }

  private static InetAddress anyAddress() {
    try {
      return InetAddress.getByAddress(new byte[4]);
    } catch (java.net.UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }
}
