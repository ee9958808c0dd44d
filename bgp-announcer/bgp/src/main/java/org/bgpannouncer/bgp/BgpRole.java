package org.bgpannouncer.bgp;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a speaker is to its eBGP neighbor (RFC 9234 section 4.1, Table 1). */
public enum BgpRole {
  /** Sells transit to the neighbor. */
  PROVIDER(0),
  /** A route server. */
  RS(1),
  /** A client of a route server. */
  RS_CLIENT(2),
  /** Buys transit from the neighbor. */
  CUSTOMER(3),
  /** Exchanges routes of its own and of its customers. */
  PEER(4);

  private final int value;

  BgpRole(int value) {
    this.value = value;
  }

  /** The role with this value on the wire. */
  public static Optional<BgpRole> of(int value) {
    return Arrays.stream(values()).filter(role -> role.value == value).findFirst();
  }

  /** The value on the wire. */
  public int value() {
    return value;
  }

  /** What the neighbor of one with this role must be (RFC 9234 section 4.2, Table 2). */
  public BgpRole counterpart() {
    return switch (this) {
      case PROVIDER -> CUSTOMER;
      case CUSTOMER -> PROVIDER;
      case RS -> RS_CLIENT;
      case RS_CLIENT -> RS;
      case PEER -> PEER;
    };
  }

  /** As configurations write it: {@code rs-client}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
