package org.bgpannouncer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.lang.module.ResolvedModule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.bgpannouncer.cli.Main;
import org.junit.jupiter.api.Test;

/** The jars that others build on are modules: our tests, on the class path, would not notice. */
final class PublishedModulesTest {
  private static final Set<String> PUBLISHED =
      Set.of(
          "org.bgpannouncer.probe",
          "org.bgpannouncer.bgp",
          "org.bgpannouncer.engine",
          "org.bgpannouncer.testkit");

  @Test
  void anEmbedderCanRequireEachWithAllThatItRequires() {
    Configuration resolved =
        ModuleLayer.boot()
            .configuration()
            .resolve(ModuleFinder.of(jars()), ModuleFinder.of(), PUBLISHED);

    assertThat(resolved.modules())
        .extracting(ResolvedModule::name)
        .contains(PUBLISHED.toArray(String[]::new));
    assertThat(resolved.modules())
        .filteredOn(module -> PUBLISHED.contains(module.name()))
        .noneMatch(module -> module.reference().descriptor().isAutomatic());
  }

  @Test
  void eachCarriesTheLicence() throws Exception {
    for (ModuleReference module : published().toList()) {
      try (ModuleReader reader = module.open()) {
        assertThat(reader.find("META-INF/LICENSE")).as(module.toString()).isPresent();
      }
    }
    Path daemon = Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    assertThat(daemon.resolve("META-INF/LICENSE")).exists();
  }

  static Stream<ModuleReference> published() {
    return ModuleFinder.of(jars()).findAll().stream()
        .filter(module -> PUBLISHED.contains(module.descriptor().name()));
  }

  /** The class path without this module's own folders; a sibling may be a folder or a jar. */
  private static Path[] jars() {
    return List.of(System.getProperty("java.class.path").split(File.pathSeparator)).stream()
        .map(Path::of)
        .filter(
            path -> Files.isRegularFile(path) || Files.exists(path.resolve("module-info.class")))
        .toArray(Path[]::new);
  }
}
