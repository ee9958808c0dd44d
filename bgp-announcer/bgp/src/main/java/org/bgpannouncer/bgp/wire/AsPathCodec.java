package org.bgpannouncer.bgp.wire;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.bgp.PathAttribute.AsPath;
import org.bgpannouncer.bgp.PathAttribute.Segment;
import org.bgpannouncer.bgp.PathAttribute.SegmentType;

/** Path segments (RFC 4271 section 4.3), with two or four octets a number (RFC 6793). */
final class AsPathCodec {
  private AsPathCodec() {}

  static AsPath read(ByteBuf value, int asBytes) {
    ArrayList<Segment> segments = new ArrayList<>();
    while (value.isReadable()) {
      AttributeReader.require(
          value.readableBytes() >= 2, "segment header", value.readableBytes(), "2 octets");
      int code = value.readUnsignedByte();
      SegmentType type =
          SegmentType.of(code)
              .orElseThrow(() -> AttributeReader.refused("segment type", code, "1 to 4"));
      int count = value.readUnsignedByte();
      AttributeReader.require(
          count * asBytes <= value.readableBytes(),
          "segment length",
          count,
          "at most " + value.readableBytes() / asBytes);
      ArrayList<Long> numbers = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        numbers.add(asBytes == 4 ? value.readUnsignedInt() : (long) value.readUnsignedShort());
      }
      segments.add(new Segment(type, numbers));
    }
    return new AsPath(segments);
  }

  static void write(AsPath path, ByteBuf out, int asBytes) {
    for (Segment segment : path.segments()) {
      out.writeByte(segment.type().value()).writeByte(segment.numbers().size());
      for (long as : segment.numbers()) {
        writeAs(as, out, asBytes);
      }
    }
  }

  /** With two octets, a larger number becomes AS_TRANS (RFC 6793 section 4.2.2). */
  static void writeAs(long as, ByteBuf out, int asBytes) {
    if (asBytes == 4) {
      out.writeInt((int) as);
    } else {
      out.writeShort(as > 0xffff ? OpenMessage.AS_TRANS : (int) as);
    }
  }
}
