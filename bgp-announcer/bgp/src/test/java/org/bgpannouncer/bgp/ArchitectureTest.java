package org.bgpannouncer.bgp;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may import whom in this module, and what stays pure. */
@AnalyzeClasses(packages = "org.bgpannouncer", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String BASE = "org.bgpannouncer.";

  @ArchTest
  static final ArchRule routeKnowsOnlyTheJdk =
      classes()
          .that()
          .resideInAPackage(BASE + "route")
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage(
                  "java.lang..", "java.util..", "java.net", "org.jspecify..", BASE + "route"));

  @ArchTest
  static final ArchRule messagesKnowRoutesOnly =
      classes()
          .that()
          .resideInAPackage(BASE + "bgp")
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage(
                  "java.lang..",
                  "java.nio.charset",
                  "java.util..",
                  "java.time..",
                  "org.jspecify..",
                  BASE + "route",
                  BASE + "bgp"));

  @ArchTest
  static final ArchRule theCodecKnowsNoSession =
      noClasses()
          .that()
          .resideInAPackage(BASE + "bgp.wire")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(BASE + "bgp.session");

  @ArchTest
  static final ArchRule theStateMachineTouchesNoNettyNoThreadAndNoSocket =
      noClasses()
          .that()
          .haveSimpleNameStartingWith("SessionMachine")
          .or()
          .haveSimpleNameStartingWith("PeerMachine")
          .or()
          .haveSimpleNameStartingWith("FsmTable")
          .or()
          .haveSimpleNameStartingWith("SendWatch")
          .or()
          .haveSimpleName("OpenRefusal")
          .or()
          .haveSimpleName("SessionPhase")
          .or()
          .haveSimpleName("Negotiated")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.netty..", "java.util.concurrent..", "java.io..", "java.net..");

  @ArchTest
  static final ArchRule thereAreNoCycles =
      slices().matching("org.bgpannouncer.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule timeComesFromOneDoor =
      noClasses()
          .that()
          .doNotHaveSimpleName("BgpRuntime")
          .should()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis");
}
