package org.bgpannouncer.route;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * What goes with a prefix besides its next hop. ORIGIN is always IGP.
 *
 * @param med MULTI_EXIT_DISC, 0 to 4294967295 (RFC 4271 section 5.1.4), or empty
 * @param localPreference LOCAL_PREF, 0 to 4294967295; reaches iBGP peers only, or empty
 * @param asPath what stands behind the own AS that eBGP adds, nearest first: the prepends, and the
 *     AS that the prefix is announced from where that is another
 * @param communities sorted, without repetition
 * @param extendedCommunities sorted, without repetition
 * @param largeCommunities sorted, without repetition
 */
public record PathAttributes(
    OptionalLong med,
    OptionalLong localPreference,
    List<Long> asPath,
    List<Community> communities,
    List<ExtendedCommunity> extendedCommunities,
    List<LargeCommunity> largeCommunities) {

  /** No attribute beyond the mandatory ones. */
  public static final PathAttributes NONE =
      new PathAttributes(
          OptionalLong.empty(), OptionalLong.empty(), List.of(), List.of(), List.of(), List.of());

  private static final long MAX_UINT32 = 0xffff_ffffL;

  /** Sorts the communities, and rejects numbers beyond 32 bits and AS 0 (RFC 7607). */
  public PathAttributes {
    med.ifPresent(value -> requireUint32("med", value, 0));
    localPreference.ifPresent(value -> requireUint32("local-preference", value, 0));
    asPath.forEach(as -> requireUint32("as-path", as, 1));
    asPath = List.copyOf(asPath);
    communities = sorted(communities);
    extendedCommunities = sorted(extendedCommunities);
    largeCommunities = sorted(largeCommunities);
  }

  private static <T extends Comparable<T>> List<T> sorted(List<T> values) {
    return values.size() < 2 ? List.copyOf(values) : values.stream().distinct().sorted().toList();
  }

  private static void requireUint32(String name, long value, long min) {
    if (value < min || value > MAX_UINT32) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + min + " to 4294967295)");
    }
  }

  /** These attributes with another MED. */
  public PathAttributes withMed(long value) {
    return new PathAttributes(
        OptionalLong.of(value),
        localPreference,
        asPath,
        communities,
        extendedCommunities,
        largeCommunities);
  }

  /** These attributes with {@code as} prepended {@code times} times. */
  public PathAttributes withPrepend(long as, int times) {
    ArrayList<Long> path = new ArrayList<>(asPath);
    for (int i = 0; i < times; i++) {
      path.add(0, as);
    }
    return new PathAttributes(
        med, localPreference, path, communities, extendedCommunities, largeCommunities);
  }

  /** These attributes with other communities of all three kinds. */
  public PathAttributes withCommunities(
      List<Community> newCommunities,
      List<ExtendedCommunity> newExtendedCommunities,
      List<LargeCommunity> newLargeCommunities) {
    return new PathAttributes(
        med, localPreference, asPath, newCommunities, newExtendedCommunities, newLargeCommunities);
  }
}
