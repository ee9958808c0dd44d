package org.bgpannouncer.bgp.wire;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.Capability;
import org.bgpannouncer.bgp.Octets;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.route.IpAddress;

/** OPEN (RFC 4271 section 4.2) with its capabilities (RFC 5492 section 4). */
final class OpenCodec {
  /** RFC 5492 section 4. */
  private static final int CAPABILITIES_PARAMETER = 2;

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
    byte[] routerId = new byte[4];
    body.readBytes(routerId);
    int parametersLength = body.readUnsignedByte();
    if (parametersLength != body.readableBytes()) {
      throw malformed("optional parameters length", parametersLength, body.readableBytes());
    }
    ArrayList<Capability> capabilities = new ArrayList<>();
    while (body.isReadable()) {
      readParameter(body, capabilities);
    }
    return new OpenMessage(myAs, holdTimeSeconds, IpAddress.of(routerId), capabilities);
  }

  private static void readParameter(ByteBuf in, List<Capability> capabilities) {
    int type = in.readUnsignedByte();
    if (type != CAPABILITIES_PARAMETER) {
      throw new WireException(
          BgpError.UNSUPPORTED_OPTIONAL_PARAMETER,
          "optional parameter: " + type + " (expected: " + CAPABILITIES_PARAMETER + ")");
    }
    ByteBuf parameter = readCounted(in, "parameter length");
    while (parameter.isReadable()) {
      int code = parameter.readUnsignedByte();
      capabilities.add(capability(code, readCounted(parameter, "capability length")));
    }
  }

  private static ByteBuf readCounted(ByteBuf in, String name) {
    if (!in.isReadable()) {
      throw malformed(name, 0, 0);
    }
    int length = in.readUnsignedByte();
    if (length > in.readableBytes()) {
      throw malformed(name, length, in.readableBytes());
    }
    return in.readSlice(length);
  }

  private static WireException malformed(String name, int found, int available) {
    return new WireException(
        BgpError.OPEN_UNSPECIFIC, name + ": " + found + " (expected: " + available + " present)");
  }

  private static Capability capability(int code, ByteBuf value) {
    int length = value.readableBytes();
    if (code == Capability.MULTIPROTOCOL && length == 4 && value.getByte(2) == 0) {
      return new Capability.Multiprotocol(
          new AddressFamily(value.getUnsignedShort(0), value.getUnsignedByte(3)));
    }
    if (code == Capability.FOUR_OCTET_AS && length == 4) {
      return new Capability.FourOctetAs(value.getUnsignedInt(0));
    }
    return new Capability.Other(code, NotificationCodec.octets(value, length));
  }

  static void write(OpenMessage message, ByteBuf out) {
    out.writeByte(OpenMessage.VERSION)
        .writeShort(message.myAs())
        .writeShort(message.holdTimeSeconds())
        .writeBytes(message.routerId().toBytes());
    int lengthIndex = out.writerIndex();
    out.writeByte(0);
    for (Capability capability : message.capabilities()) {
      // One capability a parameter: every implementation reads that (RFC 5492 section 4 allows
      // either).
      out.writeByte(CAPABILITIES_PARAMETER);
      int parameterIndex = out.writerIndex();
      out.writeByte(0).writeByte(capability.code()).writeByte(0);
      writeValue(capability, out);
      int end = out.writerIndex();
      out.setByte(parameterIndex, requireOctet("parameter length", end - parameterIndex - 1));
      out.setByte(parameterIndex + 2, requireOctet("capability length", end - parameterIndex - 3));
    }
    out.setByte(
        lengthIndex,
        requireOctet("optional parameters length", out.writerIndex() - lengthIndex - 1));
  }

  private static void writeValue(Capability capability, ByteBuf out) {
    if (capability instanceof Capability.Multiprotocol multiprotocol) {
      AddressFamily family = multiprotocol.family();
      out.writeShort(family.afi()).writeByte(0).writeByte(family.safi());
    } else if (capability instanceof Capability.FourOctetAs four) {
      out.writeInt((int) four.as());
    } else if (capability instanceof Capability.Other other) {
      out.writeBytes(other.value().toBytes());
    }
  }

  private static int requireOctet(String name, int value) {
    if (value > 255) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: <= 255)");
    }
    return value;
  }
}
