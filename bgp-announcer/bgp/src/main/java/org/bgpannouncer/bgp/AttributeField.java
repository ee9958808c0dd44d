package org.bgpannouncer.bgp;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.bgpannouncer.bgp.PathAttribute.AsPath;
import org.bgpannouncer.bgp.PathAttribute.Segment;
import org.bgpannouncer.route.Community;

/**
 * A path attribute in the words of a router: the one place where text and JSON take them from.
 *
 * @param name with hyphens: {@code as-path}
 * @param value a number, a string, {@code true} for one that only is there, or a list of those; a
 *     path segment other than a sequence is a map from its kind to its numbers
 */
record AttributeField(String name, Object value) {
  static AttributeField of(PathAttribute attribute) {
    if (attribute instanceof PathAttribute.Origin origin) {
      return new AttributeField("origin", origin.name().toLowerCase(Locale.ROOT));
    } else if (attribute instanceof AsPath path) {
      return new AttributeField("as-path", segments(path));
    } else if (attribute instanceof PathAttribute.NextHopAddress nextHop) {
      return new AttributeField("next-hop", nextHop.address().toString());
    } else if (attribute instanceof PathAttribute.Med med) {
      return new AttributeField("med", med.value());
    } else if (attribute instanceof PathAttribute.LocalPreference preference) {
      return new AttributeField("local-preference", preference.value());
    } else if (attribute instanceof PathAttribute.AtomicAggregate) {
      return new AttributeField("atomic-aggregate", true);
    } else if (attribute instanceof PathAttribute.Aggregator aggregator) {
      return new AttributeField("aggregator", text(aggregator));
    } else if (attribute instanceof PathAttribute.OriginatorId originator) {
      return new AttributeField("originator-id", originator.routerId().toString());
    } else if (attribute instanceof PathAttribute.ClusterList clusters) {
      return new AttributeField("cluster-list", strings(clusters.clusterIds()));
    } else if (attribute instanceof PathAttribute.As4Path four) {
      return new AttributeField("as4-path", segments(four.path()));
    } else if (attribute instanceof PathAttribute.As4Aggregator four) {
      return new AttributeField("as4-aggregator", text(four.aggregator()));
    } else if (attribute instanceof PathAttribute.OnlyToCustomer only) {
      return new AttributeField("only-to-customer", only.as());
    }
    return ofCommunitiesOrRest(attribute);
  }

  /** Whether it is told with the prefixes that it concerns, and not as one of their attributes. */
  static boolean isToldWithPrefixes(PathAttribute attribute) {
    return attribute instanceof PathAttribute.NextHopAddress
        || attribute instanceof PathAttribute.MpReach
        || attribute instanceof PathAttribute.MpUnreach;
  }

  private static AttributeField ofCommunitiesOrRest(PathAttribute attribute) {
    if (attribute instanceof PathAttribute.Communities communities) {
      return new AttributeField(
          "communities", communities.values().stream().map(AttributeField::text).toList());
    } else if (attribute instanceof PathAttribute.ExtendedCommunities communities) {
      return new AttributeField("extended-communities", strings(communities.values()));
    } else if (attribute instanceof PathAttribute.LargeCommunities communities) {
      return new AttributeField("large-communities", strings(communities.values()));
    } else if (attribute instanceof PathAttribute.MpReach reach) {
      return new AttributeField("mp-reach", strings(reach.nlri()));
    } else if (attribute instanceof PathAttribute.MpUnreach unreach) {
      return new AttributeField("mp-unreach", strings(unreach.nlri()));
    } else if (attribute instanceof PathAttribute.Other other) {
      String flags = String.format(Locale.ROOT, "0x%02x", other.flags());
      return new AttributeField(
          "attribute", List.of(other.code(), "flags", flags, "value", other.value().toString()));
    }
    throw new IllegalArgumentException("attribute: " + attribute.code() + " (expected: a field)");
  }

  private static String text(Community community) {
    return community.name().orElse(community.toString());
  }

  private static String text(PathAttribute.Aggregator aggregator) {
    return aggregator.as() + ":" + aggregator.speaker();
  }

  private static List<String> strings(List<?> values) {
    return values.stream().map(Object::toString).toList();
  }

  private static List<Object> segments(AsPath path) {
    ArrayList<Object> all = new ArrayList<>();
    for (Segment segment : path.segments()) {
      switch (segment.type()) {
        case AS_SEQUENCE -> all.addAll(segment.numbers());
        case AS_SET -> all.add(Map.of("set", segment.numbers()));
        case AS_CONFED_SEQUENCE -> all.add(Map.of("confedSequence", segment.numbers()));
        case AS_CONFED_SET -> all.add(Map.of("confedSet", segment.numbers()));
      }
    }
    return all;
  }

  /** The name as JSON has it: {@code asPath}. */
  String key() {
    StringBuilder key = new StringBuilder(name);
    for (int hyphen = key.indexOf("-"); hyphen >= 0; hyphen = key.indexOf("-")) {
      key.deleteCharAt(hyphen);
      key.setCharAt(hyphen, Character.toUpperCase(key.charAt(hyphen)));
    }
    return key.toString();
  }

  /** Name and value in one line: {@code as-path 64496 {64497,64498}}. */
  @Override
  public String toString() {
    if (value.equals(true)) {
      return name;
    }
    if (value instanceof List<?> values) {
      return name
          + " "
          + values.stream().map(AttributeField::word).collect(Collectors.joining(" "));
    }
    return name + " " + value;
  }

  // As routers print them: {1,2} a set, (1 2) a sequence and [1,2] a set within a confederation.
  private static String word(Object value) {
    if (!(value instanceof Map<?, ?> segment)) {
      return value.toString();
    }
    Map.Entry<?, ?> only = segment.entrySet().iterator().next();
    List<?> numbers = (List<?>) only.getValue();
    boolean sequence = only.getKey().equals("confedSequence");
    String joined =
        numbers.stream().map(Object::toString).collect(Collectors.joining(sequence ? " " : ","));
    if (sequence) {
      return "(" + joined + ")";
    }
    return only.getKey().equals("set") ? "{" + joined + "}" : "[" + joined + "]";
  }
}
