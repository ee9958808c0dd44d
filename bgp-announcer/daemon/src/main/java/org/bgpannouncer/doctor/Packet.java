package org.bgpannouncer.doctor;

import java.util.Optional;
import java.util.Set;
import org.bgpannouncer.route.IpAddress;

/**
 * A TCP segment, as far as rules of a packet filter ask of it.
 *
 * @param flags as nft spells them, e.g. {@code syn}
 * @param state what conntrack calls it, unless it is told to leave it alone: {@code new}, {@code
 *     invalid}
 * @param in the interface it comes by; empty: it begins here
 * @param out the interface it leaves by; empty: it is for this machine
 * @param user whose process sends it
 * @param cgroup of that process, without a slash before it
 */
record Packet(
    IpAddress source,
    int sourcePort,
    IpAddress destination,
    int port,
    Set<String> flags,
    String state,
    Optional<String> in,
    Optional<String> out,
    Optional<Long> user,
    Optional<String> cgroup) {
  static final String SYN = "syn";
  static final String NEW = "new";
  static final String INVALID = "invalid";
  static final String UNTRACKED = "untracked";

  /** What a client's kernel says that it takes, where nobody has made that smaller. */
  static final int USUAL_MSS = 1460;

  /** Of the ports that a client's kernel chooses from. */
  private static final int EPHEMERAL = 50_000;

  Packet {
    flags = Set.copyOf(flags);
  }

  /** From somebody on the Internet of whom no rule knows more than that. */
  static Packet inbound(
      IpAddress client, IpAddress service, int port, String flag, String state, String device) {
    return new Packet(
        client,
        EPHEMERAL,
        service,
        port,
        Set.of(flag),
        state,
        Optional.of(device),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** What a process here begins. */
  static Packet outbound(
      IpAddress own,
      IpAddress peer,
      int port,
      String device,
      Optional<Long> user,
      Optional<String> cgroup) {
    return new Packet(
        own,
        EPHEMERAL,
        peer,
        port,
        Set.of(SYN),
        NEW,
        Optional.empty(),
        Optional.of(device),
        user,
        cgroup);
  }

  boolean isIpv4() {
    return destination.isIpv4();
  }

  Packet withState(String other) {
    return new Packet(source, sourcePort, destination, port, flags, other, in, out, user, cgroup);
  }
}
