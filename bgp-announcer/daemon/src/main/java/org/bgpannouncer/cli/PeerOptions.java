package org.bgpannouncer.cli;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.config.Durations;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Prefix;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** What {@code peer} can be told. */
final class PeerOptions {
  private static final Pattern ENDPOINT =
      Pattern.compile("(\\[[0-9a-fA-F:.]+]|[0-9.]+):([0-9]{1,5})");

  /** Which of the two dials. */
  static final class Side {
    @Option(
        names = "--listen",
        paramLabel = "ADDR:PORT",
        required = true,
        description = "Let peers connect; port 0 takes a free one. IPv6 as [ADDR]:PORT.")
    private @Nullable String listen;

    @Option(
        names = "--connect",
        paramLabel = "ADDR:PORT",
        required = true,
        description = "Dial, and dial again when the session ends.")
    private @Nullable String connect;
  }

  @ArgGroup(exclusive = true, multiplicity = "1")
  private Side side = new Side();

  @Option(names = "--as", paramLabel = "AS", description = "Our AS number; default 65000.")
  private long as = 65000;

  @Option(
      names = "--peer-as",
      paramLabel = "AS",
      description = "The AS number the peer must have; default any.")
  private @Nullable Long peerAs;

  @Option(
      names = "--router-id",
      paramLabel = "ADDR",
      description = "Our BGP Identifier; default 192.0.2.254.")
  private String routerId = "192.0.2.254";

  @Option(
      names = "--hold-time",
      paramLabel = "SECONDS",
      description = "0, or 3 to 65535; default 90.")
  private int holdTimeSeconds = (int) SessionConfig.DEFAULT_HOLD_TIME.toSeconds();

  @Option(
      names = "--family",
      paramLabel = "ipv4|ipv6",
      description = "A family to offer; may be repeated; default both.")
  private List<String> families = new ArrayList<>();

  @Option(
      names = "--expect-announced",
      paramLabel = "PREFIX",
      description = "End with 0 when this was announced; may be repeated.")
  private List<String> announced = new ArrayList<>();

  @Option(
      names = "--expect-withdrawn",
      paramLabel = "PREFIX",
      description =
          "End with 0 when this was withdrawn, or was announced on a session that has ended; may"
              + " be repeated.")
  private List<String> withdrawn = new ArrayList<>();

  @Option(
      names = "--within",
      paramLabel = "TIME",
      description =
          "How long after the start all that is expected may take, e.g. 5s, 250ms, 2m; then the"
              + " exit code is 1. Default: for ever.")
  private @Nullable String within;

  /** Our side of every session. */
  SessionConfig session(CommandLine command) {
    try {
      SessionConfig any = SessionConfig.of(as, IpAddress.parse(routerId));
      return new SessionConfig(
          any.localAs(),
          peerAs == null ? OptionalLong.empty() : OptionalLong.of(peerAs),
          any.routerId(),
          Duration.ofSeconds(holdTimeSeconds),
          families.isEmpty()
              ? any.families()
              : families.stream().map(PeerOptions::family).distinct().toList());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command, String.valueOf(e.getMessage()), e);
    }
  }

  private static AddressFamily family(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "ipv4" -> AddressFamily.IPV4_UNICAST;
      case "ipv6" -> AddressFamily.IPV6_UNICAST;
      default ->
          throw new IllegalArgumentException("--family: " + text + " (expected: ipv4 or ipv6)");
    };
  }

  /** Where to listen; empty: we dial. */
  Optional<InetSocketAddress> listen(CommandLine command) {
    return endpoint(command, "--listen", side.listen, 0);
  }

  /** Whom to dial; empty: we listen. */
  Optional<InetSocketAddress> connect(CommandLine command) {
    return endpoint(command, "--connect", side.connect, 1);
  }

  private static Optional<InetSocketAddress> endpoint(
      CommandLine command, String option, @Nullable String text, int leastPort) {
    if (text == null) {
      return Optional.empty();
    }
    try {
      Matcher form = ENDPOINT.matcher(text);
      if (form.matches()) {
        int port = Integer.parseInt(form.group(2));
        if (port >= leastPort && port <= 65535) {
          IpAddress address = IpAddress.parse(form.group(1).replaceAll("[\\[\\]]", ""));
          return Optional.of(new InetSocketAddress(address.toInetAddress(), port));
        }
      }
    } catch (IllegalArgumentException e) {
      // Told below, with the whole form.
    }
    throw new ParameterException(
        command,
        option
            + ": "
            + text
            + " (expected: ADDR:PORT or [ADDR]:PORT, port "
            + leastPort
            + " to 65535)");
  }

  /** What must come. */
  PeerExpectations expectations(CommandLine command) {
    if (within != null && announced.isEmpty() && withdrawn.isEmpty()) {
      throw new ParameterException(
          command, "--within: alone (expected: with --expect-announced or --expect-withdrawn)");
    }
    return new PeerExpectations(
        prefixes(command, "--expect-announced", announced),
        prefixes(command, "--expect-withdrawn", withdrawn));
  }

  /** How long it may take to come. */
  Optional<Duration> within(CommandLine command) {
    if (within == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(Durations.parse(within));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          command, "--within: " + within + " (expected: a number with ms, s, m, h or d)", e);
    }
  }

  private static List<Prefix> prefixes(CommandLine command, String option, List<String> texts) {
    try {
      return texts.stream().map(Prefix::parse).toList();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command, option + ": " + e.getMessage(), e);
    }
  }
}
