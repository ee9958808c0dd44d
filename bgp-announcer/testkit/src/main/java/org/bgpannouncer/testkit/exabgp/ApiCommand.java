package org.bgpannouncer.testkit.exabgp;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A command about routes, in the API grammar of ExaBGP 4.
 *
 * @param announce whether it announces; it withdraws otherwise
 * @param paths one or more, as written: a prefix, and the {@code path-information} behind it
 * @param attributes next hop and attributes, as written; may be empty in a withdraw
 */
record ApiCommand(boolean announce, List<String> paths, String attributes) {
  private static final Pattern ONE =
      Pattern.compile(
          "(announce|withdraw) route (\\S+/\\d+(?: path-information [0-9.]+)?)(?: (next-hop .*))?");
  private static final Pattern SEVERAL =
      Pattern.compile("(announce|withdraw) attributes (next-hop .*?) nlri (.*)");
  private static final Pattern IPV4 = Pattern.compile("[0-9.]+/[0-9]+( .*)?");

  /** A prefix that is IPv4 by its looks, but has an octet beyond 255. */
  private static final Pattern IMPOSSIBLE =
      Pattern.compile(".*(25[6-9]|2[6-9]\\d|[3-9]\\d\\d)[./].*");

  /** The command that the line is; empty when it is another one, or none. */
  static Optional<ApiCommand> parse(String line) {
    Matcher one = ONE.matcher(line);
    if (one.matches()) {
      boolean announce = one.group(1).equals("announce");
      String attributes = Optional.ofNullable(one.group(3)).orElse("");
      return announce && attributes.isEmpty()
          ? Optional.empty()
          : Optional.of(new ApiCommand(announce, List.of(one.group(2)), attributes));
    }
    Matcher several = SEVERAL.matcher(line);
    return several.matches()
        ? Optional.of(
            new ApiCommand(
                several.group(1).equals("announce"),
                List.of(several.group(3).split(" ")),
                several.group(2)))
        : Optional.empty();
  }

  static boolean isIpv4(String path) {
    return IPV4.matcher(path).matches();
  }

  static boolean isImpossible(String path) {
    return isIpv4(path) && IMPOSSIBLE.matcher(path).matches();
  }
}
