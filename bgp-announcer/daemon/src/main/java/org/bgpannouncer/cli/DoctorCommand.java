package org.bgpannouncer.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.daemon.ExitCode;
import org.bgpannouncer.doctor.Doctor;
import org.bgpannouncer.doctor.Doctor.Diagnosis;
import org.bgpannouncer.doctor.Doctor.Examination;
import org.bgpannouncer.doctor.Finding;
import org.bgpannouncer.doctor.NoSuchMachineException;
import org.bgpannouncer.probe.PlainText;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code announcer doctor}. */
@Command(
    name = "doctor",
    description = {
      "Examines the machine it runs on against the site file: what does not fit, why that matters, the"
          + " command that mends it. Changes nothing.",
      "Exit code 1 if there is something to mend, or nothing could be checked."
    },
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
  /** Of a hold time, seconds (RFC 4271, 4.2). */
  private static final int FASTEST = 3;

  private static final int SLOWEST = 65535;

  @Spec private @Nullable CommandSpec spec;

  @Mixin private @Nullable SiteFileOptions siteFile;

  @Option(
      names = "--host",
      paramLabel = "H",
      description =
          "What the machine is: that of a host, an announcer, or the router, which is edge; may be repeated."
              + " Without it, the addresses tell.")
  private List<String> hosts = new ArrayList<>();

  @Option(
      names = "--bitcoin-conf",
      paramLabel = "FILE",
      description = "The node's bitcoin.conf; default: beside its cookie, or in /etc/bitcoin.")
  private @Nullable Path bitcoinConf;

  @Option(
      names = "--exabgp",
      paramLabel = "FILE",
      defaultValue = "/etc/exabgp/exabgp.conf",
      description = "ExaBGP's configuration; default: ${DEFAULT-VALUE}.")
  private Path exabgp = Path.of("/etc/exabgp/exabgp.conf");

  @Option(
      names = "--roas",
      paramLabel = "FILE",
      description = "Validated ROAs, as rpki-client or Routinator writes them in JSON.")
  private @Nullable Path roas;

  @Option(
      names = "--detect-within",
      paramLabel = "SECONDS",
      defaultValue = "9",
      description =
          "For how long a router may keep the routes of a machine without power; default:"
              + " ${DEFAULT-VALUE}.")
  private int detectWithin = 9;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    if (spec == null || siteFile == null) {
      throw new IllegalStateException("picocli fills both");
    }
    if (detectWithin < FASTEST || detectWithin > SLOWEST) {
      throw new ParameterException(
          spec.commandLine(),
          "--detect-within: "
              + detectWithin
              + " (expected: "
              + FASTEST
              + " to "
              + SLOWEST
              + ", as RFC 4271 has it)");
    }
    Optional<DaemonConfig> site = siteFile.read(spec.commandLine());
    if (site.isEmpty()) {
      return ExitCode.CONFIG.code();
    }
    Diagnosis diagnosis;
    try {
      diagnosis =
          Doctor.examine(
              new Examination(
                  siteFile.path(),
                  site.get(),
                  hosts,
                  Optional.ofNullable(bitcoinConf),
                  exabgp,
                  Optional.ofNullable(roas),
                  Duration.ofSeconds(detectWithin)));
    } catch (NoSuchMachineException e) {
      throw new ParameterException(spec.commandLine(), "--host: " + e.getMessage(), e);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(object(site.get(), diagnosis));
    } else {
      print(diagnosis, out);
    }
    return (diagnosis.isHealthy() ? ExitCode.OK : ExitCode.NO).code();
  }

  private static void print(Diagnosis diagnosis, PrintWriter out) {
    Table table = new Table("CHECK", "VERDICT", "FOUND");
    for (Finding finding : diagnosis.findings()) {
      table.row(finding.check().toString(), finding.verdict().toString(), finding.found());
    }
    table.print(out);
    for (Finding finding : diagnosis.findings()) {
      if (finding.verdict().isBad()) {
        out.println();
        out.println(PlainText.of(finding.check() + ": " + finding.found()));
        out.println("  why   " + PlainText.of(finding.why()));
        out.println("  mend  " + PlainText.of(finding.mend()));
      }
    }
  }

  private static ObjectNode object(DaemonConfig site, Diagnosis diagnosis) {
    ObjectNode object = new ObjectMapper().createObjectNode();
    object.put("site", site.site().site());
    ArrayNode roles = object.putArray("machine");
    diagnosis.roles().forEach(roles::add);
    ArrayNode findings = object.putArray("findings");
    for (Finding finding : diagnosis.findings()) {
      ObjectNode each = findings.addObject();
      each.put("check", finding.check().toString());
      each.put("verdict", finding.verdict().toString());
      each.put("found", finding.found());
      if (finding.verdict().isBad()) {
        each.put("why", finding.why());
        each.put("mend", finding.mend());
      }
    }
    return object;
  }
}
