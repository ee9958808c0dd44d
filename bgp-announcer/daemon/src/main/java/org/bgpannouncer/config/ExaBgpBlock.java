package org.bgpannouncer.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One {@code keyword name { ... }} of an ExaBGP configuration, as far as we must understand it:
 * words, quoted strings, braces, semicolons and comments. What it means is ExaBGP's business.
 */
final class ExaBgpBlock {
  private static final int MAX_DEPTH = 32;
  private static final Pattern TOKEN = Pattern.compile("#[^\n]*|[{};]|\"[^\"]*\"|[^\\s{};\"]+");

  private final String keyword;
  private final String name;
  private final int line;
  private final int column;
  private final List<ExaBgpBlock> blocks = new ArrayList<>();
  private final List<Statement> statements = new ArrayList<>();

  /** {@code keyword value;}. */
  record Statement(String keyword, String value, int line, int column) {
    Node.Location at(String path) {
      return new Node.Location(path, line, column);
    }
  }

  private record Token(String text, int line, int column) {}

  private ExaBgpBlock(String keyword, String name, int line, int column) {
    this.keyword = keyword;
    this.name = name;
    this.line = line;
    this.column = column;
  }

  static ExaBgpBlock parse(String text, Problems problems) {
    ExaBgpBlock root = new ExaBgpBlock("", "", 1, 1);
    List<ExaBgpBlock> open = new ArrayList<>(List.of(root));
    List<Token> words = new ArrayList<>();
    for (Token token : tokens(text)) {
      ExaBgpBlock current = open.get(open.size() - 1);
      switch (token.text()) {
        case "{" -> {
          ExaBgpBlock inner = block(words, token);
          current.blocks.add(inner);
          open.add(inner);
          words.clear();
        }
        case "}" -> {
          if (open.size() > 1) {
            open.remove(open.size() - 1);
          } else {
            problems.add(root.at("file", token), "}", "as many { before it");
          }
          words.clear();
        }
        case ";" -> {
          current.add(words);
          words.clear();
        }
        default -> words.add(token);
      }
      if (open.size() > MAX_DEPTH) {
        problems.add(root.at("file", token), "{", "at most " + MAX_DEPTH + " levels");
        return root;
      }
    }
    if (open.size() > 1) {
      ExaBgpBlock unclosed = open.get(open.size() - 1);
      problems.add(unclosed.at(unclosed.keyword), "not closed", "}");
    }
    return root;
  }

  private static List<Token> tokens(String text) {
    List<Token> tokens = new ArrayList<>();
    Matcher matcher = TOKEN.matcher(text);
    int line = 1;
    int lineStart = 0;
    int scanned = 0;
    while (matcher.find()) {
      for (; scanned < matcher.start(); scanned++) {
        if (text.charAt(scanned) == '\n') {
          line++;
          lineStart = scanned + 1;
        }
      }
      if (!matcher.group().startsWith("#")) {
        tokens.add(new Token(matcher.group(), line, matcher.start() - lineStart + 1));
      }
    }
    return tokens;
  }

  private static ExaBgpBlock block(List<Token> words, Token brace) {
    return words.isEmpty()
        ? new ExaBgpBlock("", "", brace.line(), brace.column())
        : new ExaBgpBlock(
            words.get(0).text(), rest(words), words.get(0).line(), words.get(0).column());
  }

  private static String rest(List<Token> words) {
    return String.join(" ", words.stream().skip(1).map(Token::text).toList());
  }

  private void add(List<Token> words) {
    if (!words.isEmpty()) {
      Token first = words.get(0);
      statements.add(new Statement(first.text(), rest(words), first.line(), first.column()));
    }
  }

  String name() {
    return name;
  }

  /**
   * Each statement inside, with the blocks it stands in, e.g. {@code neighbor 192.0.2.1/peer-as
   * 64496}.
   *
   * @param without keywords that are left out
   */
  Set<String> sentences(Set<String> without) {
    Set<String> all = new TreeSet<>();
    for (Statement statement : statements) {
      if (!without.contains(statement.keyword())) {
        all.add((statement.keyword() + " " + statement.value()).strip());
      }
    }
    for (ExaBgpBlock block : blocks) {
      String path = (block.keyword + " " + block.name).strip();
      all.add(path);
      block.sentences(without).forEach(inner -> all.add(path + "/" + inner));
    }
    return all;
  }

  List<ExaBgpBlock> blocks(String wanted) {
    return blocks.stream().filter(block -> block.keyword.equals(wanted)).toList();
  }

  Optional<Statement> statement(String wanted) {
    return statements.stream().filter(s -> s.keyword().equals(wanted)).findFirst();
  }

  /** Whether {@code wanted value;} is among the statements. */
  boolean says(String wanted, String value) {
    return statements.stream().anyMatch(s -> s.keyword().equals(wanted) && s.value().equals(value));
  }

  /** The names in {@code wanted [ a, b ];} or {@code wanted a;}. */
  List<String> names(String wanted) {
    return statement(wanted)
        .map(s -> List.of(s.value().replaceAll("[\\[\\],]", " ").strip().split("\\s+")))
        .orElse(List.of());
  }

  Node.Location at(String path) {
    return new Node.Location(path, line, column);
  }

  private Node.Location at(String path, Token token) {
    return new Node.Location(path, token.line(), token.column());
  }
}
