package org.bgpannouncer;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;

/** Who may import whom among the rooms, and what stays pure. */
@AnalyzeClasses(packages = "org.bgpannouncer", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String BASE = "org.bgpannouncer.";
  private static final String[] PURE = {
    BASE + "health", BASE + "decision", BASE + "announcement", BASE + "reconcile", BASE + "route"
  };

  @ArchTest
  static void everyRoomImportsOnlyWhatReachesIt(JavaClasses all) {
    room("health", "probe").check(all);
    room("decision", "health", "probe").check(all);
    room("announcement", "decision", "route", "probe").check(all);
    room("reconcile", "route").check(all);
    room("speaker", "route").check(all);
    // Reads ExaBGP's JSON.
    room("speaker.exabgp", List.of("com.fasterxml.jackson.."), "speaker", "route").check(all);
    room("observe", "health", "decision", "route", "probe", "speaker").check(all);
    room(
            "engine",
            "health",
            "decision",
            "announcement",
            "reconcile",
            "observe",
            "route",
            "probe",
            "probe.time",
            "speaker")
        .check(all);
    room("announcer", "engine", "observe", "probe", "speaker").check(all);
  }

  private static ArchRule room(String room, String... imports) {
    return room(room, List.of(), imports);
  }

  private static ArchRule room(String room, List<String> libraries, String... imports) {
    List<String> allowed = new ArrayList<>(List.of("java..", "org.slf4j", "org.jspecify.."));
    allowed.addAll(libraries);
    allowed.add(BASE + room);
    for (String each : imports) {
      allowed.add(BASE + each);
    }
    return classes()
        .that()
        .resideInAPackage(BASE + room)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(allowed.toArray(String[]::new));
  }

  @ArchTest
  static final ArchRule pureRoomsKnowNoThreadNoFileNoLogNoNetty =
      noClasses()
          .that()
          .resideInAnyPackage(PURE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.netty..",
              "java.io..",
              "java.nio..",
              "org.slf4j..",
              "java.util.concurrent.locks..",
              "java.util.concurrent.atomic..");

  @ArchTest
  static final ArchRule pureRoomsStartNothing =
      noClasses()
          .that()
          .resideInAnyPackage(PURE)
          .should()
          .dependOnClassesThat()
          .haveNameMatching(
              "java\\.util\\.concurrent\\.(?!TimeUnit).*"
                  + "|java\\.net\\..*Socket|java\\.lang\\.Thread|java\\.util\\.Random");

  @ArchTest
  static final ArchRule pureRoomsReadNoClock =
      noClasses()
          .that()
          .resideInAnyPackage(PURE)
          .should()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .dependOnClassesThat()
          .haveNameMatching("java\\.time\\.(Clock|Instant|InstantSource|ZonedDateTime)")
          .orShould()
          .dependOnClassesThat()
          .resideInAPackage(BASE + "probe.time");

  @ArchTest
  static final ArchRule onlyTheLoopReadsTheMachinesClock =
      noClasses()
          .that()
          .resideInAnyPackage(BASE + "engine", BASE + "announcer", BASE + "observe")
          .and()
          .doNotHaveSimpleName("ThreadLoop")
          .should()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(java.time.Instant.class, "now");

  @ArchTest
  static final ArchRule nobodyHereKnowsNetty =
      noClasses()
          .that()
          .resideInAnyPackage(
              BASE + "engine", BASE + "announcer", BASE + "observe", BASE + "speaker..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.netty..");

  @ArchTest
  static final ArchRule roomsFormNoCycle =
      slices().matching(BASE + "(*)..").should().beFreeOfCycles();
}
