package org.bgpannouncer.bgp.wire;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Optional;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.Capability;
import org.bgpannouncer.bgp.Capability.AddPath;
import org.bgpannouncer.bgp.Capability.ExtendedNextHop;
import org.bgpannouncer.bgp.Capability.GracefulRestart;

/**
 * The values of capabilities (RFC 5492 section 4). One that we know with a value that it cannot
 * have is carried along unread: no document has the session end for it.
 */
final class CapabilityCodec {
  /** RFC 4724 section 3: the most significant bit. */
  private static final int RESTART_STATE = 0x8000;

  /** RFC 8538 section 2: the second most significant bit. */
  private static final int NOTIFICATION = 0x4000;

  /** RFC 4724 section 3: twelve bits. */
  private static final int RESTART_TIME = 0x0fff;

  /** RFC 4724 section 3: the most significant bit of a family's flags. */
  private static final int FORWARDING_STATE = 0x80;

  private CapabilityCodec() {}

  static Capability read(int code, ByteBuf value) {
    ByteBuf rest = value.duplicate();
    Optional<Capability> known = readKnown(code, rest);
    // What is left over belongs to a form that we do not know.
    return known
        .filter(read -> !rest.isReadable())
        .orElseGet(
            () ->
                new Capability.Other(code, NotificationCodec.octets(value, value.readableBytes())));
  }

  private static Optional<Capability> readKnown(int code, ByteBuf value) {
    int length = value.readableBytes();
    return switch (code) {
      case Capability.MULTIPROTOCOL ->
          length == 4 ? Optional.of(multiprotocol(value)) : Optional.empty();
      case Capability.ROUTE_REFRESH -> Optional.of(new Capability.RouteRefresh());
      case Capability.EXTENDED_NEXT_HOP ->
          length % 6 == 0 ? extendedNextHop(value) : Optional.empty();
      case Capability.EXTENDED_MESSAGE -> Optional.of(new Capability.ExtendedMessage());
      case Capability.ROLE ->
          length == 1
              ? Optional.of(new Capability.Role(value.readUnsignedByte()))
              : Optional.empty();
      case Capability.GRACEFUL_RESTART ->
          length >= 2 && length % 4 == 2 ? Optional.of(gracefulRestart(value)) : Optional.empty();
      case Capability.FOUR_OCTET_AS ->
          length == 4
              ? Optional.of(new Capability.FourOctetAs(value.readUnsignedInt()))
              : Optional.empty();
      case Capability.ADD_PATH -> length % 4 == 0 ? addPath(value) : Optional.empty();
      case Capability.ENHANCED_ROUTE_REFRESH -> Optional.of(new Capability.EnhancedRouteRefresh());
      default -> Optional.empty();
    };
  }

  // RFC 4760 section 8: AFI 2, reserved 1 and ignored, SAFI 1.
  private static Capability multiprotocol(ByteBuf value) {
    int afi = value.readUnsignedShort();
    value.skipBytes(1);
    return new Capability.Multiprotocol(new AddressFamily(afi, value.readUnsignedByte()));
  }

  // RFC 8950 section 4: AFI 2, SAFI 2, AFI of the next hop 2. A SAFI has one octet elsewhere.
  private static Optional<Capability> extendedNextHop(ByteBuf value) {
    ArrayList<ExtendedNextHop.Encoding> encodings = new ArrayList<>();
    while (value.isReadable()) {
      int afi = value.readUnsignedShort();
      int safi = value.readUnsignedShort();
      if (safi > 255) {
        return Optional.empty();
      }
      encodings.add(
          new ExtendedNextHop.Encoding(new AddressFamily(afi, safi), value.readUnsignedShort()));
    }
    return Optional.of(new ExtendedNextHop(encodings));
  }

  // RFC 4724 section 3: flags and time 2, then AFI 2, SAFI 1, flags 1 a family.
  private static Capability gracefulRestart(ByteBuf value) {
    int head = value.readUnsignedShort();
    ArrayList<GracefulRestart.Forwarding> families = new ArrayList<>();
    while (value.isReadable()) {
      AddressFamily family = family(value);
      boolean preserved = (value.readUnsignedByte() & FORWARDING_STATE) != 0;
      families.add(new GracefulRestart.Forwarding(family, preserved));
    }
    return new GracefulRestart(
        (head & RESTART_STATE) != 0, (head & NOTIFICATION) != 0, head & RESTART_TIME, families);
  }

  // RFC 7911 section 4: AFI 2, SAFI 1, Send/Receive 1; with another value it is not understood.
  private static Optional<Capability> addPath(ByteBuf value) {
    ArrayList<AddPath.PathFamily> families = new ArrayList<>();
    while (value.isReadable()) {
      AddressFamily family = family(value);
      Optional<AddPath.Direction> direction = AddPath.Direction.of(value.readUnsignedByte());
      if (direction.isEmpty()) {
        return Optional.empty();
      }
      families.add(new AddPath.PathFamily(family, direction.get()));
    }
    return Optional.of(new AddPath(families));
  }

  private static AddressFamily family(ByteBuf value) {
    return new AddressFamily(value.readUnsignedShort(), value.readUnsignedByte());
  }

  static void write(Capability capability, ByteBuf out) {
    if (capability instanceof Capability.Multiprotocol multiprotocol) {
      AddressFamily family = multiprotocol.family();
      out.writeShort(family.afi()).writeByte(0).writeByte(family.safi());
    } else if (capability instanceof ExtendedNextHop nextHop) {
      for (ExtendedNextHop.Encoding each : nextHop.encodings()) {
        out.writeShort(each.family().afi())
            .writeShort(each.family().safi())
            .writeShort(each.nextHopAfi());
      }
    } else if (capability instanceof Capability.Role role) {
      out.writeByte(role.value());
    } else if (capability instanceof GracefulRestart restart) {
      int flags =
          (restart.restarted() ? RESTART_STATE : 0) | (restart.notification() ? NOTIFICATION : 0);
      out.writeShort(flags | restart.restartSeconds());
      for (GracefulRestart.Forwarding each : restart.families()) {
        write(each.family(), out);
        out.writeByte(each.preserved() ? FORWARDING_STATE : 0);
      }
    } else if (capability instanceof Capability.FourOctetAs four) {
      out.writeInt((int) four.as());
    } else if (capability instanceof AddPath addPath) {
      for (AddPath.PathFamily each : addPath.families()) {
        write(each.family(), out);
        out.writeByte(each.direction().value());
      }
    } else if (capability instanceof Capability.Other other) {
      out.writeBytes(other.value().toBytes());
    }
  }

  private static void write(AddressFamily family, ByteBuf out) {
    out.writeShort(family.afi()).writeByte(family.safi());
  }
}
