package org.bgpannouncer.probe;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may import whom inside the library, and what never leaves it. */
@AnalyzeClasses(packages = "org.bgpannouncer.probe", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String ROOT = "org.bgpannouncer.probe";

  @ArchTest
  static final ArchRule p2pImportsNoOtherProbe =
      noClasses()
          .that()
          .resideInAPackage(ROOT + ".bitcoin.p2p..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              ROOT + ".bitcoin.rpc..", ROOT + ".bitcoin.zmq..", ROOT + ".http..", ROOT + ".tcp..");

  @ArchTest
  static final ArchRule rpcImportsNoOtherProbe =
      noClasses()
          .that()
          .resideInAPackage(ROOT + ".bitcoin.rpc..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              ROOT + ".bitcoin.p2p..", ROOT + ".bitcoin.zmq..", ROOT + ".http..", ROOT + ".tcp..");

  @ArchTest
  static final ArchRule zmqImportsNoOtherProbe =
      noClasses()
          .that()
          .resideInAPackage(ROOT + ".bitcoin.zmq..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              ROOT + ".bitcoin.p2p..", ROOT + ".bitcoin.rpc..", ROOT + ".http..", ROOT + ".tcp..");

  @ArchTest
  static final ArchRule theGenericProbesKnowNothingOfBitcoin =
      noClasses()
          .that()
          .resideInAnyPackage(ROOT + ".http..", ROOT + ".tcp..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(ROOT + ".bitcoin..");

  @ArchTest
  static final ArchRule thePlumbingKnowsNoProbe =
      noClasses()
          .that()
          .resideInAnyPackage(
              ROOT + ".finding..",
              ROOT + ".net..",
              ROOT + ".pacing..",
              ROOT + ".time..",
              ROOT + ".zmtp..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(ROOT + ".bitcoin..", ROOT + ".http..", ROOT + ".tcp..");

  @ArchTest
  static final ArchRule timeKnowsNothing =
      classes()
          .that()
          .resideInAPackage(ROOT + ".time..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("java..", "org.jspecify..", ROOT + ".time..");

  @ArchTest
  static final ArchRule theWireFormatsKnowNoProbe =
      classes()
          .that()
          .resideInAPackage(ROOT + ".bitcoin.p2p.wire..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              "io.netty..",
              "org.jspecify..",
              ROOT + ".bitcoin.p2p.wire..",
              ROOT + ".bitcoin");

  @ArchTest
  static final ArchRule theOnlyLibrariesAreThese =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              "jdk.net..",
              "javax.net.ssl..",
              "javax.security..",
              "io.netty..",
              "com.fasterxml.jackson..",
              "org.jspecify..",
              "org.slf4j..",
              ROOT + "..");

  @ArchTest
  static final ArchRule theMonotonicClockIsReadInTheClockClassesOnly =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName(ROOT + ".time.Ticker")
          .and()
          .doNotHaveFullyQualifiedName(ROOT + ".net.NettyLoop")
          .should()
          .callMethod(System.class, "nanoTime");

  @ArchTest
  static final ArchRule theWallClockIsHandedIn =
      noClasses()
          .should()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(java.time.Instant.class, "now");

  @ArchTest
  static final ArchRule randomSourcesAreHandedIn =
      noClasses()
          .should()
          .callConstructor(java.util.Random.class)
          .orShould()
          .callMethod(Math.class, "random");

  @ArchTest
  static final ArchRule bitcoinHasNoCycles =
      slices().matching(ROOT + ".bitcoin.(*)..").should().beFreeOfCycles();
}
