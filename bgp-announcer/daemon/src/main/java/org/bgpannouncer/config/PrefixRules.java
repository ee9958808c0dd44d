package org.bgpannouncer.config;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bgpannouncer.engine.AllowRule;
import org.bgpannouncer.route.Prefix;

/** What a service's prefix must satisfy: allowed, of one service only, no physical range. */
final class PrefixRules {
  private final List<AllowRule> allow;
  private final boolean allowIsKnown;
  private final List<Prefix> physicalRanges;
  private final Map<String, List<Prefix>> otherRanges;
  private final Problems problems;
  private final Set<Prefix> seen = new HashSet<>();
  private final Set<String> services = new HashSet<>();

  /**
   * Rules of one site.
   *
   * @param allowIsKnown whether all of {@code allow} could be read; otherwise nothing is held
   *     against it
   * @param otherRanges the physical ranges of the file's other sites
   */
  PrefixRules(
      List<AllowRule> allow,
      boolean allowIsKnown,
      List<Prefix> physicalRanges,
      Map<String, List<Prefix>> otherRanges,
      Problems problems) {
    this.allow = List.copyOf(allow);
    this.allowIsKnown = allowIsKnown;
    this.physicalRanges = List.copyOf(physicalRanges);
    this.otherRanges = Map.copyOf(otherRanges);
    this.problems = problems;
  }

  void check(Prefix prefix, Node.Location at) {
    if (allowIsKnown && allow.stream().noneMatch(rule -> rule.allows(prefix))) {
      problems.add(at, prefix.toString(), "a prefix inside allow");
    }
    physicalRanges.stream()
        .filter(prefix::overlaps)
        .forEach(
            range ->
                problems.add(at, prefix.toString(), "no overlap with physical-range " + range));
    otherRanges.forEach(
        (site, ranges) ->
            ranges.stream()
                .filter(prefix::overlaps)
                .forEach(
                    range ->
                        problems.add(
                            at,
                            prefix.toString(),
                            "no overlap with physical-range " + range + " of " + site)));
    if (!seen.add(prefix)) {
      problems.add(at, prefix.toString(), "a prefix of one service only");
    }
  }

  boolean isNewService(String name) {
    return services.add(name);
  }
}
