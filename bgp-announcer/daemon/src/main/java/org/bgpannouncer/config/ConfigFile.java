package org.bgpannouncer.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bgpannouncer.route.Prefix;

/**
 * A configuration file as a whole: one site, or several under {@code sites} with their defaults
 * beside it.
 *
 * @param sites the sites by name, in the file's order; those that are wrong are missing
 * @param problems everything that is wrong, in the file's order; empty if the file may be used
 */
public record ConfigFile(Map<String, DaemonConfig> sites, List<ConfigProblem> problems) {
  /** A larger file is refused unread. */
  public static final int MAX_BYTES = 1 << 20;

  private static final Key<Node> SITES = Key.structure("sites", "a mapping of site names to sites");

  /** Copies. */
  public ConfigFile {
    sites = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(sites));
    problems = List.copyOf(problems);
  }

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be read; what is wrong inside is a problem instead
   */
  public static ConfigFile read(Path file) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    }
    if (bytes.length > MAX_BYTES) {
      return whole(file.toString(), "too large", "at most " + MAX_BYTES + " bytes");
    }
    try {
      return parse(
          file.toString(),
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      return whole(file.toString(), "not UTF-8", "UTF-8 text");
    }
  }

  /** Reads a file's text; {@code name} is what problems call it. */
  public static ConfigFile parse(String name, String text) {
    Problems problems = new Problems(name);
    Map<String, DaemonConfig> sites = new LinkedHashMap<>();
    YamlTree.read(text, problems)
        .ifPresent(
            root -> {
              Node.Entry several = root.entries().get(SITES.name());
              if (several == null) {
                oneSite(root, problems, sites);
              } else {
                severalSites(several.value(), root.without(SITES.name()), problems, sites);
              }
            });
    return new ConfigFile(sites, problems.inOrder());
  }

  /** The site to run: the named one, or the only one; empty if that is not clear. */
  public Optional<DaemonConfig> site(Optional<String> name) {
    if (name.isPresent()) {
      return Optional.ofNullable(sites.get(name.get()));
    }
    return sites.size() == 1 ? sites.values().stream().findFirst() : Optional.empty();
  }

  private static void oneSite(
      Node.Mapping root, Problems problems, Map<String, DaemonConfig> sites) {
    site(root, Optional.empty(), Map.of(), problems)
        .ifPresent(site -> sites.put(site.site().site(), site));
  }

  private static void severalSites(
      Node value, Node.Mapping defaults, Problems problems, Map<String, DaemonConfig> sites) {
    if (!(value instanceof Node.Mapping names) || names.entries().isEmpty()) {
      problems.add(value.at(), "no sites", SITES.rule());
      return;
    }
    Map<String, List<Prefix>> ranges = physicalRanges(names, defaults);
    names
        .entries()
        .forEach(
            (name, entry) -> {
              if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,62}")) {
                problems.add(entry.keyAt(), name, Key.NAME_RULE);
              } else if (entry.value() instanceof Node.Mapping own) {
                Map<String, List<Prefix>> others = new TreeMap<>(ranges);
                others.remove(name);
                site(own.over(defaults), Optional.of(name), others, problems)
                    .ifPresent(site -> sites.put(name, site));
              } else {
                problems.add(entry.value().at(), "no mapping", "the keys of a site");
              }
            });
  }

  private static Map<String, List<Prefix>> physicalRanges(
      Node.Mapping names, Node.Mapping defaults) {
    Map<String, List<Prefix>> ranges = new TreeMap<>();
    names
        .entries()
        .forEach(
            (name, entry) -> {
              if (entry.value() instanceof Node.Mapping own) {
                ranges.put(name, SiteReader.physicalRanges(own.over(defaults)));
              }
            });
    return ranges;
  }

  private static Optional<DaemonConfig> site(
      Node.Mapping mapping,
      Optional<String> name,
      Map<String, List<Prefix>> otherRanges,
      Problems problems) {
    try {
      return SiteReader.read(mapping, name, otherRanges, problems);
    } catch (IllegalArgumentException e) {
      // A rule of the engine's that no reader holds: its message says what is wrong, but not where.
      problems.add(mapping.at(), String.valueOf(e.getMessage()), "a site the engine accepts");
      return Optional.empty();
    }
  }

  private static ConfigFile whole(String file, String value, String rule) {
    return new ConfigFile(
        Map.of(), List.of(new ConfigProblem(file, 1, 1, Node.Location.ROOT, value, rule)));
  }
}
