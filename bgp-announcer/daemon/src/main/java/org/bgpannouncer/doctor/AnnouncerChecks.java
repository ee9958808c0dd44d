package org.bgpannouncer.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.config.ConfigProblem;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.ExaBgpFile;
import org.bgpannouncer.config.SpeakerConfig;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig.Credentials;
import org.bgpannouncer.render.Target;

/** What stands between the daemon and its router, and between it and the nodes' passwords. */
final class AnnouncerChecks {
  private static final Pattern SECTION = Pattern.compile("^\\[(.+)]$");
  private static final Pattern ACK = Pattern.compile("^ack\\s*[=:]\\s*(\\S+)$");

  private final Machine machine;
  private final Remedy remedy;
  private final DaemonConfig site;
  private final String name;
  private final Path exabgp;
  private final Duration detectWithin;

  /**
   * @param name of the announcer's machine
   * @param exabgp ExaBGP's configuration
   * @param detectWithin how long a machine may be dead before its router withdraws its routes
   */
  AnnouncerChecks(
      Machine machine,
      Remedy remedy,
      DaemonConfig site,
      String name,
      Path exabgp,
      Duration detectWithin) {
    this.machine = machine;
    this.remedy = remedy;
    this.site = site;
    this.name = name;
    this.exabgp = exabgp;
    this.detectWithin = detectWithin;
  }

  void askAll(Findings findings) {
    if (site.speaker() instanceof SpeakerConfig.Embedded embedded) {
      for (SpeakerConfig.Embedded.Entry entry : embedded.neighbors()) {
        SessionConfig session = entry.neighbor().peer().session();
        String neighbor = "neighbor " + entry.neighbor().name();
        findings.ask(
            Check.HOLD_TIME,
            neighbor + ": " + session.holdTime().toSeconds() + " s",
            () ->
                holdTime(
                    neighbor,
                    session.holdTime(),
                    siteFile(
                        "s|hold-time: *[0-9a-z]+|hold-time: " + detectWithin.toSeconds() + "s|")));
        findings.ask(
            Check.GRACEFUL_RESTART, neighbor + ": none", () -> gracefulRestart(neighbor, session));
      }
    } else if (!(site.speaker() instanceof SpeakerConfig.Bird)) {
      findings.ask(Check.EXABGP, exabgp + " is as it should be", this::exabgpFile);
      findings.ask(Check.EXABGP_ACK, "on", this::acknowledgements);
    }
    for (HostConfig host : site.site().hosts()) {
      host.target()
          .rpc()
          .ifPresent(
              rpc ->
                  findings.ask(
                      Check.COOKIE,
                      secret(rpc.credentials()) + " is for us and not for everybody",
                      () -> cookie(secret(rpc.credentials()))));
    }
  }

  private List<Finding> holdTime(String neighbor, Duration found, String mend) {
    return !found.isZero() && found.compareTo(detectWithin) <= 0
        ? List.of()
        : List.of(holdTime(neighbor, Math.toIntExact(found.toSeconds()), detectWithin, mend));
  }

  static Finding holdTime(String session, int seconds, Duration expected, String mend) {
    return Finding.warning(
        Check.HOLD_TIME,
        session
            + ": "
            + (seconds == 0 ? "0, which is for ever" : seconds + " s")
            + " (expected: at most "
            + expected.toSeconds()
            + " s)",
        "When this machine loses power nobody says good-bye: its routes stay for that long, and clients"
            + " are sent into the dark (RFC 4271, 6.5).",
        mend);
  }

  private List<Finding> gracefulRestart(String neighbor, SessionConfig session) {
    return session
        .capabilities()
        .gracefulRestart()
        .map(
            restart ->
                List.of(
                    Finding.warning(
                        Check.GRACEFUL_RESTART,
                        neighbor + ": " + restart.restartSeconds() + " s (expected: none)",
                        "The router keeps the routes of a dead announcer, whose nodes may be dead too (RFC"
                            + " 4724).",
                        siteFile("s|graceful-restart: *[0-9a-z]+,? *||"))))
        .orElse(List.of());
  }

  private String siteFile(String expression) {
    return "sed -i -E "
        + Remedy.quote(expression)
        + " "
        + Remedy.quote(remedy.siteFile().toString())
        + " && announcer reload";
  }

  private List<Finding> exabgpFile() throws CannotTellException {
    ExaBgpFile file;
    try {
      file = ExaBgpFile.read(exabgp, List.of(site.site()));
    } catch (IOException e) {
      throw new CannotTellException(exabgp + ": cannot be read (expected: --exabgp FILE)");
    }
    String mend = renderExaBgp();
    List<Finding> bad = new ArrayList<>();
    for (ConfigProblem problem : file.problems()) {
      bad.add(
          Finding.problem(
              Check.EXABGP,
              problem.toString(),
              "Over such an ExaBGP nothing is announced, or stays announced when it should not: docs/exabgp.md"
                  + " has each of its settings. Takes a reload of ExaBGP.",
              mend));
    }
    for (ExaBgpFile.Warning warning : file.warnings()) {
      warned(warning, mend).ifPresent(bad::add);
    }
    file.holdSeconds()
        .forEach(
            (neighbor, seconds) ->
                bad.addAll(
                    holdTime(exabgp + " neighbor " + neighbor, Duration.ofSeconds(seconds), mend)));
    return bad;
  }

  private static Optional<Finding> warned(ExaBgpFile.Warning warning, String mend) {
    return switch (warning.about()) {
      case GRACEFUL_RESTART ->
          Optional.of(
              Finding.warning(
                  Check.GRACEFUL_RESTART,
                  warning.toString(),
                  "The router keeps the routes of a dead ExaBGP, whose nodes may be dead too (RFC 4724)."
                      + " Takes a reload of ExaBGP.",
                  mend));
      case ADJ_RIB_OUT ->
          Optional.of(
              Finding.warning(
                  Check.EXABGP,
                  warning.toString(),
                  "After a loss of the session, or a ROUTE-REFRESH, the router does not hear our routes"
                      + " again before they change. Takes a reload of ExaBGP.",
                  mend));
      case OWN_AS -> Optional.empty(); // the router's business, and rendered for it
    };
  }

  private String renderExaBgp() {
    if (site.deployment().router().isEmpty() || site.deployment().announcers().isEmpty()) {
      return "# announcer render needs `announcers` and `router` in the site file; by hand: docs/exabgp.md";
    }
    String written = Remedy.quote(exabgp + ".new");
    return remedy.render(exabgpTarget(), name)
        + " >"
        + written
        + " && mv "
        + written
        + " "
        + Remedy.quote(exabgp.toString());
  }

  private Target exabgpTarget() {
    try {
      return machine.run("exabgp", "--version").out().contains(" 5.")
          ? Target.EXABGP5
          : Target.EXABGP4;
    } catch (CannotTellException e) {
      return Target.EXABGP4;
    }
  }

  /** ExaBGP's environment, an INI file beside its configuration; the default is on. */
  private List<Finding> acknowledgements() throws CannotTellException {
    Path file = exabgp.resolveSibling("exabgp.env");
    if (!Files.exists(file)) {
      return List.of();
    }
    String section = "";
    int number = 0;
    for (String raw : machine.file(file).split("\n", -1)) {
      number++;
      String line = raw.strip();
      Matcher header = SECTION.matcher(line);
      Matcher ack = ACK.matcher(line);
      if (header.matches()) {
        section = header.group(1);
      } else if (section.equals("exabgp.api")
          && ack.matches()
          && !Set.of("true", "1", "yes", "on", "enable").contains(ack.group(1))) {
        return List.of(
            Finding.problem(
                Check.EXABGP_ACK,
                file + ":" + number + " " + line + " (expected: ack = true)",
                "Without answers the announcer cannot know whether a route is told: it announces nothing."
                    + " Takes a restart of ExaBGP.",
                Remedy.line(file, raw, "ack = true")));
      }
    }
    return List.of();
  }

  private static Path secret(Credentials credentials) {
    return credentials instanceof Credentials.CookieFile cookie
        ? cookie.file()
        : ((Credentials.UserAndPasswordFile) credentials).passwordFile();
  }

  private List<Finding> cookie(Path file) throws CannotTellException {
    if (!Files.exists(file)) {
      throw new CannotTellException(
          file + ": no such file, or in a folder that is closed to us (expected: a running node)");
    }
    Set<PosixFilePermission> permissions;
    try {
      permissions = Files.getPosixFilePermissions(file);
    } catch (IOException e) {
      throw new CannotTellException(file + ": " + e.getMessage());
    }
    String quoted = Remedy.quote(file.toString());
    if (!Files.isReadable(file)) {
      return List.of(
          Finding.problem(
              Check.COOKIE,
              file + ": " + PosixFilePermissions.toString(permissions) + ", not to be read by us",
              "RPC cannot be asked: the announcer judges the node by its connections alone. bitcoind writes"
                  + " a cookie anew at each start: set rpccookieperms=group too (Core 28).",
              "chgrp "
                  + machine.run("id", "-g").out().strip()
                  + " "
                  + quoted
                  + " && chmod g+r "
                  + quoted));
    }
    return permissions.contains(PosixFilePermission.OTHERS_READ)
        ? List.of(
            Finding.warning(
                Check.COOKIE,
                file
                    + ": "
                    + PosixFilePermissions.toString(permissions)
                    + " (expected: nothing for others)",
                "Every user of this machine can stop the node, and spend from its wallet.",
                "chmod o= " + quoted))
        : List.of();
  }
}
