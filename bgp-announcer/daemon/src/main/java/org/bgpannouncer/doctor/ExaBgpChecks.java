package org.bgpannouncer.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bgpannouncer.config.ConfigProblem;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.ExaBgpFile;
import org.bgpannouncer.doctor.Machine.Running;
import org.bgpannouncer.render.RenderedFile;
import org.bgpannouncer.render.Renderer;
import org.bgpannouncer.render.Target;

/** ExaBGP between the daemon and its router: its configuration and its environment. */
final class ExaBgpChecks {
  private static final String MISSING = "missing";
  private static final String RELOAD = " Takes a reload of ExaBGP.";

  /** Where 4.2 looks, in a distribution's package; the first that is there is read. */
  private static final List<Path> ENVIRONMENTS =
      List.of(Path.of("/usr/etc/exabgp/exabgp.env"), Path.of("/etc/exabgp/exabgp.env"));

  private static final Pattern SECTION = Pattern.compile("^\\[(.+)]$");

  /** As Python's ConfigParser reads it: a comment is on a line of its own. */
  private static final Pattern ACK =
      Pattern.compile("^(ack)\\s*[=:]\\s*(.*)$", Pattern.CASE_INSENSITIVE);

  private static final Set<String> ON = Set.of("1", "yes", "on", "enable", "true");

  private final Machine machine;
  private final Remedy remedy;
  private final DaemonConfig site;
  private final String name;
  private final Path file;
  private final Duration detectWithin;

  /**
   * @param name of the announcer's machine
   * @param file ExaBGP's configuration
   * @param detectWithin how long a machine may be dead before its router withdraws its routes
   */
  ExaBgpChecks(
      Machine machine,
      Remedy remedy,
      DaemonConfig site,
      String name,
      Path file,
      Duration detectWithin) {
    this.machine = machine;
    this.remedy = remedy;
    this.site = site;
    this.name = name;
    this.file = file;
    this.detectWithin = detectWithin;
  }

  void askAll(Findings findings) {
    findings.ask(Check.EXABGP, file + " is as it should be", this::configuration);
    findings.ask(Check.EXABGP_ACK, "on", this::acknowledgements);
  }

  private List<Finding> configuration() throws CannotTellException {
    ExaBgpFile read;
    try {
      read = ExaBgpFile.read(file, List.of(site.site()));
    } catch (IOException e) {
      throw new CannotTellException(file + ": cannot be read (expected: --exabgp FILE)");
    }
    List<Finding> bad = new ArrayList<>();
    for (ConfigProblem problem : read.problems()) {
      if (problem.path().equals("process") && !read.programs().isEmpty()) {
        // A script of the operator's that starts it has any name.
        throw new CannotTellException(
            file
                + ": run "
                + read.programs().get(0)
                + ", which may be the announcer or not (expected: announcer in its path)");
      }
      bad.add(
          Finding.problem(
              Check.EXABGP,
              problem.toString(),
              "Over such an ExaBGP nothing is announced, or stays announced when it should not:"
                  + " docs/exabgp.md has each of its settings."
                  + RELOAD,
              mend(problem)));
    }
    for (ExaBgpFile.Warning warning : read.warnings()) {
      warned(warning).ifPresent(bad::add);
    }
    read.holdTimes()
        .forEach(
            (neighbor, found) -> {
              if (AnnouncerChecks.isTooLong(found.seconds(), detectWithin)) {
                bad.add(
                    AnnouncerChecks.holdTime(
                        file + " neighbor " + neighbor,
                        found.seconds(),
                        detectWithin,
                        found.line().isPresent()
                            ? value(
                                found.line().getAsInt(),
                                "hold-time",
                                String.valueOf(found.seconds()),
                                String.valueOf(detectWithin.toSeconds()))
                            : "# in neighbor "
                                + neighbor
                                + " of "
                                + file
                                + ": hold-time "
                                + detectWithin.toSeconds()
                                + ";"));
              }
            });
    return bad;
  }

  private String mend(ConfigProblem problem) {
    String keyword = problem.path().substring(problem.path().lastIndexOf('.') + 1);
    String right = keyword.equals("encoder") ? "json" : "true";
    boolean hasWrongValue =
        Set.of("respawn", "encoder", "ack").contains(keyword)
            && !problem.value().equals(MISSING)
            && problem.value().matches("[a-z]+");
    return hasWrongValue ? value(problem.line(), keyword, problem.value(), right) : replaceWhole();
  }

  private Optional<Finding> warned(ExaBgpFile.Warning warning) {
    return switch (warning.about()) {
      case GRACEFUL_RESTART ->
          Optional.of(
              Finding.warning(
                  Check.GRACEFUL_RESTART,
                  warning.toString(),
                  "The router keeps the routes of a dead ExaBGP, whose nodes may be dead too (RFC 4724)."
                      + RELOAD,
                  value(warning.line(), "graceful-restart", warning.value(), "disable")));
      case ADJ_RIB_OUT ->
          Optional.of(
              Finding.warning(
                  Check.EXABGP,
                  warning.toString(),
                  "After a loss of the session, or a ROUTE-REFRESH, the router does not hear our routes"
                      + " again before they change."
                      + RELOAD,
                  value(warning.line(), "adj-rib-out", warning.value(), "true")));
      case OWN_AS -> Optional.empty(); // the router's business, and rendered for it
    };
  }

  /** Sets one value where it stands. */
  private String value(int line, String keyword, String old, String right) {
    return Remedy.edit(
        file,
        line,
        "s/\\b\\("
            + keyword
            + "[[:space:]]\\{1,\\}\\)"
            + Remedy.literally(old)
            + "[[:space:]]*;/\\1"
            + right
            + ";/");
  }

  /** The rendered file in its place, where nothing of the operator's goes with it. */
  private String replaceWhole() {
    Target target = exabgpTarget();
    Optional<String> rendered = rendered(target);
    String render = remedy.render(target, name);
    String quoted = Remedy.quote(file.toString());
    if (rendered.isEmpty()) {
      return "# announcer render needs `announcers` and `router` in the site file; by hand:"
          + " docs/exabgp.md";
    }
    try {
      if (ExaBgpFile.saysNoMoreThan(file, rendered.get())) {
        String fresh = Remedy.quote(file + ".new");
        return render
            + " >"
            + fresh
            + " && cp -a "
            + quoted
            + " "
            + Remedy.quote(file + ".bak")
            + " && cat "
            + fresh
            + " >"
            + quoted
            + " && rm "
            + fresh;
      }
    } catch (IOException e) {
      // Then a person has to look at it all the more.
    }
    return "# the file has more than what is rendered, see what differs: "
        + render
        + " | diff "
        + quoted
        + " -";
  }

  private Optional<String> rendered(Target target) {
    try {
      return new Renderer()
          .render(target, site).stream()
              .filter(each -> each.machine().equals(name))
              .map(RenderedFile::text)
              .findFirst();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
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

  /** By the running ExaBGP's variables, else by its environment file; the default is on. */
  private List<Finding> acknowledgements() throws CannotTellException {
    Optional<Running> running = machine.running("exabgp");
    for (String variable : List.of("exabgp.api.ack", "exabgp_api_ack")) {
      Optional<String> value =
          running.flatMap(exabgp -> Optional.ofNullable(exabgp.environment().get(variable)));
      if (value.isPresent()) {
        return ON.contains(value.get().toLowerCase(Locale.ROOT))
            ? List.of()
            : off(
                "the running ExaBGP has " + variable + "=" + value.get(),
                "# start ExaBGP without " + variable + ": it is in its unit, or who starts it");
      }
    }
    List<Path> candidates = new ArrayList<>(ENVIRONMENTS);
    running
        .flatMap(exabgp -> Optional.ofNullable(exabgp.environment().get("EXABGP_ENVFILE")))
        .ifPresent(named -> candidates.add(0, Path.of(named)));
    Optional<Path> environment = candidates.stream().filter(Files::exists).findFirst();
    if (environment.isEmpty()) {
      if (running.isEmpty()) {
        throw new CannotTellException(
            "no ExaBGP runs here, and there is no " + ENVIRONMENTS.get(1) + " (expected: either)");
      }
      return List.of();
    }
    return acknowledgements(environment.get());
  }

  private List<Finding> acknowledgements(Path environment) throws CannotTellException {
    String section = "";
    int number = 0;
    for (String raw : machine.file(environment).split("\n", -1)) {
      number++;
      String line = raw.strip();
      Matcher header = SECTION.matcher(line);
      Matcher ack = ACK.matcher(line);
      if (header.matches()) {
        section = header.group(1);
      } else if (section.equals("exabgp.api") && ack.matches()) {
        String value = ack.group(2).strip().replaceAll("^['\"]+|['\"]+$", "");
        if (!ON.contains(value.toLowerCase(Locale.ROOT))) {
          return off(
              environment + ":" + number + " " + line,
              Remedy.edit(
                  environment,
                  number,
                  "s/^[[:space:]]*[Aa][Cc][Kk][[:space:]]*[=:].*/ack = true/"));
        }
      }
    }
    return List.of();
  }

  private static List<Finding> off(String found, String mend) {
    return List.of(
        Finding.problem(
            Check.EXABGP_ACK,
            found + " (expected: ack = true)",
            "Without answers the announcer cannot know whether a route is told: it announces nothing."
                + " Takes a restart of ExaBGP.",
            mend));
  }
}
