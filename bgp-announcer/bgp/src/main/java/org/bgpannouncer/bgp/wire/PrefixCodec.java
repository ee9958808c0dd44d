package org.bgpannouncer.bgp.wire;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Prefix;

/** Lists of prefixes: a length in bits, then as many octets as that takes (RFC 4271 4.3). */
final class PrefixCodec {
  private PrefixCodec() {}

  /** Reads prefixes of {@code bits} bits until {@code in} ends. */
  static List<Prefix> read(ByteBuf in, int bits) {
    ArrayList<Prefix> prefixes = new ArrayList<>();
    while (in.isReadable()) {
      prefixes.add(readOne(in, bits));
    }
    return prefixes;
  }

  private static Prefix readOne(ByteBuf in, int bits) {
    int length = in.readUnsignedByte();
    int octets = (length + 7) / 8;
    if (length > bits || octets > in.readableBytes()) {
      throw new WireException(
          BgpError.INVALID_NETWORK_FIELD,
          "prefix length: "
              + length
              + " (expected: at most "
              + Math.min(bits, in.readableBytes() * 8)
              + ")");
    }
    byte[] address = new byte[bits / 8];
    in.readBytes(address, 0, octets);
    if (length % 8 != 0) {
      // RFC 4271 section 4.3: "the value of trailing bits is irrelevant".
      address[octets - 1] &= (byte) (0xff00 >> (length % 8));
    }
    return new Prefix(IpAddress.of(address), length);
  }

  static void write(List<Prefix> prefixes, ByteBuf out) {
    for (Prefix prefix : prefixes) {
      out.writeByte(prefix.length());
      out.writeBytes(prefix.address().toBytes(), 0, (prefix.length() + 7) / 8);
    }
  }
}
