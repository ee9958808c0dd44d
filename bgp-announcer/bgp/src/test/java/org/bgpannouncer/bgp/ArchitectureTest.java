package org.bgpannouncer.bgp;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.codeUnits;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

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
  static final ArchRule nothingPrintsToStdout =
      noClasses().should().accessField(System.class, "out");

  @ArchTest
  static final ArchRule timeComesFromOneDoor =
      noClasses()
          .that()
          .doNotHaveSimpleName("BgpListener")
          .should()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis");

  @ArchTest
  static final ArchRule exportedSignaturesCarryNoNettyType =
      codeUnits()
          .that()
          .arePublic()
          .and()
          .areDeclaredInClassesThat(exported())
          .should(
              new ArchCondition<JavaCodeUnit>("carry no Netty type") {
                @Override
                public void check(JavaCodeUnit unit, ConditionEvents events) {
                  boolean clean =
                      unit.getRawParameterTypes().stream().noneMatch(ArchitectureTest::isNetty)
                          && !isNetty(unit.getRawReturnType());
                  events.add(new SimpleConditionEvent(unit, clean, unit.getFullName()));
                }
              });

  private static DescribedPredicate<JavaClass> exported() {
    return DescribedPredicate.describe(
            "are public", (JavaClass type) -> type.getModifiers().contains(JavaModifier.PUBLIC))
        .and(not(resideInAnyPackage(BASE + "bgp.wire")));
  }

  private static boolean isNetty(JavaClass type) {
    return type.getPackageName().startsWith("io.netty");
  }
}
