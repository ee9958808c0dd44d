package org.bgpannouncer.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bgpannouncer.announcement.Scope;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.route.Prefix;

/** What concerns every machine of the site: the registry's word on its prefixes, and the clock. */
final class SiteChecks {
  /** What chronyd calls its own clock, under {@code local stratum}. */
  private static final String LOCAL_REFERENCE = "7F7F0101";

  private final Machine machine;
  private final SiteConfig site;
  private final boolean hasRouter;
  private final Optional<Path> roaFile;

  /**
   * @param roaFile what rpki-client or Routinator writes as JSON, if there is one
   */
  SiteChecks(Machine machine, DaemonConfig site, Optional<Path> roaFile) {
    this.machine = machine;
    this.site = site.site();
    this.hasRouter = site.deployment().router().isPresent();
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
    Map<Prefix, Long> origins = new LinkedHashMap<>();
    for (ServiceConfig service : site.services()) {
      // The last of the path is who announces it first.
      List<Long> path = service.attributes().asPath();
      long origin = path.isEmpty() ? site.localAs() : path.get(path.size() - 1);
      for (Prefix prefix : service.prefixes()) {
        if (site.scopeOf(prefix) == Scope.GLOBAL) {
          origins.put(prefix, origin);
        }
      }
    }
    site.physicalRanges().forEach(range -> origins.putIfAbsent(range, site.localAs()));
    List<Roa> roas = read(roaFile.get(), origins.keySet());
    List<Finding> bad = new ArrayList<>();
    origins.forEach(
        (prefix, origin) -> {
          // Where the site file has no router, the range may be announced as a part of another.
          boolean announced = hasRouter || !site.physicalRanges().contains(prefix);
          judge(prefix, origin, roas, announced).ifPresent(bad::add);
        });
    return bad;
  }

  private static List<Roa> read(Path file, Set<Prefix> prefixes) throws CannotTellException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      return Roa.covering(prefixes, in);
    } catch (NoSuchFileException e) {
      throw new CannotTellException(file + ": no such file (expected: --roas FILE)");
    } catch (JsonProcessingException e) {
      throw new CannotTellException(file + ": " + e.getOriginalMessage() + " (expected: JSON)");
    } catch (IOException e) {
      throw new CannotTellException(file + ": " + e.getMessage() + " (expected: --roas FILE)");
    }
  }

  private static Optional<Finding> judge(
      Prefix prefix, long origin, List<Roa> roas, boolean announced) {
    String from = prefix + " from AS" + origin;
    String mend =
        "# at your registry: a ROA for AS"
            + origin
            + ", "
            + prefix
            + ", maximum length "
            + prefix.length();
    String invalid = from + ": invalid (expected: valid, RFC 6811)";
    String why =
        "Most of the large networks drop the route: the site is announced, and hardly anybody comes.";
    return switch (Roa.validate(prefix, origin, roas)) {
      case VALID -> Optional.empty();
      case INVALID ->
          Optional.of(
              announced
                  ? Finding.problem(Check.ROA, invalid, why, mend)
                  : Finding.warning(Check.ROA, invalid, why, mend));
      case NOT_FOUND ->
          Optional.of(
              Finding.warning(
                  Check.ROA,
                  from + ": no ROA covers it (expected: one)",
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
      // Its first field is what it follows, its last Normal, Insert second, Delete second or Not
      // synchronised; by 127.127.1.1 it follows nobody, and says Normal all the same.
      String[] fields = chrony.get().strip().split(",", -1);
      boolean alone = fields[0].equals(LOCAL_REFERENCE);
      if (!alone && !fields[fields.length - 1].equals("Not synchronised")) {
        return List.of();
      }
      return List.of(
          Finding.warning(
              Check.CLOCK,
              "chronyc tracking: "
                  + (alone ? "by its own clock alone" : "not synchronised")
                  + " (expected: by a server)",
              why,
              hasSources() ? "chronyc online" : "# a server or pool line in chrony.conf"));
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
                Check.CLOCK,
                "timedatectl: not synchronised (expected: by a server)",
                why,
                "timedatectl set-ntp true"));
  }

  private boolean hasSources() {
    return said("chronyc", "-n", "-c", "sources")
        .filter(sources -> sources.lines().anyMatch(line -> !line.startsWith("#,")))
        .isPresent();
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
