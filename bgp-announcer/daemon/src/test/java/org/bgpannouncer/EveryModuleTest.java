package org.bgpannouncer;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.codeUnits;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.module.ModuleReference;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** What holds in all modules alike; here, because the daemon's tests see them all. */
@AnalyzeClasses(packages = "org.bgpannouncer", importOptions = DoNotIncludeTests.class)
final class EveryModuleTest {
  private static final Set<String> EXPORTED =
      PublishedModulesTest.published()
          .map(ModuleReference::descriptor)
          .flatMap(module -> module.exports().stream())
          .map(Exports::source)
          .collect(Collectors.toSet());

  @ArchTest
  static final ArchRule everyPackageIsNullMarked =
      classes()
          .should(
              ArchCondition.from(
                  describe(
                      "reside in a @NullMarked package",
                      (JavaClass type) -> type.getPackage().isAnnotatedWith(NullMarked.class))));

  /** Standard output may be ExaBGP's pipe: only picocli's writer reaches it, from cli. */
  @ArchTest
  static final ArchRule nobodyPrints =
      noClasses()
          .should()
          .accessField(System.class, "out")
          .orShould()
          .accessField(System.class, "err");

  @ArchTest
  static final ArchRule whatAnEmbedderSeesCarriesNoNettyType =
      codeUnits()
          .that(are(describe("exported", EveryModuleTest::isExported)))
          .should(
              ArchCondition.from(
                  describe("carry no Netty type", (JavaCodeUnit unit) -> !carriesNetty(unit))));

  private static boolean isExported(JavaCodeUnit unit) {
    JavaClass owner = unit.getOwner();
    return EXPORTED.contains(owner.getPackageName())
        && owner.getModifiers().contains(JavaModifier.PUBLIC)
        && (unit.getModifiers().contains(JavaModifier.PUBLIC)
            || unit.getModifiers().contains(JavaModifier.PROTECTED));
  }

  private static boolean carriesNetty(JavaCodeUnit unit) {
    return Stream.concat(unit.getRawParameterTypes().stream(), Stream.of(unit.getRawReturnType()))
        .anyMatch(type -> type.getPackageName().startsWith("io.netty"));
  }
}
