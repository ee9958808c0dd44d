package org.bgpannouncer.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.bgpannouncer.route.LargeCommunity;

/**
 * An Internet exchange, and how its route server is told who shall hear of a route: large
 * communities (RFC 8092), which hold AS numbers of any size. Data: bird-templates/exchanges/.
 */
public final class Exchange {
  /** The exchanges that are known, by the name of their data file. */
  public static final Map<String, Exchange> KNOWN =
      read(List.of("de-cix-frankfurt", "franceix", "swissix"));

  private static final String PEER = "PEER";

  private final String key;
  private final String name;
  private final long routeServerAs;
  private final String toNobody;
  private final String notTo;
  private final String to;

  private Exchange(String key, Section section) {
    this.key = key;
    this.name = section.value(Keys.NAME).orElseThrow();
    this.routeServerAs = section.value(Keys.ROUTE_SERVER_AS).orElseThrow();
    this.toNobody = section.value(Keys.TO_NOBODY).orElseThrow();
    this.notTo = section.value(Keys.NOT_TO).orElseThrow();
    this.to = section.value(Keys.TO).orElseThrow();
  }

  /** As the configuration names it: {@code swissix}. */
  public String key() {
    return key;
  }

  /** As people name it: {@code SwissIX}. */
  public String displayName() {
    return name;
  }

  /** The AS number of its route servers. */
  public long routeServerAs() {
    return routeServerAs;
  }

  /**
   * What a community tells the route server.
   *
   * @param community the community
   * @param meaning in words
   */
  public record Instruction(LargeCommunity community, String meaning) {}

  /**
   * What to put on a route.
   *
   * @param onlyTo the members that shall hear of it; empty for each of them
   * @param except the members that shall not
   */
  public List<Instruction> instructions(List<Long> onlyTo, List<Long> except) {
    List<Instruction> instructions = new ArrayList<>();
    if (!onlyTo.isEmpty()) {
      instructions.add(
          new Instruction(LargeCommunity.parse(toNobody), "to no member of " + name + ", but:"));
    }
    for (long member : onlyTo) {
      instructions.add(new Instruction(of(to, member), "to AS" + member));
    }
    for (long member : except) {
      instructions.add(new Instruction(of(notTo, member), "not to AS" + member));
    }
    return instructions;
  }

  private static LargeCommunity of(String form, long member) {
    return LargeCommunity.parse(form.replace(PEER, String.valueOf(member)));
  }

  @Override
  public String toString() {
    return key;
  }

  private static Map<String, Exchange> read(List<String> keys) {
    Map<String, Exchange> exchanges = new TreeMap<>();
    for (String key : keys) {
      exchanges.put(key, read(key));
    }
    return Collections.unmodifiableMap(exchanges);
  }

  private static Exchange read(String key) {
    String file = "exchanges/" + key + ".yaml";
    try (InputStream data = Exchange.class.getResourceAsStream(file)) {
      if (data == null) {
        throw new IllegalStateException(file + ": missing in the jar");
      }
      Problems problems = new Problems(file);
      String text = new String(data.readAllBytes(), StandardCharsets.UTF_8);
      Exchange exchange =
          YamlTree.read(text, problems)
              .map(root -> new Exchange(key, new Section(root, Keys.ALL, problems)))
              .orElseThrow();
      if (problems.count() > 0) {
        throw new IllegalStateException(problems.inOrder().toString());
      }
      return exchange;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Apart, so that they are there before the exchanges are read. */
  private static final class Keys {
    static final Key<String> NAME =
        Key.text("name", "letters, digits, ' ', '-'", Pattern.compile("[A-Za-z0-9 -]{1,40}"));
    static final Key<Long> ROUTE_SERVER_AS = Key.number("route-server-as", 1, 4294967294L);
    static final Key<String> TO_NOBODY = form("to-nobody", "[0-9]+:[0-9]+:[0-9]+");
    static final Key<String> NOT_TO = form("not-to", "[0-9]+:[0-9]+:" + PEER);
    static final Key<String> TO = form("to", "[0-9]+:[0-9]+:" + PEER);
    static final KeyGroup ALL =
        KeyGroup.of("exchange", NAME, ROUTE_SERVER_AS, TO_NOBODY, NOT_TO, TO);

    private static Key<String> form(String name, String form) {
      return Key.text(
          name, "a large community, " + PEER + " being the member", Pattern.compile(form));
    }
  }
}
