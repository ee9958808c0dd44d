package org.bgpannouncer.doctor;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.Deployment.AnnouncerMachine;
import org.bgpannouncer.config.EdgeRouter;
import org.bgpannouncer.config.EdgeRouter.Lan;
import org.bgpannouncer.doctor.Finding.Verdict;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.route.IpAddress;

/** Examines the machine that it runs on. Reads files and runs tools that only look. */
public final class Doctor {
  /** The machine that has the site file, where that does not say which announcers there are. */
  private static final String ANNOUNCER = "announcer";

  private final Examination examination;
  private final DaemonConfig site;
  private final Machine machine = new Machine();
  private final Findings findings = new Findings();
  private final List<String> roles = new ArrayList<>();

  /**
   * What is examined.
   *
   * @param siteFile where {@code site} stands
   * @param site what the machine should fit
   * @param as the names of a host's machine, an announcer or the router ({@link EdgeRouter#NAME})
   *     that the machine is; empty: found out by its addresses
   * @param bitcoinConf the node's bitcoin.conf; empty: beside its cookie, or in /etc/bitcoin
   * @param exabgp ExaBGP's configuration
   * @param roas the ROAs as rpki-client or Routinator writes them in JSON, if there are any
   * @param detectWithin the longest time for which a router may keep a dead machine's routes
   */
  public record Examination(
      Path siteFile,
      DaemonConfig site,
      List<String> as,
      Optional<Path> bitcoinConf,
      Path exabgp,
      Optional<Path> roas,
      Duration detectWithin) {
    /** Copies the list. */
    public Examination {
      as = List.copyOf(as);
    }
  }

  /**
   * What was found.
   *
   * @param roles what the machine is to the site: names as in {@link Examination#as}
   * @param findings the answers to all questions, in the order of a packet's way
   */
  public record Diagnosis(List<String> roles, List<Finding> findings) {
    /** Copies the lists. */
    public Diagnosis {
      roles = List.copyOf(roles);
      findings = List.copyOf(findings);
    }

    /** Whether there is nothing to mend; where nothing could be checked, nobody knows. */
    public boolean isHealthy() {
      return findings.stream().noneMatch(finding -> finding.verdict().isBad())
          && findings.stream().anyMatch(finding -> finding.verdict() == Verdict.OK);
    }
  }

  private Doctor(Examination examination) {
    this.examination = examination;
    this.site = examination.site();
  }

  /**
   * Examines the machine.
   *
   * @throws NoSuchMachineException if it is no machine of the site
   */
  public static Diagnosis examine(Examination examination) throws NoSuchMachineException {
    return new Doctor(examination).examine();
  }

  private Diagnosis examine() throws NoSuchMachineException {
    Remedy remedy = new Remedy(examination.siteFile(), site.site().site());
    site.deployment()
        .byMachine(site.site().hosts())
        .forEach(
            (name, hosts) -> {
              if (is(name, hosts.stream().map(HostConfig::address).toList())) {
                askHosts(remedy, name, hosts);
              }
            });
    site.deployment()
        .router()
        .filter(router -> is(EdgeRouter.NAME, router.lans().stream().map(Lan::address).toList()))
        .ifPresent(
            router ->
                new RouterChecks(machine, remedy, site, router, examination.detectWithin())
                    .askAll(findings));
    for (AnnouncerMachine announcer : site.deployment().announcers()) {
      if (is(announcer.name(), announcer.addresses())) {
        askAnnouncer(remedy, announcer.name());
      }
    }
    if (site.deployment().announcers().isEmpty() && is(ANNOUNCER, List.of())) {
      askAnnouncer(remedy, ANNOUNCER);
    }
    List<String> unknown = new ArrayList<>(examination.as());
    unknown.removeAll(roles);
    if (roles.isEmpty() || !unknown.isEmpty()) {
      throw new NoSuchMachineException(
          (unknown.isEmpty() ? "none of the addresses of this machine" : String.join(", ", unknown))
              + " (expected: one of "
              + String.join(", ", names())
              + ")");
    }
    new SiteChecks(machine, site, examination.roas()).askAll(findings);
    return new Diagnosis(roles, findings.all());
  }

  /** Those of one machine: each has addresses of its own, and all have one node. */
  private void askHosts(Remedy remedy, String name, List<HostConfig> hosts) {
    for (HostConfig host : hosts) {
      new HostChecks(machine, site, host).askAll(findings);
    }
    new FilterChecks(machine, remedy, site, name, hosts).askAll(findings);
    new NodeChecks(machine, site, hosts, examination.bitcoinConf()).askAll(findings);
  }

  private void askAnnouncer(Remedy remedy, String name) {
    new AnnouncerChecks(
            machine, remedy, site, name, examination.exabgp(), examination.detectWithin())
        .askAll(findings);
  }

  private boolean is(String name, List<IpAddress> addresses) {
    boolean is =
        examination.as().isEmpty()
            ? addresses.isEmpty() || addresses.stream().anyMatch(this::isHeld)
            : examination.as().contains(name);
    if (is) {
      roles.add(name);
    }
    return is;
  }

  private boolean isHeld(IpAddress address) {
    try {
      return machine.addresses().containsKey(address.toString());
    } catch (CannotTellException e) {
      return false;
    }
  }

  private List<String> names() {
    List<String> names = new ArrayList<>();
    names.addAll(site.deployment().byMachine(site.site().hosts()).keySet());
    site.deployment().announcers().forEach(announcer -> names.add(announcer.name()));
    if (site.deployment().announcers().isEmpty()) {
      names.add(ANNOUNCER);
    }
    site.deployment().router().ifPresent(router -> names.add(EdgeRouter.NAME));
    return names;
  }
}
