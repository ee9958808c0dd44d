package org.bgpannouncer.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.SpeakerConfig;
import org.bgpannouncer.doctor.Machine.Running;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig.Credentials;

/** What stands between the daemon and its router, and between it and the nodes' passwords. */
final class AnnouncerChecks {
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
        findings.ask(
            Check.HOLD_TIME,
            "neighbor " + entry.neighbor().name() + ": " + session.holdTime().toSeconds() + " s",
            () -> holdTime(entry));
        findings.ask(
            Check.GRACEFUL_RESTART,
            "neighbor " + entry.neighbor().name() + ": none",
            () -> gracefulRestart(entry));
      }
    } else if (site.speaker() instanceof SpeakerConfig.Bird bird) {
      BirdSessions.ask(
          machine,
          findings,
          Optional.of(bird.socket()),
          session -> bird.protocols().isEmpty() || bird.protocols().contains(session.protocol()),
          false,
          detectWithin);
    } else {
      new ExaBgpChecks(machine, remedy, site, name, exabgp, detectWithin).askAll(findings);
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

  private List<Finding> holdTime(SpeakerConfig.Embedded.Entry entry) {
    String neighbor = "neighbor " + entry.neighbor().name();
    int seconds = Math.toIntExact(entry.neighbor().peer().session().holdTime().toSeconds());
    String right = detectWithin.toSeconds() + "s";
    return isTooLong(seconds, detectWithin)
        ? List.of(
            holdTime(
                neighbor,
                seconds,
                detectWithin,
                siteFile(entry.holdTimeLine(), neighbor, "hold-time", right)))
        : List.of();
  }

  /** 0 is no hold timer at all. */
  static boolean isTooLong(int seconds, Duration detectWithin) {
    return seconds == 0 || seconds > detectWithin.toSeconds();
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

  private List<Finding> gracefulRestart(SpeakerConfig.Embedded.Entry entry) {
    return entry
        .neighbor()
        .peer()
        .session()
        .capabilities()
        .gracefulRestart()
        .map(
            restart ->
                List.of(
                    Finding.warning(
                        Check.GRACEFUL_RESTART,
                        "neighbor "
                            + entry.neighbor().name()
                            + ": "
                            + restart.restartSeconds()
                            + " s (expected: none)",
                        "The router keeps the routes of a dead announcer, whose nodes may be dead too (RFC"
                            + " 4724).",
                        siteFile(
                            entry.gracefulRestartLine(),
                            "neighbor " + entry.neighbor().name(),
                            "graceful-restart",
                            ""))))
        .orElse(List.of());
  }

  /**
   * Replaces a key's value where it stands, or takes the key away: other neighbors, and other
   * sites, have the same key.
   */
  private String siteFile(OptionalInt line, String neighbor, String key, String right) {
    String byHand =
        "# at "
            + neighbor
            + " in "
            + remedy.siteFile()
            + ": "
            + (right.isEmpty() ? "no " + key : key + ": " + right);
    if (line.isEmpty()) {
      return byHand;
    }
    try {
      String[] lines = machine.file(remedy.siteFile()).split("\n", -1);
      String text = lines[Math.min(line.getAsInt(), lines.length) - 1];
      if (text.split(key, -1).length != 2) { // of several neighbors on one line
        return byHand;
      }
    } catch (CannotTellException e) {
      return byHand;
    }
    String quote = "[\"']\\{0,1\\}";
    String before = key + quote + "[[:space:]]*:[[:space:]]*";
    String value = quote + "[0-9][0-9a-z]*" + quote;
    return Remedy.edit(
            remedy.siteFile(),
            line.getAsInt(),
            right.isEmpty()
                ? "s/" + quote + before + value + ",\\{0,1\\}[[:space:]]*//"
                : "s/\\(" + before + "\\)" + value + "/\\1" + right + "/")
        + " && announcer reload";
  }

  private static Path secret(Credentials credentials) {
    return credentials instanceof Credentials.CookieFile cookie
        ? cookie.file()
        : ((Credentials.UserAndPasswordFile) credentials).passwordFile();
  }

  private List<Finding> cookie(Path file) throws CannotTellException {
    Optional<Running> daemon =
        machine.running("org.bgpannouncer.cli.Main").or(() -> machine.running("exabgp"));
    Map<String, Object> found;
    try {
      found = Files.readAttributes(file, "unix:permissions,uid,gid");
    } catch (IOException e) {
      throw new CannotTellException(
          file + ": no such file, or in a folder that is closed to us (expected: a running node)");
    }
    String quoted = Remedy.quote(file.toString());
    String permissions = PosixFilePermissions.toString(permissions(found));
    String reader = daemon.map(each -> "uid " + each.uid()).orElse("us");
    boolean readable =
        daemon.isPresent() ? daemon.get().may(found, "READ") : Files.isReadable(file);
    if (!readable) {
      return List.of(
          Finding.problem(
              Check.COOKIE,
              file + ": " + permissions + ", not to be read by " + reader,
              "RPC cannot be asked: the announcer judges the node by its connections alone. bitcoind writes"
                  + " a cookie anew at each start: set rpccookieperms=group too (Core 28).",
              "chgrp "
                  + (daemon.isPresent()
                      ? String.valueOf(daemon.get().gid())
                      : machine.run("id", "-g").out().strip())
                  + " "
                  + quoted
                  + " && chmod g+r "
                  + quoted));
    }
    Optional<Path> closed = daemon.flatMap(each -> closed(file, each));
    if (closed.isPresent()) {
      return List.of(
          Finding.problem(
              Check.COOKIE,
              closed.get() + ": closed to " + reader + " (expected: open on the way to the cookie)",
              "RPC cannot be asked: the announcer judges the node by its connections alone.",
              "# put " + reader + " into the group of " + closed.get() + ", which may pass (g+x)"));
    }
    return permissions(found).contains(PosixFilePermission.OTHERS_READ)
        ? List.of(
            Finding.warning(
                Check.COOKIE,
                file + ": " + permissions + " (expected: nothing for others)",
                "Every user of this machine can stop the node, and spend from its wallet.",
                "chmod o= " + quoted))
        : List.of();
  }

  /** The first folder on the way that it may not pass. */
  private static Optional<Path> closed(Path file, Running reader) {
    for (Path folder = file.toAbsolutePath().getParent();
        folder != null;
        folder = folder.getParent()) {
      try {
        if (!reader.may(Files.readAttributes(folder, "unix:permissions,uid,gid"), "EXECUTE")) {
          return Optional.of(folder);
        }
      } catch (IOException e) {
        return Optional.of(folder);
      }
    }
    return Optional.empty();
  }

  static Set<PosixFilePermission> permissions(Map<String, Object> attributes) {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    if (attributes.get("permissions") instanceof Set<?> found) {
      found.forEach(each -> permissions.add((PosixFilePermission) each));
    }
    return permissions;
  }
}
