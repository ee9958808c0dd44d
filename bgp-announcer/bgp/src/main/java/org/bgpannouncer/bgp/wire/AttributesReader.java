package org.bgpannouncer.bgp.wire;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bgpannouncer.bgp.Anomaly;
import org.bgpannouncer.bgp.AttributeType;
import org.bgpannouncer.bgp.AttributeType.ErrorAction;
import org.bgpannouncer.bgp.AttributeType.Flags;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.Octets;
import org.bgpannouncer.bgp.PathAttribute;

/** Reads the Path Attributes field of one UPDATE and keeps what was wrong with it (RFC 7606). */
final class AttributesReader {
  private final WireOptions options;
  private final List<PathAttribute> attributes = new ArrayList<>();
  private final List<Anomaly> anomalies = new ArrayList<>();
  private final Set<Integer> seen = new HashSet<>();

  AttributesReader(WireOptions options) {
    this.options = options;
  }

  /** Those that could be read, with AS numbers of four octets (RFC 6793 section 4.2.3). */
  List<PathAttribute> attributes() {
    return options.fourOctetAs() ? attributes : As4.merge(attributes);
  }

  List<Anomaly> anomalies() {
    return anomalies;
  }

  boolean isTreatAsWithdraw() {
    return anomalies.stream().anyMatch(a -> a.action() == ErrorAction.TREAT_AS_WITHDRAW);
  }

  void readAll(ByteBuf in) {
    while (in.isReadable()) {
      if (!readOne(in)) {
        return;
      }
    }
  }

  /** Whether reading can go on behind this attribute. */
  private boolean readOne(ByteBuf in) {
    if (in.readableBytes() < 3) {
      return overrun(0, "attribute header: " + in.readableBytes() + " (expected: 3 or more)");
    }
    int start = in.readerIndex();
    int flags = in.readUnsignedByte();
    int code = in.readUnsignedByte();
    boolean extended = (flags & Flags.EXTENDED_LENGTH) != 0;
    if (extended && in.readableBytes() < 2) {
      return overrun(code, "attribute header: " + 3 + " (expected: 4)");
    }
    int length = extended ? in.readUnsignedShort() : in.readUnsignedByte();
    if (length > in.readableBytes()) {
      return overrun(
          code, "attribute length: " + length + " (expected: at most " + in.readableBytes() + ")");
    }
    int headerLength = in.readerIndex() - start;
    ByteBuf whole = in.slice(start, headerLength + length);
    ByteBuf value = in.readSlice(length);
    if (!seen.add(code)) {
      repeated(code);
    } else {
      accept(flags, code, value, whole);
    }
    return true;
  }

  // RFC 7606 section 4: the fields around the attributes are intact, so the NLRI can be told. Of an
  // attribute with routes in it, they cannot (section 3 (j)).
  private boolean overrun(int code, String text) {
    if (carriesRoutes(code)) {
      throw new WireException(BgpError.MALFORMED_ATTRIBUTE_LIST, text);
    }
    seen.add(code);
    anomalies.add(new Anomaly(code, ErrorAction.TREAT_AS_WITHDRAW, text));
    return false;
  }

  // RFC 7606 section 3 (g).
  private void repeated(int code) {
    String text = "attribute: " + code + " (expected: each code once)";
    if (carriesRoutes(code)) {
      throw new WireException(BgpError.MALFORMED_ATTRIBUTE_LIST, text);
    }
    anomalies.add(new Anomaly(code, ErrorAction.ATTRIBUTE_DISCARD, text));
  }

  private static boolean carriesRoutes(int code) {
    return AttributeType.of(code)
        .filter(type -> type.whenMalformed() == ErrorAction.SESSION_RESET)
        .isPresent();
  }

  private void accept(int flags, int code, ByteBuf value, ByteBuf whole) {
    Optional<AttributeType> known = AttributeType.of(code);
    if (known.isEmpty()) {
      acceptUnknown(flags, code, value);
      return;
    }
    AttributeType type = known.get();
    if (isOutOfPlace(type)) {
      String text = type + ": sent (expected: not by this peer)";
      anomalies.add(new Anomaly(code, ErrorAction.ATTRIBUTE_DISCARD, text));
      return;
    }
    int significant = flags & (Flags.OPTIONAL | Flags.TRANSITIVE);
    if (significant != type.flags()) {
      // RFC 7606 section 3 (c).
      anomalies.add(
          new Anomaly(
              code,
              ErrorAction.TREAT_AS_WITHDRAW,
              "attribute flags: " + significant + " (expected: " + type.flags() + ")"));
    }
    try {
      attributes.add(AttributeReader.read(type, flags, value, options));
    } catch (IllegalArgumentException | WireException e) {
      malformed(type, String.valueOf(e.getMessage()), whole);
    }
  }

  /**
   * RFC 7606 sections 7.5, 7.9 and 7.10: from another AS, what is for peers within one. RFC 6793
   * section 4.1: from a peer with four octets, what stands for them with two.
   */
  private boolean isOutOfPlace(AttributeType type) {
    return switch (type) {
      case AS4_PATH, AS4_AGGREGATOR -> options.fourOctetAs();
      default -> type.isInternal() && options.external();
    };
  }

  // RFC 4271 section 6.3, softened by RFC 7606 section 3 (c): who claims to be well known and is
  // not known costs the routes.
  private void acceptUnknown(int flags, int code, ByteBuf value) {
    if ((flags & Flags.OPTIONAL) == 0) {
      anomalies.add(
          new Anomaly(
              code,
              ErrorAction.TREAT_AS_WITHDRAW,
              "attribute: " + code + " (expected: a well-known attribute)"));
    }
    attributes.add(AttributeReader.other(code, flags, value));
  }

  private void malformed(AttributeType type, String text, ByteBuf whole) {
    if (type.whenMalformed() == ErrorAction.SESSION_RESET) {
      Octets data = NotificationCodec.octets(whole, whole.readableBytes());
      throw new WireException(BgpError.OPTIONAL_ATTRIBUTE_ERROR, data, type + " " + text);
    }
    anomalies.add(new Anomaly(type.code(), type.whenMalformed(), type + " " + text));
  }

  /** RFC 4271 section 5.1 and RFC 7606 section 3 (d): routes need ORIGIN, AS_PATH and NEXT_HOP. */
  void requireMandatory(boolean hasNlri) {
    boolean hasReach = attributes.stream().anyMatch(PathAttribute.MpReach.class::isInstance);
    if (hasNlri || hasReach) {
      require(AttributeType.ORIGIN);
      require(AttributeType.AS_PATH);
    }
    if (hasNlri) {
      require(AttributeType.NEXT_HOP);
    }
  }

  /**
   * RFC 7606 section 5.2: an UPDATE with an error that costs the routes, and no route to be seen in
   * it, may have them where it could not be read. Only the end of the session makes them void.
   */
  void requireRoutes(boolean hasNlri) {
    boolean hasRoutes = hasNlri || seen.contains(AttributeType.MP_REACH_NLRI.code());
    boolean onlyWithdraws = seen.equals(Set.of(AttributeType.MP_UNREACH_NLRI.code()));
    if (hasRoutes || onlyWithdraws) {
      return;
    }
    anomalies.stream()
        .filter(a -> a.action() == ErrorAction.TREAT_AS_WITHDRAW)
        .findFirst()
        .ifPresent(
            anomaly -> {
              throw new WireException(BgpError.MALFORMED_ATTRIBUTE_LIST, anomaly.text());
            });
  }

  private void require(AttributeType type) {
    if (!seen.contains(type.code())) {
      anomalies.add(
          new Anomaly(
              type.code(), ErrorAction.TREAT_AS_WITHDRAW, type + ": missing (expected: present)"));
    }
  }
}
