package org.bgpannouncer.doctor;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bgpannouncer.doctor.PacketFilter.Answer;
import org.bgpannouncer.doctor.PacketFilter.Chain;
import org.bgpannouncer.doctor.PacketFilter.End;
import org.bgpannouncer.doctor.PacketFilter.Hook;
import org.bgpannouncer.doctor.PacketFilter.Rule;
import org.bgpannouncer.doctor.PacketFilter.Step;
import org.bgpannouncer.doctor.PacketFilter.Test;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Prefix;

/**
 * Reads {@code iptables-save} and {@code ip6tables-save}: nft shows the same rules, and not what
 * they match.
 */
final class IptablesRuleset {
  private static final Pattern WORD = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"|(\\S+)");

  /** Of the chains that the kernel begins with (NF_IP_PRI_*). */
  private static final Map<String, Integer> PRIORITIES =
      Map.of("raw", -300, "mangle", -150, "filter", 0, "security", 50);

  private static final int BEFORE_ROUTING = -100;
  private static final int AFTER_ROUTING = 100;

  private static final Set<String> BUILT_IN =
      Set.of("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING");

  /** They say something and go on. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "LOG",
          "NFLOG",
          "TRACE",
          "AUDIT",
          "CONNMARK",
          "CONNSECMARK",
          "SECMARK",
          "SET",
          "TOS",
          "DSCP",
          "CLASSIFY",
          "CHECKSUM",
          "TTL",
          "HL",
          "RATEEST",
          "LED",
          "IDLETIMER",
          "TEE");

  private final String program;
  private final Map<String, List<Rule>> rules = new LinkedHashMap<>();
  private final Map<String, Boolean> policies = new LinkedHashMap<>();
  private String table = "";

  private IptablesRuleset(String program) {
    this.program = program;
  }

  /**
   * Reads what it printed.
   *
   * @param program {@code iptables} or {@code ip6tables}
   */
  static List<Chain> read(String program, String saved) {
    IptablesRuleset reader = new IptablesRuleset(program);
    saved.lines().forEach(reader::line);
    return reader.chains();
  }

  private void line(String line) {
    if (line.startsWith("*")) {
      table = line.substring(1).strip();
    } else if (line.startsWith(":")) {
      String[] words = line.substring(1).split(" ", 3);
      policies.put(table + " " + words[0], words.length > 1 && words[1].equals("DROP"));
    } else if (line.startsWith("-A ")) {
      List<String> words = words(line);
      rules
          .computeIfAbsent(table + " " + words.get(1), added -> new ArrayList<>())
          .add(
              new Rule(
                  program + " " + (table.equals("filter") ? "" : "-t " + table + " ") + line,
                  steps(words.subList(2, words.size()))));
    }
  }

  private List<Chain> chains() {
    List<Chain> chains = new ArrayList<>();
    policies.forEach(
        (key, drops) -> {
          String of = key.substring(0, key.indexOf(' '));
          String name = key.substring(key.indexOf(' ') + 1);
          Optional<Hook> hook =
              BUILT_IN.contains(name)
                  ? Optional.of(
                      new Hook(
                          name.toLowerCase(Locale.ROOT),
                          priority(of, name),
                          of.equals("nat"),
                          drops))
                  : Optional.empty();
          chains.add(new Chain(program + " " + of, name, hook, rules.getOrDefault(key, List.of())));
        });
    return chains;
  }

  private static int priority(String table, String chain) {
    return table.equals("nat")
        ? Set.of("PREROUTING", "OUTPUT").contains(chain) ? BEFORE_ROUTING : AFTER_ROUTING
        : PRIORITIES.getOrDefault(table, 0);
  }

  private static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    Matcher matcher = WORD.matcher(line);
    while (matcher.find()) {
      words.add(matcher.group(1) != null ? matcher.group(1) : matcher.group(2));
    }
    return words;
  }

  private List<Step> steps(List<String> words) {
    List<Step> steps = new ArrayList<>();
    int at = 0;
    while (at < words.size()) {
      boolean negated = words.get(at).equals("!");
      at += negated ? 1 : 0;
      String option = at < words.size() ? words.get(at) : "";
      at++;
      List<String> values = new ArrayList<>();
      while (at < words.size() && !words.get(at).startsWith("-") && !words.get(at).equals("!")) {
        values.add(words.get(at));
        at++;
      }
      if (option.equals("-j") || option.equals("-g")) {
        steps.addAll(target(option, values, words.subList(at, words.size())));
        return steps;
      }
      Test test = test(option, values);
      steps.add(new Step.If(negated ? (packet, mark) -> test.of(packet, mark).not() : test));
    }
    return steps;
  }

  private static Test test(String option, List<String> values) {
    String value = values.isEmpty() ? "" : values.get(0);
    return switch (option) {
      case "-s" -> (packet, mark) -> in(packet.source(), value);
      case "-d" -> (packet, mark) -> in(packet.destination(), value);
      case "-i" -> (packet, mark) -> device(packet.in(), value);
      case "-o" -> (packet, mark) -> device(packet.out(), value);
      case "-p" -> (packet, mark) -> Answer.of(Set.of("tcp", "6", "all").contains(value));
      case "-m", "--comment", "--limit", "--limit-burst" -> (packet, mark) -> Answer.YES;
      case "--sport", "--sports" -> (packet, mark) -> ports(packet.sourcePort(), value);
      case "--dport", "--dports" -> (packet, mark) -> ports(packet.port(), value);
      case "--tcp-flags" ->
          (packet, mark) -> {
            Set<String> kept = flags(value);
            kept.retainAll(packet.flags());
            return Answer.of(kept.equals(flags(values.size() > 1 ? values.get(1) : "")));
          };
      case "--ctstate", "--state" ->
          (packet, mark) -> Answer.of(flags(value).contains(packet.state()));
      case "--ctdir" ->
          (packet, mark) ->
              packet.state().equals(Packet.NEW)
                  ? Answer.of(value.equals("ORIGINAL"))
                  : Answer.MAYBE;
      case "--dst-type" ->
          (packet, mark) ->
              packet.in().isPresent() ? Answer.of(value.equals("LOCAL")) : Answer.MAYBE;
      case "--mss" ->
          (packet, mark) ->
              packet.flags().contains(Packet.SYN) ? ports(Packet.USUAL_MSS, value) : Answer.NO;
      case "--uid-owner" ->
          (packet, mark) ->
              packet
                  .user()
                  .map(user -> ports(user, value.replace('-', ':')))
                  .orElse(packet.in().isPresent() ? Answer.NO : Answer.MAYBE);
      case "--path" ->
          (packet, mark) ->
              packet.cgroup().map(path -> Answer.of(path.equals(value))).orElse(Answer.NO);
      case "--mark" -> (packet, mark) -> mark(mark, value);
      // A list of clients has not the one that nobody knows.
      case "--match-set" ->
          (packet, mark) ->
              values.size() > 1 && values.get(1).startsWith("src") ? Answer.NO : Answer.MAYBE;
      default -> (packet, mark) -> Answer.MAYBE;
    };
  }

  private static Answer in(IpAddress address, String range) {
    try {
      Prefix prefix =
          range.indexOf('/') < 0
              ? new Prefix(IpAddress.parse(range), address.bits())
              : Prefix.parse(range);
      return Answer.of(prefix.isIpv4() == address.isIpv4() && prefix.contains(address));
    } catch (IllegalArgumentException e) {
      return Answer.MAYBE;
    }
  }

  private static Answer device(Optional<String> device, String wanted) {
    return Answer.of(
        device
            .filter(
                found ->
                    wanted.endsWith("+")
                        ? found.startsWith(wanted.substring(0, wanted.length() - 1))
                        : found.equals(wanted))
            .isPresent());
  }

  /** {@code 22,80:90}. */
  private static Answer ports(long number, String list) {
    try {
      for (String part : list.split(",", -1)) {
        String[] ends = part.split(":", 2);
        long low = Long.parseLong(ends[0]);
        long high = ends.length > 1 ? Long.parseLong(ends[1]) : low;
        if (low <= number && number <= high) {
          return Answer.YES;
        }
      }
      return Answer.NO;
    } catch (NumberFormatException e) {
      return Answer.MAYBE;
    }
  }

  private static Answer mark(Optional<Long> mark, String wanted) {
    String[] parts = wanted.split("/", 2);
    try {
      long value = Long.decode(parts[0]);
      long mask = parts.length > 1 ? Long.decode(parts[1]) : 0xffffffffL;
      return mark.map(found -> Answer.of((found & mask) == value)).orElse(Answer.MAYBE);
    } catch (NumberFormatException e) {
      return Answer.MAYBE;
    }
  }

  /** {@code FIN,SYN} in nft's spelling. */
  private static Set<String> flags(String list) {
    return new HashSet<>(List.of(list.toLowerCase(Locale.ROOT).split(",", -1)));
  }

  private List<Step> target(String option, List<String> values, List<String> options) {
    String name = values.isEmpty() ? "" : values.get(0);
    if (policies.containsKey(table + " " + name)) {
      return List.of(new Step.Go(name, option.equals("-j")));
    }
    return switch (name) {
      case "ACCEPT" -> List.of(new Step.Stop(End.ACCEPT));
      case "DROP" -> List.of(new Step.Stop(End.DROP));
      case "RETURN" -> List.of(new Step.Stop(End.RETURN));
      case "REJECT" -> List.of(new Step.Stop(options.contains("tcp-reset") ? End.RESET : End.DROP));
      case "NOTRACK" -> List.of(new Step.Untrack());
      case "CT" -> options.contains("--notrack") ? List.of(new Step.Untrack()) : List.of();
      case "TCPMSS" ->
          after(options, "--set-mss")
              .flatMap(IptablesRuleset::set)
              .map(mss -> List.<Step>of(new Step.Clamp(Math.toIntExact(mss))))
              .orElse(List.of());
      case "MARK" ->
          List.of(new Step.Mark(after(options, "--set-xmark").flatMap(IptablesRuleset::set)));
      case "SNAT" ->
          List.of(
              new Step.Translate(after(options, "--to-source").flatMap(IptablesRuleset::source)));
      case "MASQUERADE", "NETMAP" -> List.of(new Step.Translate(Optional.empty()));
      default -> WITHOUT_EFFECT.contains(name) ? List.of() : List.of(new Step.Stop(End.DIVERT));
    };
  }

  private static Optional<String> after(List<String> options, String name) {
    int at = options.indexOf(name);
    return at >= 0 && at + 1 < options.size() ? Optional.of(options.get(at + 1)) : Optional.empty();
  }

  /** VALUE/MASK, whose mask clears first. */
  private static Optional<Long> set(String text) {
    String[] parts = text.split("/", 2);
    try {
      return parts.length < 2 || Long.decode(parts[1]) == 0xffffffffL
          ? Optional.of(Long.decode(parts[0]))
          : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Optional<IpAddress> source(String text) {
    try {
      return Optional.of(IpAddress.parse(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
