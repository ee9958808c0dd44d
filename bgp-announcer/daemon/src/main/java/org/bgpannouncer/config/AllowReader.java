package org.bgpannouncer.config;

import java.util.Map;
import java.util.Optional;
import org.bgpannouncer.engine.AllowRule;
import org.bgpannouncer.route.Prefix;

/** The long form of an entry of {@code allow}. */
final class AllowReader {
  private static final Key<Prefix> PREFIX = Key.prefix("prefix");
  private static final Key<Integer> LE = Key.integer("le", 0, 128).withDefault("exact");
  private static final Key<Boolean> SCOPE =
      Key.choice("scope", Map.of("internal", true, "global", false)).withDefault("global");

  static final KeyGroup KEYS = KeyGroup.of("allow[]", PREFIX, LE, SCOPE);

  private AllowReader() {}

  static Optional<AllowRule> read(Section section) {
    Optional<Prefix> prefix = section.value(PREFIX);
    Optional<Integer> le = section.value(LE);
    boolean internal = section.value(SCOPE, false);
    if (le.isPresent() && !internal) {
      section.reject(LE, String.valueOf(le.get()), "scope: internal with it");
    }
    if (prefix.isEmpty() || !section.isSound()) {
      return Optional.empty();
    }
    int shortest = prefix.get().length();
    int longest = le.orElse(shortest);
    int bits = prefix.get().isIpv4() ? 32 : 128;
    if (longest < shortest || longest > bits) {
      section.reject(LE, String.valueOf(longest), shortest + " to " + bits);
      return Optional.empty();
    }
    return Optional.of(new AllowRule(prefix.get(), longest, internal));
  }
}
