package org.bgpannouncer.probe;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullMarked;

/** Who may import whom inside the library, and what never leaves it. */
@AnalyzeClasses(packages = "org.bgpannouncer.probe", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String ROOT = "org.bgpannouncer.probe";

  /** Those of module-info: what an embedder sees. */
  private static final Set<String> EXPORTED =
      Set.of(
          ROOT,
          ROOT + ".bitcoin",
          ROOT + ".bitcoin.p2p",
          ROOT + ".bitcoin.rpc",
          ROOT + ".bitcoin.zmq",
          ROOT + ".http",
          ROOT + ".tcp",
          ROOT + ".time");

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
  static final ArchRule exportedSignaturesCarryNoNetty =
      classes().that(areExported()).and().arePublic().should(haveNoNettyInTheirSignatures());

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
  static final ArchRule nothingIsPrinted =
      noClasses()
          .should()
          .accessField(System.class, "out")
          .orShould()
          .accessField(System.class, "err");

  @ArchTest
  static final ArchRule everyPackageIsNullMarked = classes().should(resideInANullMarkedPackage());

  @ArchTest
  static final ArchRule bitcoinHasNoCycles =
      slices().matching(ROOT + ".bitcoin.(*)..").should().beFreeOfCycles();

  private static DescribedPredicate<JavaClass> areExported() {
    return DescribedPredicate.describe(
        "are in an exported package", type -> EXPORTED.contains(type.getPackageName()));
  }

  private static ArchCondition<JavaClass> haveNoNettyInTheirSignatures() {
    DescribedPredicate<JavaClass> netty = resideInAPackage("io.netty..");
    return new ArchCondition<>("have no Netty type in a signature that an embedder sees") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        List<JavaCodeUnit> visible = new ArrayList<>(type.getMethods());
        visible.addAll(type.getConstructors());
        for (JavaCodeUnit unit : visible) {
          boolean seen =
              unit.getModifiers().contains(JavaModifier.PUBLIC)
                  || unit.getModifiers().contains(JavaModifier.PROTECTED);
          List<JavaClass> types = new ArrayList<>(unit.getRawParameterTypes());
          types.add(unit.getRawReturnType());
          if (seen && types.stream().anyMatch(netty)) {
            events.add(SimpleConditionEvent.violated(unit, unit.getFullName()));
          }
        }
      }
    };
  }

  private static ArchCondition<JavaClass> resideInANullMarkedPackage() {
    return new ArchCondition<>("reside in a @NullMarked package") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        JavaPackage home = type.getPackage();
        if (!home.isAnnotatedWith(NullMarked.class)) {
          events.add(SimpleConditionEvent.violated(type, type.getName()));
        }
      }
    };
  }
}
