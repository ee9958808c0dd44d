package org.bgpannouncer.doctor;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.announcement.Scope;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.route.Prefix;

/** What concerns every machine of the site: the registry's word on its prefixes, and the clock. */
final class SiteChecks {
  private final Machine machine;
  private final SiteConfig site;
  private final Optional<Path> roaFile;

  /**
   * @param roaFile what rpki-client or Routinator writes as JSON, if there is one
   */
  SiteChecks(Machine machine, SiteConfig site, Optional<Path> roaFile) {
    this.machine = machine;
    this.site = site;
    this.roaFile = roaFile;
  }

  void askAll(Findings findings) {
    findings.ask(Check.ROA, "covers every prefix", this::roas);
    findings.ask(Check.CLOCK, "synchronised", this::clock);
  }

  private List<Finding> roas() throws CannotTellException {
    if (roaFile.isEmpty()) {
      throw new CannotTellException(
          "no file (expected: --roas FILE, of rpki-client or Routinator)");
    }
    Path file = roaFile.get();
    List<Roa> roas = Roa.parse(Machine.parse(file.toString(), machine.file(file)));
    List<Finding> bad = new ArrayList<>();
    for (ServiceConfig service : site.services()) {
      // The last of the path is who announces it first.
      List<Long> path = service.attributes().asPath();
      long origin = path.isEmpty() ? site.localAs() : path.get(path.size() - 1);
      for (Prefix prefix : service.prefixes()) {
        if (site.scopeOf(prefix) == Scope.GLOBAL) {
          judge(prefix, origin, roas).ifPresent(bad::add);
        }
      }
    }
    site.physicalRange().flatMap(range -> judge(range, site.localAs(), roas)).ifPresent(bad::add);
    return bad;
  }

  private static Optional<Finding> judge(Prefix prefix, long origin, List<Roa> roas) {
    String from = prefix + " from AS" + origin;
    String mend =
        "# at your registry: a ROA for AS"
            + origin
            + ", "
            + prefix
            + ", maximum length "
            + prefix.length();
    return switch (Roa.validate(prefix, origin, roas)) {
      case VALID -> Optional.empty();
      case INVALID ->
          Optional.of(
              Finding.problem(
                  Check.ROA,
                  from + ": invalid (RFC 6811)",
                  "Most of the large networks drop the route: the site is announced, and hardly anybody"
                      + " comes.",
                  mend));
      case NOT_FOUND ->
          Optional.of(
              Finding.warning(
                  Check.ROA,
                  from + ": no ROA covers it",
                  "Whoever announces it from another AS is believed as much as we are.",
                  mend));
    };
  }

  private List<Finding> clock() throws CannotTellException {
    String why =
        "A node's clock is compared with this one: both the skew that is told and the times in the logs"
            + " of all sites are wrong.";
    Optional<String> chrony = said("chronyc", "-n", "-c", "tracking");
    if (chrony.isPresent()) {
      // The last of its fields: Normal, Insert second, Delete second or Not synchronised.
      return chrony.get().strip().endsWith("Not synchronised")
          ? List.of(
              Finding.warning(
                  Check.CLOCK, "chronyc tracking: not synchronised", why, "chronyc online"))
          : List.of();
    }
    String systemd =
        said("timedatectl", "show", "--property=NTPSynchronized", "--value")
            .orElseThrow(
                () ->
                    new CannotTellException(
                        "neither chronyc nor timedatectl answers (expected: either)"));
    return systemd.strip().equals("yes")
        ? List.of()
        : List.of(
            Finding.warning(
                Check.CLOCK, "timedatectl: not synchronised", why, "timedatectl set-ntp true"));
  }

  private Optional<String> said(String... command) {
    try {
      return Optional.of(machine.run(command))
          .filter(answer -> answer.code() == 0)
          .map(Machine.Answer::out);
    } catch (CannotTellException e) {
      return Optional.empty();
    }
  }
}
