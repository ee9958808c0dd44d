package org.bgpannouncer.config;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * Reads one YAML document into located nodes.
 *
 * <p>Aliases are refused, so a small file cannot unfold into a large tree; so are tags, a second
 * document, repeated keys, and nesting beyond {@link #MAX_DEPTH}. Values keep the text they were
 * written with: nothing here guesses types, so {@code 65535:0} stays a community.
 */
final class YamlTree {
  /** Far beyond what any valid file needs. */
  static final int MAX_DEPTH = 16;

  private static final YAMLFactory FACTORY =
      YAMLFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build())
          .build();

  private final YAMLParser parser;
  private final Problems problems;

  private YamlTree(YAMLParser parser, Problems problems) {
    this.parser = parser;
    this.problems = problems;
  }

  /** The root mapping, or empty if a problem was added that leaves nothing to look at. */
  static Optional<Node.Mapping> read(String text, Problems problems) {
    try (YAMLParser parser = FACTORY.createParser(text)) {
      return new YamlTree(parser, problems).document();
    } catch (JacksonException e) {
      problems.add(locationOf(e.getLocation()), firstLine(textOf(e)), "YAML");
    } catch (IOException | RuntimeException e) {
      // What snakeyaml throws past Jackson, e.g. for a control character.
      problems.add(start(), firstLine(String.valueOf(e.getMessage())), "YAML");
    }
    return Optional.empty();
  }

  private Optional<Node.Mapping> document() throws IOException {
    if (parser.nextToken() == null) {
      problems.add(start(), "nothing", "a mapping of keys to values");
      return Optional.empty();
    }
    Node root = node(Node.Location.ROOT, 0);
    if (parser.nextToken() != null) {
      problems.add(here(Node.Location.ROOT), "a second document", "one document");
    }
    if (root instanceof Node.Mapping mapping) {
      return Optional.of(mapping);
    }
    if (root instanceof Node.Refused) {
      return Optional.empty();
    }
    problems.add(
        root.at(),
        root instanceof Node.Scalar s ? s.text() : "a list",
        "a mapping of keys to values");
    return Optional.empty();
  }

  private Node node(String path, int depth) throws IOException {
    Node.Location at = here(path);
    if (parser.isCurrentAlias()) {
      problems.add(at, "alias *" + parser.getText(), "the value itself");
      return new Node.Refused(at);
    }
    if (parser.getTypeId() != null) {
      problems.add(at, "tag !" + parser.getTypeId(), "no tag");
    }
    JsonToken token = parser.currentToken();
    if (token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY) {
      if (depth >= MAX_DEPTH) {
        problems.add(at, "nested too deeply", "at most " + MAX_DEPTH + " levels");
        parser.skipChildren();
        return new Node.Refused(at);
      }
      return token == JsonToken.START_OBJECT ? mapping(at, depth) : sequence(at, depth);
    }
    String text = parser.getText();
    return new Node.Scalar(
        at,
        text == null ? "" : text,
        token == JsonToken.VALUE_NULL || (text != null && text.isEmpty()));
  }

  private Node.Mapping mapping(Node.Location at, int depth) throws IOException {
    LinkedHashMap<String, Node.Entry> entries = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      Node.Location keyAt = here(at.child(key));
      parser.nextToken();
      Node value = node(keyAt.path(), depth + 1);
      if (entries.putIfAbsent(key, new Node.Entry(keyAt, value)) != null) {
        problems.add(keyAt, "repeated key", "each key once");
      }
    }
    return new Node.Mapping(at, entries);
  }

  private Node.Sequence sequence(Node.Location at, int depth) throws IOException {
    List<Node> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(node(at.path() + "[" + items.size() + "]", depth + 1));
    }
    return new Node.Sequence(at, items);
  }

  private Node.Location here(String path) {
    JsonLocation location = parser.currentTokenLocation();
    return new Node.Location(path, location.getLineNr(), location.getColumnNr());
  }

  private static Node.Location start() {
    return new Node.Location(Node.Location.ROOT, 1, 1);
  }

  private static Node.Location locationOf(@org.jspecify.annotations.Nullable JsonLocation at) {
    return at == null || at.getLineNr() < 1
        ? start()
        : new Node.Location(Node.Location.ROOT, at.getLineNr(), Math.max(1, at.getColumnNr()));
  }

  // snakeyaml's message begins with where it was; the problem itself is what helps.
  private static String textOf(JacksonException e) {
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof MarkedYAMLException marked && marked.getProblem() != null) {
        return marked.getProblem();
      }
    }
    return e.getOriginalMessage();
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("unreadable").strip();
  }
}
