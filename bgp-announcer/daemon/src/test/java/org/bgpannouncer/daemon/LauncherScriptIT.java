package org.bgpannouncer.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real launcher around a few lines of shell in the announcer's place: what it writes to ExaBGP
 * when the announcer cannot.
 */
class LauncherScriptIT {
  private static final long PATIENCE_SECONDS = 30;

  @TempDir Path directory;
  private Path toExaBgp = Path.of("");
  private Path log = Path.of("");
  private final List<Process> started = new ArrayList<>();

  @BeforeEach
  void files() {
    toExaBgp = directory.resolve("to-exabgp");
    log = directory.resolve("log");
  }

  @AfterEach
  void stop() {
    for (Process process : started) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  @Test
  void onlyWhatIsWrittenToThePipeReachesExaBgp() throws Exception {
    assertThat(launch("echo alive >&4; echo 'a JVM warning'; echo 'announce route x' >&3", ""))
        .isZero();
    assertThat(toExaBgp).hasContent("announce route x");
    assertThat(log).content().contains("a JVM warning");
  }

  @Test
  void exaBgpsAnswersReachTheAnnouncerUntouched() throws Exception {
    assertThat(launch("echo alive >&4; cat >&3", "", "exabgp 4.2.21\ndone\n")).isZero();
    assertThat(toExaBgp).hasContent("exabgp 4.2.21\ndone");
  }

  @Test
  void aKilledAnnouncerIsStartedAgainAndNoRouteIsTouched() throws Exception {
    String dieTwice =
        "echo alive >&4; echo x >> "
            + directory.resolve("starts")
            + "; [ $(wc -l < "
            + directory.resolve("starts")
            + ") -ge 3 ] || kill -9 $$";
    assertThat(launch(dieTwice, "")).isZero();
    assertThat(directory.resolve("starts")).content().hasLineCount(3);
    assertThat(toExaBgp).isEmptyFile();
  }

  @Test
  void whenTheRestartsAreUsedUpWhatTheAnnouncerNamedIsWithdrawn() throws Exception {
    String dieAlways =
        "echo allow 192.0.2.0/24 2001:db8::/48 2001:db8::/48=10.1.0.11 >&4; kill -9 $$";
    assertThat(launch(dieAlways, "--restarts 2 --linger 0 --allow 203.0.113.0/24")).isEqualTo(69);
    assertThat(toExaBgp)
        .hasContent(
            """
            withdraw route 192.0.2.0/24
            withdraw route 2001:db8::/48
            withdraw route 2001:db8::/48 path-information 10.1.0.11
            """);
  }

  @Test
  void theWithdrawFollowsTheLastDeathWithoutAPause() throws Exception {
    Path died = directory.resolve("died");
    String dieAlways = "echo alive >&4; echo $EPOCHREALTIME > " + died + "; kill -9 $$";
    Duration best = Duration.ofDays(1);
    new ProcessBuilder("mkfifo", toExaBgp.toString()).start().onExit().join();
    try (var exaBgp = new RandomAccessFile(toExaBgp.toFile(), "rw")) {
      for (int i = 0; i < 5; i++) { // the best of five: the machine may be busy
        start(dieAlways, "--restarts 1 --linger 600 --allow 192.0.2.0/24");
        assertThat(exaBgp.readLine()).isEqualTo("withdraw route 192.0.2.0/24");
        Instant now = Instant.now();
        BigDecimal seconds = new BigDecimal(Files.readString(died).trim());
        long micros = seconds.movePointRight(6).longValueExact();
        Duration took = Duration.between(Instant.EPOCH.plus(micros, ChronoUnit.MICROS), now);
        best = took.compareTo(best) < 0 ? took : best;
      }
    }
    assertThat(best).isLessThan(Duration.ofMillis(100));
  }

  @Test
  void anAnnouncerWithoutASignOfLifeIsReplacedByWithdraws() throws Exception {
    assertThat(launch("exec sleep 600", "--adopt-for 1 --linger 0 --allow 192.0.2.0/24"))
        .isEqualTo(69);
    assertThat(toExaBgp).hasContent("withdraw route 192.0.2.0/24");
  }

  @Test
  void theTimeUntilTheSignOfLifeIsNotRoundedDown() throws Exception {
    String talksButNotOfLife = "while :; do echo x >&4; read -t 0.05 <> <(:); done";
    long nanos = System.nanoTime();
    assertThat(launch(talksButNotOfLife, "--adopt-for 2 --linger 0")).isEqualTo(69);
    assertThat(Duration.ofNanos(System.nanoTime() - nanos)).isGreaterThan(Duration.ofSeconds(2));
  }

  @Test
  void aWrongConfigurationIsNotTriedAgain() throws Exception {
    assertThat(
            launch(
                "echo x >> " + directory.resolve("starts") + "; exit 78",
                "--linger 0 --allow 192.0.2.0/24"))
        .isEqualTo(78);
    assertThat(directory.resolve("starts")).content().hasLineCount(1);
    assertThat(toExaBgp).hasContent("withdraw route 192.0.2.0/24");
  }

  @Test
  void whatIsNoPrefixNeverBecomesACommand() throws Exception {
    assertThat(
            launch(
                "echo 'allow 192.0.2.0/24;announce x/24 192.0.2.0/24=1;x 192.0.2.0/24' >&4; kill -9 $$",
                "--restarts 0 --linger 0"))
        .isEqualTo(69);
    assertThat(toExaBgp).hasContent("withdraw route 192.0.2.0/24");
  }

  @Test
  void theAnnouncersAdoptForReplacesTheLaunchers() throws Exception {
    String mute = "echo allow 192.0.2.0/24 >&4; echo adopt-for 1 >&4; exec sleep 600";
    assertThat(launch(mute, "--adopt-for 600 --linger 0")).isEqualTo(69);
    assertThat(toExaBgp).hasContent("withdraw route 192.0.2.0/24");
  }

  @Test
  void aLineOnFd4MayTakeItsTime() throws Exception {
    String slow =
        "printf 'allow 192.0.2.0/24 ' >&4; read -t 1.5 <> <(:); echo 198.51.100.0/24 >&4; kill -9 $$";
    assertThat(launch(slow, "--restarts 0 --linger 0")).isEqualTo(69);
    assertThat(toExaBgp).hasContent("withdraw route 192.0.2.0/24\nwithdraw route 198.51.100.0/24");
  }

  @Test
  void sigtermIsPassedOnAndTheAnnouncersStatusIsTheLaunchers() throws Exception {
    String saysBye = "trap 'echo bye >&3; exit 0' TERM; echo allow 192.0.2.0/24 >&4; ";
    assertThat(terminate(saysBye, "")).isZero();
    assertThat(toExaBgp).hasContent("bye");
  }

  @Test
  void anAnnouncerThatSigtermMetTooEarlyHasItsWithdrawsMadeUpFor() throws Exception {
    assertThat(terminate("echo allow 192.0.2.0/24 >&4; ", "")).isEqualTo(143);
    assertThat(toExaBgp).hasContent("withdraw route 192.0.2.0/24");
  }

  @Test
  void withHandoverNothingIsMadeUpFor() throws Exception {
    assertThat(terminate("echo allow 192.0.2.0/24 >&4; ", "", "--handover")).isEqualTo(143);
    assertThat(toExaBgp).isEmptyFile();
  }

  @Test
  void anAnnouncerDeafToSigtermIsKilledAndItsRoutesWithdrawn() throws Exception {
    String deaf = "trap '' TERM; echo allow 192.0.2.0/24 >&4; ";
    assertThat(terminate(deaf, "--stop-for 1")).isEqualTo(137);
    assertThat(toExaBgp).hasContent("withdraw route 192.0.2.0/24");
  }

  @Test
  void whileItLingersExaBgpsAnswersAreDrainedAndTheirEndEndsIt() throws Exception {
    Process launcher = start("exit 78", "--linger 600 --allow 192.0.2.0/24");
    await()
        .atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(toExaBgp).hasContent("withdraw route 192.0.2.0/24"));
    try (var answers = launcher.getOutputStream()) {
      answers.write(new byte[1 << 20]); // a pipe holds 64 KiB: unread, this would block for good
      answers.flush();
      assertThat(launcher.isAlive()).isTrue();
    }
    assertThat(launcher.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(launcher.exitValue()).isEqualTo(78);
  }

  @Test
  void anOrderlyEndIsNotSpentOnExaBgpsPatienceEither() throws Exception {
    Process launcher = start("echo x > " + directory.resolve("ended"), "--linger 600");
    await()
        .atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .until(() -> Files.exists(directory.resolve("ended")));
    launcher.getOutputStream().write('\n');
    assertThat(launcher.isAlive()).isTrue();
    launcher.getOutputStream().close();
    assertThat(launcher.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(launcher.exitValue()).isZero();
  }

  @Test
  void aLauncherAfterOneThatWasKilledWithdrawsWhatTheAnnouncerNamedThere() throws Exception {
    killBoth("echo allow 192.0.2.0/24 2001:db8::/48 >&4; ", "--name site");
    assertThat(launch("exit 78", "--linger 0 --name other")).isEqualTo(78);
    assertThat(toExaBgp).as("of another announcer").isEmptyFile();
    assertThat(launch("exit 127", "--restarts 0 --linger 0 --name site")).isEqualTo(69);
    assertThat(toExaBgp).hasContent("withdraw route 192.0.2.0/24\nwithdraw route 2001:db8::/48");
  }

  @Test
  void theListOfADryRunIsEmptyForALauncherAfterItToo() throws Exception {
    killBoth("echo allow >&4; ", "--name site");
    assertThat(launch("exit 78", "--linger 0 --name site --allow 192.0.2.0/24")).isEqualTo(78);
    assertThat(toExaBgp).isEmptyFile();
  }

  @Test
  void anOrderlyEndLeavesNoListBehind() throws Exception {
    String saysBye = "trap 'exit 0' TERM; echo allow 192.0.2.0/24 >&4; ";
    assertThat(terminate(saysBye, "--name site")).isZero();
    assertThat(launch("exit 78", "--linger 0 --name site")).isEqualTo(78);
    assertThat(toExaBgp).isEmptyFile();
    assertThat(directory).isDirectoryNotContaining("glob:**bgp-announcer-*");
  }

  @Test
  void aWrongCommandLineIsNotSpentOnExaBgpsPatience() throws Exception {
    Process launcher = start("exit 0", "--colour blue");
    await()
        .atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(log).content().contains("--linger SECONDS"));
    assertThat(launcher.waitFor(500, TimeUnit.MILLISECONDS)).isFalse();
    launcher.toHandle().destroy();
    assertThat(launcher.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(start("exit 0", "--linger 0 --colour blue").onExit().join().exitValue())
        .isEqualTo(64);
    assertThat(toExaBgp).isEmptyFile();
  }

  @Test
  void anOvertakenLauncherLetsGoOfThePipeAndSaysNothing() throws Exception {
    Process launcher = start("exit 75", "--linger 600 --allow 192.0.2.0/24");
    try (var answers = launcher.getOutputStream()) {
      await("nobody reads the answers")
          .atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
          .untilAsserted(
              () ->
                  assertThatExceptionOfType(IOException.class)
                      .isThrownBy(
                          () -> {
                            answers.write('\n');
                            answers.flush();
                          }));
    } catch (IOException e) {
      // What is buffered cannot be written either.
    }
    assertThat(launcher.isAlive()).isTrue();
    launcher.toHandle().destroy();
    assertThat(launcher.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(launcher.exitValue()).isEqualTo(75);
    assertThat(toExaBgp).isEmptyFile();
  }

  @Test
  void sigtermWhileItGivesUpIsNotLostAndNorAreItsWithdraws() throws Exception {
    new ProcessBuilder("mkfifo", toExaBgp.toString()).start().onExit().join();
    try (var exaBgp = new RandomAccessFile(toExaBgp.toFile(), "rw")) {
      Process launcher =
          start(
              "head -c 65536 /dev/zero >&3; exit 78", // a pipe holds that: the withdraw must wait
              "--linger 600 --allow 192.0.2.0/24");
      await("the launcher drains, and waits for ExaBGP to read")
          .atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
          .until(() -> launcher.descendants().anyMatch(LauncherScriptIT::isCat));
      launcher.toHandle().destroy();
      exaBgp.readFully(new byte[65536]);
      assertThat(launcher.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(launcher.exitValue()).isEqualTo(78);
      exaBgp.writeBytes("the end\n");
      assertThat(exaBgp.readLine()).isEqualTo("withdraw route 192.0.2.0/24");
    }
  }

  private static boolean isCat(ProcessHandle process) {
    return process.info().command().orElse("").endsWith("/cat");
  }

  /** SIGTERM for the launcher around an announcer that does this and then waits. */
  private int terminate(String announcer, String options, String... arguments) throws Exception {
    Path ready = directory.resolve("ready");
    Process launcher =
        start(
            announcer + "echo x > " + ready + "; while :; do read -t 1 <> <(:); done",
            options,
            arguments);
    await().atMost(PATIENCE_SECONDS, TimeUnit.SECONDS).until(() -> Files.exists(ready));
    launcher.toHandle().destroy(); // Process.destroy closes the streams too
    assertThat(launcher.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    return launcher.exitValue();
  }

  /** SIGKILL for the launcher and for the announcer that does this and then waits. */
  private void killBoth(String announcer, String options) throws Exception {
    Process launcher = start(announcer + "echo alive >&4; exec sleep 600", options);
    await().atMost(PATIENCE_SECONDS, TimeUnit.SECONDS).until(this::isRemembered);
    List<ProcessHandle> children = launcher.descendants().toList();
    launcher.destroyForcibly().onExit().join();
    children.forEach(ProcessHandle::destroyForcibly);
  }

  private boolean isRemembered() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.anyMatch(file -> file.toString().matches(".*-allow-[0-9-]+"));
    }
  }

  private int launch(String announcer, String options) throws Exception {
    return launch(announcer, options, "");
  }

  private int launch(String announcer, String options, String answers) throws Exception {
    Process launcher = start(announcer, options);
    try (var stdin = launcher.getOutputStream()) {
      stdin.write(answers.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      // It has ended already: there was nothing to read for.
    }
    assertThat(launcher.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    return launcher.exitValue();
  }

  private Process start(String announcer, String options, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("../../scripts/launcher"));
    if (!options.isEmpty()) {
      command.addAll(List.of(options.split(" ", -1)));
    }
    command.addAll(List.of("--", "bash", "-c", announcer));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(toExaBgp.toFile()).redirectError(log.toFile());
    builder.environment().put("TMPDIR", directory.toString());
    builder.environment().remove("RUNTIME_DIRECTORY");
    Process launcher = builder.start();
    started.add(launcher);
    return launcher;
  }
}
