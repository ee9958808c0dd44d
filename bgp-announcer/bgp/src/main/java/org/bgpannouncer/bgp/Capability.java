package org.bgpannouncer.bgp;

/** What a speaker says in its OPEN that it can do (RFC 5492 section 4). */
public sealed interface Capability {
  /** Multiprotocol Extensions (RFC 4760 section 8). */
  int MULTIPROTOCOL = 1;

  /** Four-octet AS numbers (RFC 6793 section 3). */
  int FOUR_OCTET_AS = 65;

  /** The capability code, 0 to 255. */
  int code();

  /**
   * Routes of one family can be exchanged.
   *
   * @param family the family
   */
  record Multiprotocol(AddressFamily family) implements Capability {
    @Override
    public int code() {
      return MULTIPROTOCOL;
    }
  }

  /**
   * AS numbers are four octets wide, and this is ours.
   *
   * @param as 0 to 4294967295; 0 is refused by the session, not here
   */
  record FourOctetAs(long as) implements Capability {
    /** Rejects numbers beyond 32 bits. */
    public FourOctetAs {
      Ranges.require("as", as, 0, Ranges.MAX_UINT32);
    }

    @Override
    public int code() {
      return FOUR_OCTET_AS;
    }
  }

  /**
   * A capability that we do not use, or one we know with a value of a length that it cannot have.
   *
   * @param code 0 to 255
   * @param value at most 255 octets
   */
  record Other(int code, Octets value) implements Capability {
    /** Rejects what its fields cannot hold. */
    public Other {
      Ranges.require("code", code, 0, 255);
      Ranges.require("length", value.length(), 0, 255);
    }
  }
}
