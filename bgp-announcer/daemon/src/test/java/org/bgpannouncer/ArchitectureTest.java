package org.bgpannouncer;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may use what in the daemon. */
@AnalyzeClasses(
    packages = {
      "org.bgpannouncer.cli",
      "org.bgpannouncer.config",
      "org.bgpannouncer.control",
      "org.bgpannouncer.daemon",
      "org.bgpannouncer.doctor",
      "org.bgpannouncer.log",
      "org.bgpannouncer.rehearsal"
    },
    importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {
  @ArchTest
  static final ArchRule PICOCLI_STAYS_IN_CLI =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.bgpannouncer.cli")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("picocli..");

  @ArchTest
  static final ArchRule LOGBACK_STAYS_IN_LOG =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.bgpannouncer.log")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ch.qos.logback..");

  @ArchTest
  static final ArchRule NETTY_STAYS_IN_CONTROL =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.bgpannouncer.control")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.netty..");

  @ArchTest
  static final ArchRule READING_A_FILE_TOUCHES_NO_NETWORK =
      noClasses()
          .that()
          .resideInAPackage("org.bgpannouncer.config")
          .should()
          .dependOnClassesThat()
          .haveNameMatching("java\\.net\\.(Socket|ServerSocket)|java\\.nio\\.channels\\..*");

  @ArchTest
  static final ArchRule ROOMS_FORM_NO_CIRCLE =
      slices().matching("org.bgpannouncer.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule CLI_IS_USED_BY_NOBODY =
      classes()
          .that()
          .resideInAPackage("org.bgpannouncer.cli")
          .should()
          .onlyHaveDependentClassesThat()
          .resideInAPackage("org.bgpannouncer.cli");
}
