package org.bgpannouncer.testkit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What a simulation may be built on: never on the probe or the speaker that it is to test. */
@AnalyzeClasses(packages = "org.bgpannouncer.testkit", importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {
  private static final String BASE = "org.bgpannouncer.";

  @ArchTest
  static final ArchRule theSimulatedBitcoindSharesNoCodeWithTheProbes =
      classes()
          .that()
          .resideInAPackage(BASE + "testkit.bitcoin")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              "io.netty..",
              "com.fasterxml.jackson..",
              "org.jspecify..",
              BASE + "probe.time",
              BASE + "testkit.bitcoin");

  @ArchTest
  static final ArchRule theSimulatedExaBgpSharesNoCodeWithTheSpeaker =
      classes()
          .that()
          .resideInAPackage(BASE + "testkit.exabgp")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              "org.jspecify..",
              BASE + "bgp",
              BASE + "bgp.session", // its session with a router is a real one
              BASE + "route",
              BASE + "testkit.exabgp");

  @ArchTest
  static final ArchRule theSimulatedPeerStandsOnTheModuleBgp =
      classes()
          .that()
          .resideInAPackage(BASE + "testkit.bgp")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              "com.fasterxml.jackson..",
              "org.jspecify..",
              BASE + "bgp",
              BASE + "bgp.session",
              BASE + "route",
              BASE + "testkit.bgp");

  @ArchTest
  static final ArchRule junitIsNeededByItsExtensionsAlone =
      noClasses()
          .that()
          .resideOutsideOfPackage(BASE + "testkit.junit")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.junit..");

  @ArchTest
  static final ArchRule simulationsFormNoCycle =
      slices().matching(BASE + "testkit.(*)..").should().beFreeOfCycles();
}
