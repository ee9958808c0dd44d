package org.bgpannouncer.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bgpannouncer.doctor.PacketFilter.Answer;
import org.bgpannouncer.doctor.PacketFilter.Chain;
import org.bgpannouncer.doctor.PacketFilter.End;
import org.bgpannouncer.doctor.PacketFilter.Hook;
import org.bgpannouncer.doctor.PacketFilter.Rule;
import org.bgpannouncer.doctor.PacketFilter.Step;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Prefix;

/** Reads {@code nft -j list ruleset} (libnftables-json(5)). */
final class NftRuleset {
  private static final String TCP = "tcp";
  private static final int IPPROTO_TCP = 6;

  /** What a rule may do without a word on where its packet goes. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of("counter", "log", "set", "map", "flow", "secmark", "ct helper", "ct timeout", "dup");

  /** A field's value in a packet: an address, a number, a word, a set of bits, a list of those. */
  private sealed interface Value {
    record Address(IpAddress address) implements Value {}

    record Count(long number) implements Value {}

    record Word(String word) implements Value {}

    record Bits(Set<String> names) implements Value {}

    record Several(List<Value> values) implements Value {}

    /** No packet like this has such a field. */
    record Absent() implements Value {}

    record Unknown() implements Value {}
  }

  private final Map<String, JsonNode> sets = new HashMap<>();
  private final Map<String, List<Rule>> rules = new LinkedHashMap<>();
  private final List<JsonNode> chains = new ArrayList<>();

  private NftRuleset() {}

  static List<Chain> read(JsonNode ruleset) {
    NftRuleset reader = new NftRuleset();
    for (JsonNode object : ruleset.path("nftables")) {
      for (String kind : List.of("set", "map")) {
        JsonNode set = object.path(kind);
        reader.sets.put(table(set) + " @" + set.path("name").asText(), set.path("elem"));
      }
      if (object.has("chain")) {
        reader.chains.add(object.path("chain"));
      }
    }
    for (JsonNode object : ruleset.path("nftables")) {
      if (object.has("rule")) {
        reader.readRule(object.path("rule"));
      }
    }
    return reader.chains.stream().map(reader::chain).toList();
  }

  private static String table(JsonNode of) {
    return of.path("family").asText() + " " + of.path("table").asText();
  }

  private Chain chain(JsonNode chain) {
    String name = chain.path("name").asText();
    Optional<Hook> hook =
        chain.has("hook")
            ? Optional.of(
                new Hook(
                    chain.path("hook").asText(),
                    chain.path("prio").asInt(),
                    chain.path("type").asText().equals("nat"),
                    chain.path("policy").asText().equals("drop")))
            : Optional.empty();
    return new Chain(
        table(chain), name, hook, rules.getOrDefault(table(chain) + " " + name, List.of()));
  }

  private void readRule(JsonNode rule) {
    String chain = table(rule) + " " + rule.path("chain").asText();
    String name = chain + " handle " + rule.path("handle").asText();
    List<Step> before = new ArrayList<>();
    List<Rule> read = rules.computeIfAbsent(chain, added -> new ArrayList<>());
    for (JsonNode statement : rule.path("expr")) {
      if (statement.has("vmap")) {
        // Its keys differ from each other: a rule for each is the same.
        JsonNode vmap = statement.path("vmap");
        for (JsonNode element : elements(vmap.path("data"), table(rule))) {
          List<Step> steps = new ArrayList<>(before);
          steps.add(compare("==", vmap.path("key"), element.path(0), table(rule)));
          steps.addAll(steps(element.path(1), table(rule)));
          read.add(new Rule(name, steps));
        }
      } else {
        before.addAll(steps(statement, table(rule)));
      }
    }
    read.add(new Rule(name, before));
  }

  private List<Step> steps(JsonNode statement, String table) {
    if (!statement.isObject() || statement.isEmpty()) {
      return List.of(unknown());
    }
    String kind = statement.fieldNames().next();
    JsonNode what = statement.path(kind);
    return switch (kind) {
      case "match" ->
          List.of(compare(what.path("op").asText(), what.path("left"), what.path("right"), table));
      case "accept" -> List.of(new Step.Stop(End.ACCEPT));
      case "drop" -> List.of(new Step.Stop(End.DROP));
      case "return" -> List.of(new Step.Stop(End.RETURN));
      case "continue" -> List.of();
      case "reject" ->
          List.of(
              new Step.Stop(what.path("type").asText().equals("tcp reset") ? End.RESET : End.DROP));
      case "jump", "goto" ->
          List.of(new Step.Go(what.path("target").asText(), kind.equals("jump")));
      case "notrack" -> List.of(new Step.Untrack());
      case "mangle" -> mangle(what);
      case "snat" -> List.of(new Step.Translate(address(what.path("addr"))));
      case "masquerade" -> List.of(new Step.Translate(Optional.empty()));
      case "dnat", "redirect", "tproxy", "queue", "synproxy", "fwd" ->
          List.of(new Step.Stop(End.DIVERT));
      // One of many packets is below the limit; "over" is for the others.
      case "limit", "ct count", "quota" ->
          what.isObject()
              ? List.of(new Step.If((packet, mark) -> Answer.of(!what.path("inv").asBoolean())))
              : List.of(unknown());
      default -> WITHOUT_EFFECT.contains(kind) ? List.of() : List.of(unknown());
    };
  }

  private static Step unknown() {
    return new Step.If((packet, mark) -> Answer.MAYBE);
  }

  private static Optional<IpAddress> address(JsonNode text) {
    try {
      return Optional.of(IpAddress.parse(text.asText()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static List<Step> mangle(JsonNode what) {
    JsonNode key = what.path("key");
    JsonNode value = what.path("value");
    if (key.path("tcp option").path("name").asText().equals("maxseg")) {
      // What is no number is "rt mtu", the link's.
      return value.isInt() ? List.of(new Step.Clamp(value.asInt())) : List.of();
    }
    if (key.path("meta").path("key").asText().equals("mark")) {
      return List.of(
          new Step.Mark(value.isIntegralNumber() ? Optional.of(value.asLong()) : Optional.empty()));
    }
    return List.of();
  }

  private JsonNode elements(JsonNode data, String table) {
    return data.isTextual()
        ? sets.getOrDefault(table + " " + data.asText(), data.path("none"))
        : data.path("set");
  }

  private Step compare(String op, JsonNode left, JsonNode right, String table) {
    return new Step.If(
        (packet, mark) -> {
          JsonNode what = left;
          Optional<JsonNode> mask = Optional.empty();
          if (left.has("&")) {
            what = left.path("&").path(0);
            mask = Optional.of(left.path("&").path(1));
          }
          Value value = masked(value(what, packet, mark), mask);
          if (value instanceof Value.Absent) {
            return Answer.NO;
          }
          Answer equal = matches(value, right, op, table);
          return op.equals("!=") || op.equals("!") ? equal.not() : equal;
        });
  }

  private static Value masked(Value value, Optional<JsonNode> mask) {
    if (mask.isEmpty()) {
      return value;
    }
    if (value instanceof Value.Bits bits) {
      Set<String> kept = new HashSet<>(bits.names());
      kept.retainAll(names(mask.get()));
      return new Value.Bits(kept);
    }
    if (value instanceof Value.Count number && mask.get().isIntegralNumber()) {
      return new Value.Count(number.number() & mask.get().asLong());
    }
    return new Value.Unknown();
  }

  /** Of {@code "syn"}, {@code ["syn", "ack"]} and {@code {"|": ["syn", "ack"]}}. */
  private static Set<String> names(JsonNode bits) {
    Set<String> names = new HashSet<>();
    if (bits.isTextual()) {
      names.add(bits.asText());
    }
    for (JsonNode each : bits) {
      names.addAll(names(each));
    }
    return names;
  }

  private Answer matches(Value value, JsonNode right, String op, String table) {
    if (right.isTextual() && right.asText().startsWith("@")) {
      JsonNode elements = sets.get(table + " " + right.asText());
      return elements == null ? Answer.MAYBE : any(value, elements, table);
    }
    if (right.has("set")) {
      return any(value, right.path("set"), table);
    }
    if (right.has("elem")) {
      return matches(value, right.path("elem").path("val"), op, table);
    }
    if (value instanceof Value.Unknown) {
      return Answer.MAYBE;
    }
    if (right.isBoolean()) { // exists, missing
      boolean exists = !(value instanceof Value.Bits bits && bits.names().isEmpty());
      return Answer.of(exists == right.asBoolean());
    }
    if (value instanceof Value.Several several) {
      Answer all = Answer.YES;
      for (int i = 0; i < several.values().size(); i++) {
        all = all.and(matches(several.values().get(i), right.path("concat").path(i), "==", table));
      }
      return all;
    }
    if (value instanceof Value.Bits bits) {
      Set<String> names = names(right);
      // "in" and "!" are for any of the bits, "==" and "!=" for all of them.
      boolean any = Set.of("in", "!").contains(op);
      return Answer.of(
          any ? names.stream().anyMatch(bits.names()::contains) : bits.names().equals(names));
    }
    if (value instanceof Value.Word word) {
      if (!right
          .isTextual()) { // what has no name; no protocol has, where there is no /etc/protocols
        return word.word().equals(TCP) ? ordered(new Value.Count(IPPROTO_TCP), right) : Answer.NO;
      }
      String wanted = right.asText();
      return Answer.of(
          wanted.endsWith("*")
              ? word.word().startsWith(wanted.substring(0, wanted.length() - 1))
              : word.word().equals(wanted));
    }
    return ordered(value, right);
  }

  private Answer any(Value value, JsonNode elements, String table) {
    Answer any = Answer.NO;
    for (JsonNode element : elements) {
      // Of a map: its key.
      JsonNode key = element.isArray() ? element.path(0) : element;
      any = any.not().and(matches(value, key, "==", table).not()).not();
    }
    return any;
  }

  /** Addresses and numbers: alone, or in a range or a prefix. */
  private static Answer ordered(Value value, JsonNode right) {
    try {
      JsonNode range = right.path("range");
      if (value instanceof Value.Count number) {
        long low = (range.isArray() ? range.path(0) : right).asLong(-1);
        long high = (range.isArray() ? range.path(1) : right).asLong(-1);
        return low < 0 || high < 0
            ? Answer.MAYBE
            : Answer.of(low <= number.number() && number.number() <= high);
      }
      IpAddress address = ((Value.Address) value).address();
      if (right.has("prefix")) {
        JsonNode prefix = right.path("prefix");
        return Answer.of(
            new Prefix(IpAddress.parse(prefix.path("addr").asText()), prefix.path("len").asInt())
                .contains(address));
      }
      IpAddress low = IpAddress.parse((range.isArray() ? range.path(0) : right).asText());
      IpAddress high = IpAddress.parse((range.isArray() ? range.path(1) : right).asText());
      return Answer.of(low.compareTo(address) <= 0 && address.compareTo(high) <= 0);
    } catch (IllegalArgumentException e) {
      return Answer.MAYBE;
    }
  }

  private static Value value(JsonNode left, Packet packet, Optional<Long> mark) {
    if (left.has("concat")) {
      List<Value> values = new ArrayList<>();
      left.path("concat").forEach(each -> values.add(value(each, packet, mark)));
      return values.stream().anyMatch(Value.Absent.class::isInstance)
          ? new Value.Absent()
          : new Value.Several(values);
    }
    if (!left.isObject() || left.isEmpty()) {
      return new Value.Unknown();
    }
    String kind = left.fieldNames().next();
    JsonNode what = left.path(kind);
    return switch (kind) {
      case "payload" ->
          payload(what.path("protocol").asText(), what.path("field").asText(), packet);
      case "meta" -> meta(what.path("key").asText(), packet, mark);
      case "ct" -> ct(what.path("key").asText(), packet);
      case "fib" -> fib(what, packet);
      case "exthdr" -> new Value.Bits(Set.of());
      case "socket" ->
          // The path down to a level; nft prints the level and the path (5.x kernels: cgroupv2).
          what.path("key").asText().equals("cgroupv2")
              ? word(packet.cgroup())
              : new Value.Unknown();
      case "tcp option" ->
          !what.path("name").asText().equals("maxseg")
              ? new Value.Unknown()
              : packet.flags().contains(Packet.SYN)
                  ? new Value.Count(Packet.USUAL_MSS)
                  : new Value.Absent();
      default -> new Value.Unknown();
    };
  }

  private static Value word(Optional<String> word) {
    return word.<Value>map(Value.Word::new).orElseGet(Value.Absent::new);
  }

  private static Value payload(String protocol, String field, Packet packet) {
    if (Set.of("ip", "ip6").contains(protocol)) {
      if (protocol.equals("ip") != packet.isIpv4()) {
        return new Value.Absent();
      }
      return switch (field) {
        case "saddr" -> new Value.Address(packet.source());
        case "daddr" -> new Value.Address(packet.destination());
        case "protocol", "nexthdr" -> new Value.Word(TCP);
        case "version" -> new Value.Count(packet.isIpv4() ? 4 : 6);
        default -> new Value.Unknown();
      };
    }
    if (Set.of(TCP, "th").contains(protocol)) {
      return switch (field) {
        case "sport" -> new Value.Count(packet.sourcePort());
        case "dport" -> new Value.Count(packet.port());
        case "flags" -> new Value.Bits(packet.flags());
        default -> new Value.Unknown();
      };
    }
    // Without a protocol it is a place in the raw packet.
    return protocol.isEmpty() || protocol.equals("ether") || protocol.equals("vlan")
        ? new Value.Unknown()
        : new Value.Absent();
  }

  private static Value meta(String key, Packet packet, Optional<Long> mark) {
    return switch (key) {
      case "iif", "iifname" -> word(packet.in());
      case "oif", "oifname" -> word(packet.out());
      case "l4proto" -> new Value.Word(TCP);
      case "nfproto" -> new Value.Word(packet.isIpv4() ? "ipv4" : "ipv6");
      case "protocol" -> new Value.Word(packet.isIpv4() ? "ip" : "ip6");
      case "pkttype" -> new Value.Word("host");
      case "skuid" ->
          packet
              .user()
              .<Value>map(Value.Count::new)
              .orElseGet(packet.in().isPresent() ? Value.Absent::new : Value.Unknown::new);
      case "mark" -> mark.<Value>map(Value.Count::new).orElseGet(Value.Unknown::new);
      default -> new Value.Unknown();
    };
  }

  private static Value ct(String key, Packet packet) {
    return switch (key) {
      case "state" -> new Value.Bits(Set.of(packet.state()));
      case "direction" ->
          packet.state().equals(Packet.NEW) ? new Value.Word("original") : new Value.Unknown();
      // Nobody has translated it: then we would not be here.
      case "status" -> new Value.Bits(Set.of());
      default -> new Value.Unknown();
    };
  }

  /** The service address is ours, and a client's answer leaves where it came in. */
  private static Value fib(JsonNode fib, Packet packet) {
    Set<String> flags = new HashSet<>();
    fib.path("flags").forEach(flag -> flags.add(flag.asText()));
    if (packet.in().isEmpty()) {
      return new Value.Unknown();
    }
    return fib.path("result").asText().equals("type")
        ? flags.contains("daddr") ? new Value.Word("local") : new Value.Unknown()
        : flags.contains("saddr") ? word(packet.in()) : new Value.Unknown();
  }
}
