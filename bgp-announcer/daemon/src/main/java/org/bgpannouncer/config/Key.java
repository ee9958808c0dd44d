package org.bgpannouncer.config;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.Prefix;

/**
 * One key of the configuration: its name, what may stand there, and what holds when it is left out.
 * docs/configuration.md is compared with these.
 *
 * @param name as in the file
 * @param rule what is allowed, as problems and the documentation say it
 * @param fallback the default as the documentation says it; {@link #REQUIRED} or {@link #NONE}
 * @param parse turns text into a value, or throws {@link IllegalArgumentException}
 * @param <T> the value
 */
record Key<T>(String name, String rule, String fallback, Function<String, T> parse) {
  /** The key must be given. */
  static final String REQUIRED = "required";

  /** Left out means that there is none. */
  static final String NONE = "none";

  private static final IpAddress LIMITED_BROADCAST = IpAddress.parse("255.255.255.255");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
  private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,17}");

  static final String NAME_RULE = "letters, digits, '.', '_', '-'; at most 63";

  Key<T> withDefault(String text) {
    return new Key<>(name, rule, text, parse);
  }

  boolean isRequired() {
    return fallback.equals(REQUIRED);
  }

  /** A name that is safe in logs, paths and metrics. */
  static Key<String> name(String name) {
    return text(name, NAME_RULE, NAME);
  }

  static Key<String> text(String name, String rule, Pattern form) {
    return new Key<>(
        name,
        rule,
        REQUIRED,
        text -> {
          if (!form.matcher(text).matches()) {
            throw new IllegalArgumentException();
          }
          return text;
        });
  }

  static Key<Long> number(String name, long min, long max) {
    return new Key<>(name, min + " to " + max, REQUIRED, text -> parseNumber(text, min, max));
  }

  static Key<Integer> integer(String name, int min, int max) {
    return new Key<>(
        name, min + " to " + max, REQUIRED, text -> Math.toIntExact(parseNumber(text, min, max)));
  }

  private static long parseNumber(String text, long min, long max) {
    long value = NUMBER.matcher(text).matches() ? Long.parseLong(text) : -1;
    if (value < min || value > max) {
      throw new IllegalArgumentException();
    }
    return value;
  }

  static Key<Double> fraction(String name, double min, double max) {
    Pattern form = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,9})?");
    return new Key<>(
        name,
        Durations.plain(min) + " to " + Durations.plain(max),
        REQUIRED,
        text -> {
          double value = form.matcher(text).matches() ? Double.parseDouble(text) : -1;
          if (value < min || value > max) {
            throw new IllegalArgumentException();
          }
          return value;
        });
  }

  static Key<Duration> duration(String name, Duration min, Duration max) {
    return new Key<>(
        name,
        Durations.print(min) + " to " + Durations.print(max),
        REQUIRED,
        text -> {
          Duration value = Durations.parse(text);
          if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException();
          }
          return value;
        });
  }

  static Key<Boolean> flag(String name) {
    return choice(name, Map.of("true", true, "false", false));
  }

  static <T> Key<T> choice(String name, Map<String, T> words) {
    String rule = String.join(", ", words.keySet().stream().sorted().toList());
    return new Key<>(
        name,
        rule,
        REQUIRED,
        text -> {
          T value = words.get(text.toLowerCase(Locale.ROOT).equals(text) ? text : "");
          if (value == null) {
            throw new IllegalArgumentException();
          }
          return value;
        });
  }

  static Key<IpAddress> address(String name) {
    return new Key<>(name, "a numeric unicast IPv4 or IPv6 address", REQUIRED, Key::unicast);
  }

  /** A BGP identifier (RFC 4271 section 4.2), which has four octets. */
  static Key<IpAddress> routerId(String name) {
    return new Key<>(
        name,
        "an IPv4 address",
        REQUIRED,
        text -> {
          IpAddress address = unicast(text);
          if (!address.isIpv4()) {
            throw new IllegalArgumentException();
          }
          return address;
        });
  }

  /** An address that one machine can have; 0.0.0.0 would be dialled as this machine. */
  static IpAddress unicast(String text) {
    IpAddress address = IpAddress.parse(text);
    InetAddress dialled = address.toInetAddress();
    if (dialled.isAnyLocalAddress()
        || dialled.isMulticastAddress()
        || address.equals(LIMITED_BROADCAST)) {
      throw new IllegalArgumentException();
    }
    return address;
  }

  static Key<Prefix> prefix(String name) {
    return new Key<>(name, "ADDRESS/LENGTH without host bits", REQUIRED, Prefix::parse);
  }

  static Key<Path> file(String name) {
    return new Key<>(
        name,
        "an absolute path",
        REQUIRED,
        text -> {
          // InvalidPathException is an IllegalArgumentException.
          Path path = Path.of(text);
          if (!path.isAbsolute()) {
            throw new IllegalArgumentException();
          }
          return path;
        });
  }

  static Key<Pattern> regex(String name) {
    // PatternSyntaxException is an IllegalArgumentException.
    return new Key<>(name, "a regular expression", REQUIRED, Pattern::compile);
  }

  static Key<Community> community(String name) {
    return new Key<>(name, "HIGH:LOW, each 0 to 65535", REQUIRED, Community::parse);
  }

  static Key<LargeCommunity> largeCommunity(String name) {
    return new Key<>(
        name, "GLOBAL:LOCAL1:LOCAL2, each 0 to 4294967295", REQUIRED, LargeCommunity::parse);
  }

  /** A key whose value is a mapping or a list, read by a {@link Section} of its own. */
  static Key<Node> structure(String name, String rule) {
    return new Key<>(
        name,
        rule,
        REQUIRED,
        text -> {
          throw new IllegalArgumentException();
        });
  }
}
