package org.bgpannouncer.bgp;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What a speaker says in its OPEN that it can do (RFC 5492 section 4). */
public sealed interface Capability {
  /** Multiprotocol Extensions (RFC 4760 section 8). */
  int MULTIPROTOCOL = 1;

  /** Route Refresh (RFC 2918 section 2). */
  int ROUTE_REFRESH = 2;

  /** Extended Next Hop Encoding (RFC 8950 section 4). */
  int EXTENDED_NEXT_HOP = 5;

  /** BGP Extended Message (RFC 8654 section 3). */
  int EXTENDED_MESSAGE = 6;

  /** BGP Role (RFC 9234 section 4.1). */
  int ROLE = 9;

  /** Graceful Restart (RFC 4724 section 3). */
  int GRACEFUL_RESTART = 64;

  /** Four-octet AS numbers (RFC 6793 section 3). */
  int FOUR_OCTET_AS = 65;

  /** ADD-PATH (RFC 7911 section 4). */
  int ADD_PATH = 69;

  /** Enhanced Route Refresh (RFC 7313 section 3.1). */
  int ENHANCED_ROUTE_REFRESH = 70;

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

  /** ROUTE-REFRESH is answered. */
  record RouteRefresh() implements Capability {
    @Override
    public int code() {
      return ROUTE_REFRESH;
    }
  }

  /**
   * Routes of a family may have a next hop of another.
   *
   * @param encodings which may have which
   */
  record ExtendedNextHop(List<Encoding> encodings) implements Capability {
    /** IPv4 unicast routes with an IPv6 next hop. */
    public static final ExtendedNextHop IPV4_OVER_IPV6 =
        new ExtendedNextHop(
            List.of(new Encoding(AddressFamily.IPV4_UNICAST, AddressFamily.IPV6_UNICAST.afi())));

    /** Copies the encodings. */
    public ExtendedNextHop {
      encodings = List.copyOf(encodings);
      Ranges.require("encodings", encodings.size(), 0, 255 / 6);
    }

    @Override
    public int code() {
      return EXTENDED_NEXT_HOP;
    }

    /**
     * A family of routes and one of next hops.
     *
     * @param family of the routes
     * @param nextHopAfi the next hops' address family, 0 to 65535
     */
    public record Encoding(AddressFamily family, int nextHopAfi) {
      /** Rejects what its field cannot hold. */
      public Encoding {
        Ranges.require("afi", nextHopAfi, 0, Ranges.MAX_UINT16);
      }
    }
  }

  /** Messages beyond 4096 octets are read. */
  record ExtendedMessage() implements Capability {
    @Override
    public int code() {
      return EXTENDED_MESSAGE;
    }
  }

  /**
   * What the sender is to the receiver.
   *
   * @param value 0 to 255; that of a {@link BgpRole}, or one that no table has
   */
  record Role(int value) implements Capability {
    /** Rejects a value beyond an octet. */
    public Role {
      Ranges.require("role", value, 0, 255);
    }

    /** The capability of a sender with this role. */
    public static Role of(BgpRole role) {
      return new Role(role.value());
    }

    /** The role; empty for a value that has none. */
    public Optional<BgpRole> role() {
      return BgpRole.of(value);
    }

    @Override
    public int code() {
      return ROLE;
    }
  }

  /**
   * How the sender comes back, and how long it may take.
   *
   * @param restarted whether it has just restarted: the R bit (RFC 4724 section 3)
   * @param notification whether a NOTIFICATION is a restart too: the N bit (RFC 8538 section 2)
   * @param restartSeconds 0 to 4095
   * @param families those it restarts gracefully; none where it only helps others to
   */
  record GracefulRestart(
      boolean restarted, boolean notification, int restartSeconds, List<Forwarding> families)
      implements Capability {
    /** Rejects a time beyond twelve bits. */
    public GracefulRestart {
      Ranges.require("restart time", restartSeconds, 0, 4095);
      families = List.copyOf(families);
      Ranges.require("families", families.size(), 0, 253 / 4);
    }

    @Override
    public int code() {
      return GRACEFUL_RESTART;
    }

    /**
     * A family that restarts gracefully.
     *
     * @param family which
     * @param preserved whether forwarding went on through the latest restart: the F bit
     */
    public record Forwarding(AddressFamily family, boolean preserved) {}
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
   * Several paths to a prefix can be exchanged.
   *
   * @param families in which direction, family by family
   */
  record AddPath(List<PathFamily> families) implements Capability {
    /** Copies the families. */
    public AddPath {
      families = List.copyOf(families);
      Ranges.require("families", families.size(), 0, 255 / 4);
    }

    @Override
    public int code() {
      return ADD_PATH;
    }

    /**
     * A family with several paths to a prefix.
     *
     * @param family which
     * @param direction as the sender of the OPEN sees it
     */
    public record PathFamily(AddressFamily family, Direction direction) {}

    /** The Send/Receive field (RFC 7911 section 4). */
    public enum Direction {
      /** The sender is able to receive several paths. */
      RECEIVE(1),
      /** The sender is able to send several paths. */
      SEND(2),
      /** Both. */
      BOTH(3);

      private final int value;

      Direction(int value) {
        this.value = value;
      }

      /** The direction with this value on the wire. */
      public static Optional<Direction> of(int value) {
        return Arrays.stream(values()).filter(each -> each.value == value).findFirst();
      }

      /** The value on the wire. */
      public int value() {
        return value;
      }

      /** Whether the sender is able to receive several paths. */
      public boolean receives() {
        return this != SEND;
      }

      /** Whether the sender is able to send several paths. */
      public boolean sends() {
        return this != RECEIVE;
      }
    }
  }

  /** The beginning and the end of refreshed routes are marked. */
  record EnhancedRouteRefresh() implements Capability {
    @Override
    public int code() {
      return ENHANCED_ROUTE_REFRESH;
    }
  }

  /**
   * A capability that we do not use, or one we know with a value that it cannot have.
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
