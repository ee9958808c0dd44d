package org.bgpannouncer.bgp.wire;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;

/**
 * Lists of prefixes: a length in bits, then as many octets as that takes (RFC 4271 section 4.3),
 * and before both a path identifier where that is agreed (RFC 7911 section 3).
 */
final class PrefixCodec {
  /** RFC 7911 section 3. */
  private static final int PATH_ID_LENGTH = 4;

  private PrefixCodec() {}

  /** The octets of an address of this family. */
  static int addressLength(AddressFamily family) {
    return family.equals(AddressFamily.IPV4_UNICAST) ? 4 : 16;
  }

  /** Reads prefixes of {@code family} until {@code in} ends. */
  static List<Nlri> read(ByteBuf in, AddressFamily family, boolean addPath) {
    boolean ipv4 = addressLength(family) == 4;
    ArrayList<Nlri> nlri = new ArrayList<>();
    while (in.isReadable()) {
      OptionalLong pathId = addPath ? OptionalLong.of(readPathId(in)) : OptionalLong.empty();
      nlri.add(new Nlri(readPrefix(in, ipv4), pathId));
    }
    return nlri;
  }

  private static long readPathId(ByteBuf in) {
    // With at least the length octet of the prefix behind it.
    if (in.readableBytes() <= PATH_ID_LENGTH) {
      throw new WireException(
          BgpError.INVALID_NETWORK_FIELD,
          "path identifier: " + in.readableBytes() + " octets (expected: 4 and a prefix)");
    }
    return in.readUnsignedInt();
  }

  private static Prefix readPrefix(ByteBuf in, boolean ipv4) {
    int bits = ipv4 ? 32 : 128;
    int length = in.readUnsignedByte();
    int octets = octets(length);
    if (length > bits || octets > in.readableBytes()) {
      throw new WireException(
          BgpError.INVALID_NETWORK_FIELD,
          "prefix length: "
              + length
              + " (expected: at most "
              + Math.min(bits, in.readableBytes() * 8)
              + ")");
    }
    long high = readWord(in, Math.min(length, 64));
    if (ipv4) {
      return new Prefix(IpAddress.ofIpv4((int) (high >>> 32)), length);
    }
    return new Prefix(IpAddress.ofIpv6(high, readWord(in, Math.max(0, length - 64))), length);
  }

  /** The next {@code bits} bits, 0 to 64, from the left of a word. */
  private static long readWord(ByteBuf in, int bits) {
    long word = 0;
    for (int shift = 56; shift > 56 - 8 * octets(bits); shift -= 8) {
      word |= (long) in.readUnsignedByte() << shift;
    }
    // RFC 4271 section 4.3: "the value of trailing bits is irrelevant".
    return bits == 0 ? 0 : word & (-1L << (64 - bits));
  }

  private static int octets(int bits) {
    return (bits + 7) / 8;
  }

  /** The octets that {@link #write} takes for one prefix. */
  static int length(Nlri nlri, boolean addPath) {
    return 1 + octets(nlri.prefix().length()) + (addPath ? PATH_ID_LENGTH : 0);
  }

  /**
   * Writes prefixes of one family. Who knows of no path identifiers has one path to a prefix, which
   * is as good as any as number 0; but where none can be written, one that is there must not get
   * lost.
   */
  static void write(List<Nlri> nlri, ByteBuf out, boolean addPath) {
    for (Nlri each : nlri) {
      if (addPath) {
        out.writeInt((int) each.pathId().orElse(0));
      } else if (each.pathId().isPresent()) {
        throw new IllegalArgumentException(
            "prefix: " + each + " (expected: no path identifier, none is agreed)");
      }
      writePrefix(each.prefix(), out);
    }
  }

  private static void writePrefix(Prefix prefix, ByteBuf out) {
    out.writeByte(prefix.length());
    int end = out.writerIndex() + octets(prefix.length());
    writeAddress(prefix.address(), out);
    out.writerIndex(end);
  }

  /** Writes all octets of an address. */
  static void writeAddress(IpAddress address, ByteBuf out) {
    if (address.isIpv4()) {
      out.writeInt((int) (address.highBits() >>> 32));
    } else {
      out.writeLong(address.highBits()).writeLong(address.lowBits());
    }
  }

  /** Reads an IPv4 address; the caller has checked that it is there. */
  static IpAddress readIpv4(ByteBuf in) {
    return IpAddress.ofIpv4(in.readInt());
  }

  /** Reads an IPv6 address; the caller has checked that it is there. */
  static IpAddress readIpv6(ByteBuf in) {
    return IpAddress.ofIpv6(in.readLong(), in.readLong());
  }
}
