package org.bgpannouncer.bgp.interop;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** The implementations that we meet, and what each has not. */
enum Kind {
  /** CZ.NIC's. */
  BIRD("BIRD"),
  /** FRRouting's bgpd. */
  FRR("FRR"),
  /** The one in Go, of OSRG. */
  GOBGP("GoBGP"),
  /** OpenBSD's, in its portable form. */
  OPENBGPD("OpenBGPD"),
  /** Exa Networks'. */
  EXABGP("ExaBGP");

  private final String title;

  Kind(String title) {
    this.title = title;
  }

  Implementation start(Settings settings) throws IOException {
    return switch (this) {
      case BIRD -> new Bird(settings);
      case FRR -> new Frr(settings);
      case GOBGP -> new GoBgp(settings);
      case OPENBGPD -> new OpenBgpd(settings);
      case EXABGP -> new ExaBgp(settings);
    };
  }

  String version(Path home) throws IOException {
    return switch (this) {
      case BIRD -> Bird.version(home);
      case FRR -> Frr.version(home);
      case GOBGP -> GoBgp.version(home);
      case OPENBGPD -> OpenBgpd.version(home);
      case EXABGP -> ExaBgp.version(home);
    };
  }

  /** Why no session with it has a feature. */
  Optional<String> lack(Feature feature) {
    if (feature == Feature.TWO_OCTET_AS && this == BIRD) {
      return Optional.of("`" + Bird.FOUR_OCTETS_ONLY + "`");
    }
    if (feature == Feature.TWO_OCTET_AS && this == GOBGP) {
      return Optional.of("always offers four octets");
    }
    boolean lacks =
        switch (feature) {
          case EXTENDED_MESSAGES -> this == GOBGP || this == OPENBGPD;
          case EXTENDED_NEXT_HOP -> this == OPENBGPD;
          case ROLES -> this == GOBGP || this == EXABGP;
          default -> false;
        };
    return lacks ? Optional.of("does not offer the capability") : Optional.empty();
  }

  /** What it does instead, which the scenario then shows. */
  Optional<String> lack(Scenario scenario) {
    if (this == GOBGP && scenario == Scenario.REFRESH) {
      return Optional.of("`softresetin` reads its own Adj-RIB-In again and asks nobody");
    }
    if (this == EXABGP && scenario == Scenario.SHUTDOWN) {
      return Optional.of("drops the routes, but `" + ExaBgp.SHUTDOWN_UNREADABLE + "`");
    }
    if (this == EXABGP && (scenario == Scenario.RESTART || scenario == Scenario.RESTART_TIME)) {
      return Optional.of("offers it, but keeps no routes: it says `down` at once");
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return title;
  }
}
