package org.bgpannouncer.bgp.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.bgp.PathAttribute;
import org.bgpannouncer.bgp.PathAttribute.Aggregator;
import org.bgpannouncer.bgp.PathAttribute.As4Aggregator;
import org.bgpannouncer.bgp.PathAttribute.As4Path;
import org.bgpannouncer.bgp.PathAttribute.AsPath;
import org.bgpannouncer.bgp.PathAttribute.Segment;
import org.bgpannouncer.bgp.PathAttribute.SegmentType;

/**
 * Four-octet AS numbers through a peer that has two (RFC 6793 section 4.2): they go beside the
 * shortened ones, in AS4_PATH and AS4_AGGREGATOR, and are put back in their place on arrival.
 */
final class As4 {
  private static final long MAX_UINT16 = 0xffffL;

  private As4() {}

  /** What has to be written towards a two-octet peer for these (RFC 6793 section 4.2.2). */
  static List<PathAttribute> split(List<PathAttribute> attributes) {
    ArrayList<PathAttribute> all = new ArrayList<>(attributes);
    find(attributes, AsPath.class)
        .filter(path -> find(attributes, As4Path.class).isEmpty())
        .flatMap(As4::as4Path)
        .ifPresent(all::add);
    find(attributes, Aggregator.class)
        .filter(aggregator -> aggregator.as() > MAX_UINT16)
        .filter(aggregator -> find(attributes, As4Aggregator.class).isEmpty())
        .ifPresent(aggregator -> all.add(new As4Aggregator(aggregator)));
    return all;
  }

  /** Segments of a confederation stay within it (RFC 6793 section 4.2.2). */
  private static Optional<As4Path> as4Path(AsPath path) {
    List<Segment> segments =
        path.segments().stream().filter(segment -> !isConfederation(segment)).toList();
    boolean isNeeded =
        segments.stream()
            .flatMap(segment -> segment.numbers().stream())
            .anyMatch(as -> as > MAX_UINT16);
    return isNeeded ? Optional.of(new As4Path(new AsPath(segments))) : Optional.empty();
  }

  /** What a two-octet peer's attributes mean (RFC 6793 section 4.2.3). */
  static List<PathAttribute> merge(List<PathAttribute> attributes) {
    Optional<As4Path> as4Path = find(attributes, As4Path.class);
    Optional<As4Aggregator> as4Aggregator = find(attributes, As4Aggregator.class);
    if (as4Path.isEmpty() && as4Aggregator.isEmpty()) {
      return attributes;
    }
    // Somebody who does not know of four octets has aggregated since: what stands beside is old.
    boolean isStale =
        as4Aggregator.isPresent()
            && find(attributes, Aggregator.class)
                .filter(aggregator -> aggregator.as() != OpenMessage.AS_TRANS)
                .isPresent();
    ArrayList<PathAttribute> merged = new ArrayList<>();
    for (PathAttribute attribute : attributes) {
      if (attribute instanceof As4Path || attribute instanceof As4Aggregator) {
        continue;
      }
      if (!isStale && attribute instanceof AsPath path && as4Path.isPresent()) {
        merged.add(merge(path, as4Path.get().path()));
      } else if (!isStale && attribute instanceof Aggregator && as4Aggregator.isPresent()) {
        merged.add(as4Aggregator.get().aggregator());
      } else {
        merged.add(attribute);
      }
    }
    return merged;
  }

  private static AsPath merge(AsPath path, AsPath four) {
    List<Segment> tail =
        four.segments().stream().filter(segment -> !isConfederation(segment)).toList();
    int missing = count(path.segments()) - count(tail);
    if (missing < 0) {
      return path;
    }
    ArrayList<Segment> merged = new ArrayList<>();
    boolean isAdjacent = true;
    for (Segment segment : path.segments()) {
      if (isConfederation(segment)) {
        // RFC 6793 section 4.2.3: one that leads, or stands next to what is taken over.
        if (!isAdjacent) {
          break;
        }
        merged.add(segment);
      } else if (missing == 0) {
        isAdjacent = false;
      } else {
        Segment taken = first(segment, missing);
        merged.add(taken);
        missing -= count(taken);
        isAdjacent = taken.numbers().size() == segment.numbers().size();
      }
    }
    merged.addAll(tail);
    return new AsPath(merged);
  }

  private static Segment first(Segment segment, int numbers) {
    return segment.type() == SegmentType.AS_SEQUENCE && segment.numbers().size() > numbers
        ? new Segment(segment.type(), segment.numbers().subList(0, numbers))
        : segment;
  }

  private static int count(List<Segment> segments) {
    return segments.stream().mapToInt(As4::count).sum();
  }

  /** RFC 4271 section 9.1.2.2 and RFC 5065 section 5.3: a set counts one, a confederation none. */
  private static int count(Segment segment) {
    return switch (segment.type()) {
      case AS_SEQUENCE -> segment.numbers().size();
      case AS_SET -> 1;
      case AS_CONFED_SEQUENCE, AS_CONFED_SET -> 0;
    };
  }

  private static boolean isConfederation(Segment segment) {
    return switch (segment.type()) {
      case AS_CONFED_SEQUENCE, AS_CONFED_SET -> true;
      case AS_SEQUENCE, AS_SET -> false;
    };
  }

  private static <A extends PathAttribute> Optional<A> find(
      List<PathAttribute> attributes, Class<A> kind) {
    return attributes.stream().filter(kind::isInstance).map(kind::cast).findFirst();
  }
}
