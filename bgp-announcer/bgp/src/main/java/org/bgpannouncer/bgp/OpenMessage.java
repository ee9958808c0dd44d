package org.bgpannouncer.bgp;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bgpannouncer.route.IpAddress;

/**
 * OPEN (RFC 4271 section 4.2) of version 4. The values are as they were sent: whether a session
 * accepts them is for the session to say.
 *
 * @param myAs the two-octet field; {@link #AS_TRANS} where the number needs four
 * @param holdTimeSeconds 0 to 65535
 * @param routerId the BGP Identifier, printed as an IPv4 address
 * @param capabilities in the order they were sent
 */
public record OpenMessage(
    int myAs, int holdTimeSeconds, IpAddress routerId, List<Capability> capabilities)
    implements BgpMessage {
  /** The only version there is (RFC 4271 section 4.2). */
  public static final int VERSION = 4;

  /** Stands in two octets for a number that needs four (RFC 6793 section 9). */
  public static final int AS_TRANS = 23456;

  /** Rejects what its fields cannot hold. */
  public OpenMessage {
    Ranges.require("my-as", myAs, 0, Ranges.MAX_UINT16);
    Ranges.require("hold-time", holdTimeSeconds, 0, Ranges.MAX_UINT16);
    if (!routerId.isIpv4()) {
      throw new IllegalArgumentException("router-id: " + routerId + " (expected: IPv4)");
    }
    capabilities = List.copyOf(capabilities);
  }

  /** An OPEN with the four-octet AS number and one multiprotocol capability per family. */
  public static OpenMessage of(
      long as, Duration holdTime, IpAddress routerId, Iterable<AddressFamily> families) {
    ArrayList<Capability> capabilities = new ArrayList<>();
    for (AddressFamily family : families) {
      capabilities.add(new Capability.Multiprotocol(family));
    }
    capabilities.add(new Capability.FourOctetAs(as));
    int myAs = as > Ranges.MAX_UINT16 ? AS_TRANS : (int) as;
    return new OpenMessage(myAs, Math.toIntExact(holdTime.toSeconds()), routerId, capabilities);
  }

  /** This OPEN with {@code more} capabilities behind those it has. */
  public OpenMessage with(List<? extends Capability> more) {
    ArrayList<Capability> all = new ArrayList<>(capabilities);
    all.addAll(more);
    return new OpenMessage(myAs, holdTimeSeconds, routerId, all);
  }

  /** The first capability of this kind. */
  public <C extends Capability> Optional<C> capability(Class<C> kind) {
    return capabilities.stream().filter(kind::isInstance).map(kind::cast).findFirst();
  }

  /** The sender's AS number: the four-octet one where it was sent (RFC 6793 section 4.1). */
  public long as() {
    return capability(Capability.FourOctetAs.class)
        .map(Capability.FourOctetAs::as)
        .orElse((long) myAs);
  }

  /** Whether the sender reads and writes four-octet AS numbers. */
  public boolean isFourOctetAs() {
    return capability(Capability.FourOctetAs.class).isPresent();
  }

  /** The families on offer; IPv4 unicast where none is named (RFC 4760 section 8). */
  public Set<AddressFamily> families() {
    LinkedHashSet<AddressFamily> families = new LinkedHashSet<>();
    for (Capability capability : capabilities) {
      if (capability instanceof Capability.Multiprotocol multiprotocol) {
        families.add(multiprotocol.family());
      }
    }
    return families.isEmpty() ? Set.of(AddressFamily.IPV4_UNICAST) : families;
  }

  @Override
  public MessageType type() {
    return MessageType.OPEN;
  }

  @Override
  public String toString() {
    return MessageText.of(this);
  }
}
