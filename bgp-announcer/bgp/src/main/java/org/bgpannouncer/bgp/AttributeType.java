package org.bgpannouncer.bgp;

import java.util.Arrays;
import java.util.Optional;
import org.bgpannouncer.bgp.PathAttribute.AsPath;
import org.bgpannouncer.bgp.PathAttribute.AtomicAggregate;
import org.bgpannouncer.bgp.PathAttribute.Communities;
import org.bgpannouncer.bgp.PathAttribute.LargeCommunities;
import org.bgpannouncer.bgp.PathAttribute.LocalPreference;
import org.bgpannouncer.bgp.PathAttribute.Med;
import org.bgpannouncer.bgp.PathAttribute.MpReach;
import org.bgpannouncer.bgp.PathAttribute.MpUnreach;
import org.bgpannouncer.bgp.PathAttribute.NextHopAddress;
import org.bgpannouncer.bgp.PathAttribute.Origin;

/**
 * The path attributes that we read, one row each: type code, what holds it, the flags it must
 * carry, and what is done with the UPDATE when it is malformed (RFC 7606). Any other attribute is
 * carried along unread.
 */
public enum AttributeType {
  /** RFC 4271 section 5.1.1; malformed: RFC 7606 section 7.1. */
  ORIGIN(1, Origin.class, Flags.WELL_KNOWN, ErrorAction.TREAT_AS_WITHDRAW),
  /** RFC 4271 section 5.1.2; malformed: RFC 7606 section 7.2. */
  AS_PATH(2, AsPath.class, Flags.WELL_KNOWN, ErrorAction.TREAT_AS_WITHDRAW),
  /** RFC 4271 section 5.1.3; malformed: RFC 7606 section 7.3. */
  NEXT_HOP(3, NextHopAddress.class, Flags.WELL_KNOWN, ErrorAction.TREAT_AS_WITHDRAW),
  /** RFC 4271 section 5.1.4; malformed: RFC 7606 section 7.4. */
  MULTI_EXIT_DISC(4, Med.class, Flags.OPTIONAL, ErrorAction.TREAT_AS_WITHDRAW),
  /** RFC 4271 section 5.1.5; malformed: RFC 7606 section 7.5, as within an AS. */
  LOCAL_PREF(5, LocalPreference.class, Flags.WELL_KNOWN, ErrorAction.TREAT_AS_WITHDRAW),
  /** RFC 4271 section 5.1.6; malformed: RFC 7606 section 7.6. */
  ATOMIC_AGGREGATE(6, AtomicAggregate.class, Flags.WELL_KNOWN, ErrorAction.ATTRIBUTE_DISCARD),
  /** RFC 1997; malformed: RFC 7606 section 7.8. */
  COMMUNITIES(8, Communities.class, Flags.OPTIONAL_TRANSITIVE, ErrorAction.TREAT_AS_WITHDRAW),
  /** RFC 4760 section 3; malformed: RFC 7606 section 7.11. */
  MP_REACH_NLRI(14, MpReach.class, Flags.OPTIONAL, ErrorAction.SESSION_RESET),
  /** RFC 4760 section 4; malformed: RFC 7606 section 7.12. */
  MP_UNREACH_NLRI(15, MpUnreach.class, Flags.OPTIONAL, ErrorAction.SESSION_RESET),
  /** RFC 8092 section 3; malformed: section 5. */
  LARGE_COMMUNITIES(
      32, LargeCommunities.class, Flags.OPTIONAL_TRANSITIVE, ErrorAction.TREAT_AS_WITHDRAW);

  private final int code;
  private final Class<? extends PathAttribute> kind;
  private final int flags;
  private final ErrorAction whenMalformed;

  AttributeType(
      int code, Class<? extends PathAttribute> kind, int flags, ErrorAction whenMalformed) {
    this.code = code;
    this.kind = kind;
    this.flags = flags;
    this.whenMalformed = whenMalformed;
  }

  /** The type with this code; empty for one that we do not read. */
  public static Optional<AttributeType> of(int code) {
    for (AttributeType type : values()) {
      if (type.code == code) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** The row of an attribute that we read; {@link PathAttribute.Other} has none. */
  static AttributeType of(PathAttribute attribute) {
    return Arrays.stream(values())
        .filter(type -> type.kind.isInstance(attribute))
        .findFirst()
        .orElseThrow();
  }

  /** The type code. */
  public int code() {
    return code;
  }

  /** The Optional and Transitive bits that the attribute must carry. */
  public int flags() {
    return flags;
  }

  /** What is done when it is malformed. */
  public ErrorAction whenMalformed() {
    return whenMalformed;
  }

  /** Attribute flags (RFC 4271 section 4.3). */
  public static final class Flags {
    /** The attribute need not be known to everyone. */
    public static final int OPTIONAL = 0x80;

    /** Who does not know it passes it on. */
    public static final int TRANSITIVE = 0x40;

    /** Someone on the way did not know it. */
    public static final int PARTIAL = 0x20;

    /** The length field has two octets. */
    public static final int EXTENDED_LENGTH = 0x10;

    static final int WELL_KNOWN = TRANSITIVE;
    static final int OPTIONAL_TRANSITIVE = OPTIONAL | TRANSITIVE;

    private Flags() {}
  }

  /** What becomes of an UPDATE with a malformed attribute (RFC 7606 section 2), mildest first. */
  public enum ErrorAction {
    /** The attribute is dropped, the routes stand. */
    ATTRIBUTE_DISCARD,
    /** The routes of the UPDATE are taken as withdrawn. */
    TREAT_AS_WITHDRAW,
    /** The routes cannot be told: NOTIFICATION, and the session ends. */
    SESSION_RESET
  }
}
