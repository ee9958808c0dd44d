package org.bgpannouncer.bgp.wire;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.Capability;
import org.bgpannouncer.bgp.Octets;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.route.IpAddress;

/**
 * OPEN (RFC 4271 section 4.2) with its capabilities (RFC 5492 section 4), in the extended form
 * where they need more than 255 octets (RFC 9072).
 */
final class OpenCodec {
  /** RFC 5492 section 4. */
  private static final int CAPABILITIES_PARAMETER = 2;

  /** RFC 9072 section 2: as a length and as a type, that two octets of length follow. */
  private static final int EXTENDED_LENGTH = 255;

  private OpenCodec() {}

  static OpenMessage read(ByteBuf body) {
    int version = body.readUnsignedByte();
    if (version != OpenMessage.VERSION) {
      // RFC 4271 section 6.2: the data is the version we speak, in two octets.
      throw new WireException(
          BgpError.UNSUPPORTED_VERSION,
          Octets.of((byte) 0, (byte) OpenMessage.VERSION),
          "version: " + version + " (expected: " + OpenMessage.VERSION + ")");
    }
    int myAs = body.readUnsignedShort();
    int holdTimeSeconds = body.readUnsignedShort();
    IpAddress routerId = PrefixCodec.readIpv4(body);
    ArrayList<Capability> capabilities = new ArrayList<>();
    readParameters(body, capabilities);
    return new OpenMessage(myAs, holdTimeSeconds, routerId, capabilities);
  }

  private static void readParameters(ByteBuf body, List<Capability> capabilities) {
    int length = body.readUnsignedByte();
    // RFC 9072 section 2: the type says so; the length of one octet is not 0, and else ignored.
    boolean extended =
        length != 0
            && body.isReadable()
            && body.getUnsignedByte(body.readerIndex()) == EXTENDED_LENGTH;
    if (extended) {
      body.skipBytes(1);
      length = readLength(body, "extended optional parameters length", true);
    }
    if (length != body.readableBytes()) {
      throw malformed("optional parameters length", length, body.readableBytes());
    }
    while (body.isReadable()) {
      readParameter(body, extended, capabilities);
    }
  }

  private static void readParameter(ByteBuf in, boolean extended, List<Capability> capabilities) {
    int type = in.readUnsignedByte();
    if (type != CAPABILITIES_PARAMETER) {
      throw new WireException(
          BgpError.UNSUPPORTED_OPTIONAL_PARAMETER,
          "optional parameter: " + type + " (expected: " + CAPABILITIES_PARAMETER + ")");
    }
    ByteBuf parameter = readCounted(in, "parameter length", extended);
    while (parameter.isReadable()) {
      int code = parameter.readUnsignedByte();
      capabilities.add(
          CapabilityCodec.read(code, readCounted(parameter, "capability length", false)));
    }
  }

  private static ByteBuf readCounted(ByteBuf in, String name, boolean extended) {
    int length = readLength(in, name, extended);
    if (length > in.readableBytes()) {
      throw malformed(name, length, in.readableBytes());
    }
    return in.readSlice(length);
  }

  private static int readLength(ByteBuf in, String name, boolean extended) {
    if (in.readableBytes() < (extended ? 2 : 1)) {
      throw malformed(name, 0, 0);
    }
    return extended ? in.readUnsignedShort() : in.readUnsignedByte();
  }

  private static WireException malformed(String name, int found, int available) {
    return new WireException(
        BgpError.OPEN_UNSPECIFIC, name + ": " + found + " (expected: " + available + " present)");
  }

  static void write(OpenMessage message, ByteBuf out) {
    out.writeByte(OpenMessage.VERSION)
        .writeShort(message.myAs())
        .writeShort(message.holdTimeSeconds());
    PrefixCodec.writeAddress(message.routerId(), out);
    int start = out.writerIndex();
    out.writeByte(0);
    writeParameters(message.capabilities(), out, false);
    int length = out.writerIndex() - start - 1;
    if (length <= 255) {
      out.setByte(start, length);
      return;
    }
    out.writerIndex(start);
    out.writeByte(EXTENDED_LENGTH).writeByte(EXTENDED_LENGTH).writeShort(0);
    writeParameters(message.capabilities(), out, true);
    out.setShort(start + 2, out.writerIndex() - start - 4);
  }

  // One capability a parameter: every implementation reads that (RFC 5492 section 4 allows either).
  private static void writeParameters(
      List<Capability> capabilities, ByteBuf out, boolean extended) {
    for (Capability capability : capabilities) {
      out.writeByte(CAPABILITIES_PARAMETER);
      int lengthIndex = out.writerIndex();
      if (extended) {
        out.writeShort(0);
      } else {
        out.writeByte(0);
      }
      out.writeByte(capability.code()).writeByte(0);
      int valueIndex = out.writerIndex();
      CapabilityCodec.write(capability, out);
      int length = out.writerIndex() - valueIndex;
      out.setByte(valueIndex - 1, length);
      if (extended) {
        out.setShort(lengthIndex, length + 2);
      } else {
        // Beyond an octet, this is for nothing: all of them are beyond it too.
        out.setByte(lengthIndex, length + 2);
      }
    }
  }
}
