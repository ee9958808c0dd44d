package org.bgpannouncer.render;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.config.ConfigFile;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.engine.HostConfig;

/** The talk's site file and the one of both families, rendered; most sites pin in another way. */
final class Talk {
  static final Path TEMPLATES = Path.of("../../bird-templates");
  static final List<String> SITES = List.of("GVA", "PAR", "FRA", "ZRH");
  static final Path FILE = Path.of("../../docs/examples/talk.yaml");
  static final Path DUAL_STACK = Path.of("../../docs/examples/dual-stack.yaml");

  private Talk() {}

  static DaemonConfig site(String site) throws IOException {
    return ConfigFile.read(site.equals("ZRH") ? DUAL_STACK : FILE)
        .site(Optional.of(site))
        .orElseThrow();
  }

  /** The files for each machine but the hosts after the first, which are as that one. */
  static List<RenderedFile> render(Target target, DaemonConfig site) {
    List<String> others = site.site().hosts().stream().skip(1).map(HostConfig::name).toList();
    return new Renderer()
        .render(target, site).stream().filter(file -> !others.contains(file.machine())).toList();
  }

  static String text(Target target, DaemonConfig site) {
    return render(target, site).get(0).text();
  }
}
