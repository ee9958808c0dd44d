package org.bgpannouncer.bgp;

import java.util.Optional;
import org.bgpannouncer.bgp.PathAttribute.Aggregator;
import org.bgpannouncer.bgp.PathAttribute.As4Aggregator;
import org.bgpannouncer.bgp.PathAttribute.As4Path;
import org.bgpannouncer.bgp.PathAttribute.AsPath;
import org.bgpannouncer.bgp.PathAttribute.AtomicAggregate;
import org.bgpannouncer.bgp.PathAttribute.ClusterList;
import org.bgpannouncer.bgp.PathAttribute.Communities;
import org.bgpannouncer.bgp.PathAttribute.ExtendedCommunities;
import org.bgpannouncer.bgp.PathAttribute.LargeCommunities;
import org.bgpannouncer.bgp.PathAttribute.LocalPreference;
import org.bgpannouncer.bgp.PathAttribute.Med;
import org.bgpannouncer.bgp.PathAttribute.MpReach;
import org.bgpannouncer.bgp.PathAttribute.MpUnreach;
import org.bgpannouncer.bgp.PathAttribute.NextHopAddress;
import org.bgpannouncer.bgp.PathAttribute.OnlyToCustomer;
import org.bgpannouncer.bgp.PathAttribute.Origin;
import org.bgpannouncer.bgp.PathAttribute.OriginatorId;

/**
 * The path attributes that we read, one row each: type code, what holds it, the flags it must
 * carry, and what is done with the UPDATE when it is malformed (RFC 7606). Any other attribute is
 * carried along unread.
 *
 * <p>Two documents that one may look for here have no row: RFC 5004 (avoid best path transitions)
 * is about the choice between routes and has nothing on the wire, and the IPv6 address specific
 * extended communities (RFC 5701) are carried along unread.
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
  /** RFC 4271 section 5.1.5; malformed, and heard from another AS: RFC 7606 section 7.5. */
  LOCAL_PREF(5, LocalPreference.class, Flags.WELL_KNOWN, ErrorAction.TREAT_AS_WITHDRAW, true),
  /** RFC 4271 section 5.1.6; malformed: RFC 7606 section 7.6. */
  ATOMIC_AGGREGATE(6, AtomicAggregate.class, Flags.WELL_KNOWN, ErrorAction.ATTRIBUTE_DISCARD),
  /** RFC 4271 section 5.1.7; malformed: RFC 7606 section 7.7. */
  AGGREGATOR(7, Aggregator.class, Flags.OPTIONAL_TRANSITIVE, ErrorAction.ATTRIBUTE_DISCARD),
  /** RFC 1997; malformed: RFC 7606 section 7.8. */
  COMMUNITIES(8, Communities.class, Flags.OPTIONAL_TRANSITIVE, ErrorAction.TREAT_AS_WITHDRAW),
  /** RFC 4456 section 8; malformed, and heard from another AS: RFC 7606 section 7.9. */
  ORIGINATOR_ID(9, OriginatorId.class, Flags.OPTIONAL, ErrorAction.TREAT_AS_WITHDRAW, true),
  /** RFC 4456 section 8; malformed, and heard from another AS: RFC 7606 section 7.10. */
  CLUSTER_LIST(10, ClusterList.class, Flags.OPTIONAL, ErrorAction.TREAT_AS_WITHDRAW, true),
  /** RFC 4760 section 3; malformed: RFC 7606 section 7.11. */
  MP_REACH_NLRI(14, MpReach.class, Flags.OPTIONAL, ErrorAction.SESSION_RESET),
  /** RFC 4760 section 4; malformed: RFC 7606 section 7.12. */
  MP_UNREACH_NLRI(15, MpUnreach.class, Flags.OPTIONAL, ErrorAction.SESSION_RESET),
  /** RFC 4360 section 2; malformed: RFC 7606 section 7.14. */
  EXTENDED_COMMUNITIES(
      16, ExtendedCommunities.class, Flags.OPTIONAL_TRANSITIVE, ErrorAction.TREAT_AS_WITHDRAW),
  /** RFC 6793 section 3; malformed: RFC 6793 section 6. */
  AS4_PATH(17, As4Path.class, Flags.OPTIONAL_TRANSITIVE, ErrorAction.ATTRIBUTE_DISCARD),
  /** RFC 6793 section 3; malformed: RFC 6793 section 6. */
  AS4_AGGREGATOR(18, As4Aggregator.class, Flags.OPTIONAL_TRANSITIVE, ErrorAction.ATTRIBUTE_DISCARD),
  /** RFC 8092 section 3; malformed: section 5. */
  LARGE_COMMUNITIES(
      32, LargeCommunities.class, Flags.OPTIONAL_TRANSITIVE, ErrorAction.TREAT_AS_WITHDRAW),
  /** RFC 9234 section 5, malformed too. */
  ONLY_TO_CUSTOMER(
      35, OnlyToCustomer.class, Flags.OPTIONAL_TRANSITIVE, ErrorAction.TREAT_AS_WITHDRAW);

  private static final AttributeType[] ALL = values();

  private final int code;
  private final Class<? extends PathAttribute> kind;
  private final int flags;
  private final ErrorAction whenMalformed;
  private final boolean internal;

  AttributeType(
      int code, Class<? extends PathAttribute> kind, int flags, ErrorAction whenMalformed) {
    this(code, kind, flags, whenMalformed, false);
  }

  AttributeType(
      int code,
      Class<? extends PathAttribute> kind,
      int flags,
      ErrorAction whenMalformed,
      boolean internal) {
    this.code = code;
    this.kind = kind;
    this.flags = flags;
    this.whenMalformed = whenMalformed;
    this.internal = internal;
  }

  /** The type with this code; empty for one that we do not read. */
  public static Optional<AttributeType> of(int code) {
    for (AttributeType type : ALL) {
      if (type.code == code) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** The row of an attribute that we read; empty for {@link PathAttribute.Other}. */
  public static Optional<AttributeType> of(PathAttribute attribute) {
    for (AttributeType type : ALL) {
      if (type.kind.isInstance(attribute)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
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

  /** Whether it is for peers of the same AS, and discarded when one of another AS sends it. */
  public boolean isInternal() {
    return internal;
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
