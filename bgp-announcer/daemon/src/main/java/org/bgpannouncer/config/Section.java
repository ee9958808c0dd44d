package org.bgpannouncer.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * One mapping of the file read by its keys. Each wrong, missing or unknown key becomes a problem
 * and an empty result, so that the reader goes on to the next.
 */
final class Section {
  private final Node.Mapping mapping;
  private final Problems problems;
  private final int problemsBefore;

  Section(Node.Mapping mapping, KeyGroup group, Problems problems) {
    this.mapping = mapping;
    this.problems = problems;
    this.problemsBefore = problems.count();
    for (Map.Entry<String, Node.Entry> entry : mapping.entries().entrySet()) {
      if (!group.keys().containsKey(entry.getKey())) {
        problems.add(entry.getValue().keyAt(), "unknown key", group.insteadOf(entry.getKey()));
      }
    }
  }

  Problems problems() {
    return problems;
  }

  /** Whether nothing was found wrong since this section was opened. */
  boolean isSound() {
    return problems.count() == problemsBefore;
  }

  Node.Location at() {
    return mapping.at();
  }

  /** Where the key's value stands, or where it is missing. */
  Node.Location at(Key<?> key) {
    Node.Entry entry = mapping.entries().get(key.name());
    return entry == null ? mapping.at() : entry.value().at();
  }

  boolean has(Key<?> key) {
    return mapping.entries().containsKey(key.name());
  }

  /** Adds a problem about a key that has a value. */
  void reject(Key<?> key, String value, String rule) {
    Node.Location at = at(key);
    problems.add(
        has(key) ? at : new Node.Location(at.child(key.name()), at.line(), at.column()),
        value,
        rule);
  }

  /** The value; empty if it is wrong, or left out. A required one left out is a problem. */
  <T> Optional<T> value(Key<T> key) {
    return node(key).flatMap(node -> parse(key, node));
  }

  <T> T value(Key<T> key, T fallback) {
    return value(key).orElse(fallback);
  }

  /** A list of values; one value may stand without brackets. */
  <T> List<T> values(Key<T> key) {
    return nodes(key).stream().flatMap(node -> parse(key, node).stream()).toList();
  }

  /** Rejects a second value of a family. */
  <T> void oneAFamily(Key<?> key, List<T> values, Predicate<T> isIpv4) {
    long ipv4 = values.stream().filter(isIpv4).count();
    if (ipv4 > 1 || values.size() - ipv4 > 1) {
      reject(key, values.toString(), "at most one of IPv4 and one of IPv6");
    }
  }

  Optional<Section> section(Key<Node> key, KeyGroup group) {
    return node(key).flatMap(node -> section(key, node, group));
  }

  List<Section> sections(Key<Node> key, KeyGroup group) {
    return nodes(key).stream().flatMap(node -> section(key, node, group).stream()).toList();
  }

  /** The mappings of a list, each over the {@code defaults} they inherit. */
  List<Section> sections(Key<Node> key, KeyGroup group, Node.Mapping defaults) {
    return nodes(key).stream()
        .map(node -> node instanceof Node.Mapping own ? own.over(defaults) : node)
        .flatMap(node -> section(key, node, group).stream())
        .toList();
  }

  /** The items of a list that may mix values and mappings. */
  <T> List<T> items(Key<T> key, KeyGroup group, Function<Section, Optional<T>> ofSection) {
    List<T> items = new ArrayList<>();
    for (Node node : nodes(key)) {
      if (node instanceof Node.Mapping inner) {
        ofSection.apply(new Section(inner, group, problems)).ifPresent(items::add);
      } else {
        parse(key, node).ifPresent(items::add);
      }
    }
    return items;
  }

  /** Where each item of a list stands. */
  List<Node.Location> itemsAt(Key<?> key) {
    Node.Entry entry = mapping.entries().get(key.name());
    if (entry == null) {
      return List.of();
    }
    return entry.value() instanceof Node.Sequence list
        ? list.items().stream().map(Node::at).toList()
        : List.of(entry.value().at());
  }

  private Optional<Node> node(Key<?> key) {
    Node.Entry entry = mapping.entries().get(key.name());
    if (entry == null) {
      if (key.isRequired()) {
        reject(key, "missing", key.rule());
      }
      return Optional.empty();
    }
    if (entry.value() instanceof Node.Refused) {
      problems.again();
      return Optional.empty();
    }
    if (entry.value() instanceof Node.Scalar scalar && scalar.empty()) {
      problems.add(scalar.at(), "nothing", key.rule());
      return Optional.empty();
    }
    return Optional.of(entry.value());
  }

  private List<Node> nodes(Key<?> key) {
    Optional<Node> node = node(key);
    if (node.isEmpty()) {
      return List.of();
    }
    if (!(node.get() instanceof Node.Sequence list)) {
      return List.of(node.get());
    }
    if (list.items().isEmpty() && key.isRequired()) {
      problems.add(list.at(), "[]", key.rule());
    }
    return list.items();
  }

  private <T> Optional<T> parse(Key<T> key, Node node) {
    if (node instanceof Node.Refused) {
      problems.again();
      return Optional.empty();
    }
    if (!(node instanceof Node.Scalar scalar)) {
      problems.add(node.at(), node instanceof Node.Mapping ? "a mapping" : "a list", key.rule());
      return Optional.empty();
    }
    try {
      return Optional.of(key.parse().apply(scalar.text()));
    } catch (IllegalArgumentException e) {
      problems.add(scalar.at(), scalar.empty() ? "nothing" : scalar.text(), key.rule());
      return Optional.empty();
    }
  }

  private Optional<Section> section(Key<Node> key, Node node, KeyGroup group) {
    if (node instanceof Node.Mapping inner) {
      return Optional.of(new Section(inner, group, problems));
    }
    if (node instanceof Node.Refused) {
      problems.again();
    } else {
      problems.add(
          node.at(), node instanceof Node.Scalar scalar ? scalar.text() : "a list", key.rule());
    }
    return Optional.empty();
  }
}
