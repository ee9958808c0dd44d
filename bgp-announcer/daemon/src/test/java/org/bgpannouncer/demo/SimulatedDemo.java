package org.bgpannouncer.demo;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.bgpannouncer.health.HostState;
import org.bgpannouncer.probe.ProbeRuntime;
import org.bgpannouncer.testkit.bitcoin.SimulatorLoop;

/**
 * {@code lab demo} without root: the story of the talk in one JVM. Each chapter does something,
 * proves what it promises, and tells the times; a broken promise is an {@link AssertionError}.
 */
final class SimulatedDemo implements AutoCloseable {
  private static final String INTRODUCTION =
      """
      Two sites of AS42275, Geneva (GVA) and Paris (PAR), share %s; in each, two Bitcoin nodes.

      Without root, part of it is simulated, in this one JVM:
        simulated  the nodes (P2P, RPC and ZMQ, on 127.42.0.0/16); ExaBGP; the edge router, which
                   believes what its iBGP session with ExaBGP says; the way of the packets: a
                   client takes the shortest AS path, then the nearest site, then the next hop
        real       the probes, the decisions, the ExaBGP commands and their receipts: the shipped
                   announcer; the TCP connections of its probes, of the clients and of BGP
      Every time is from just before the event to the UPDATE at the router's socket.

      The site files shorten the timers, so that the story is short:
        %s
        %s
      """;

  private static final String PREFERRED = "announced with full preference";

  /** How long a change that must not come is waited for. */
  private static final Duration QUIET = Duration.ofSeconds(1);

  /** The whole story. */
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final Consumer<String> say;
  private final long begunNanos = System.nanoTime();
  private final Path password;
  private final SimulatorLoop loop = new SimulatorLoop();
  private final ProbeRuntime runtime = new ProbeRuntime();
  private final SimulatedSite gva;
  private final SimulatedSite par;
  private final SimulatedClient clientGva;
  private final SimulatedClient clientPar;

  SimulatedDemo(Consumer<String> say) throws IOException {
    this.say = say;
    password = Files.createTempFile("bgp-announcer-demo", ".password");
    Files.writeString(password, "any\n");
    gva = new SimulatedSite("GVA", 1, loop, password);
    par = new SimulatedSite("PAR", 2, loop, password);
    clientGva = new SimulatedClient("client-gva", runtime, List.of(gva, par));
    clientPar = new SimulatedClient("client-par", runtime, List.of(par, gva));
  }

  /** Tells the story; exit 0 when every promise was kept, 1 otherwise. */
  public static void main(String[] arguments) throws IOException {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    int code = 0;
    try (SimulatedDemo demo = new SimulatedDemo(out::println)) {
      demo.tell();
    } catch (AssertionError broken) {
      out.println("\nA promise was not kept: " + broken.getMessage());
      code = 1;
    }
    System.exit(code);
  }

  void tell() {
    say.accept(
        INTRODUCTION.formatted(
            SimulatedSite.SERVICE_PREFIX, SimulatedSite.HEALTH, SimulatedSite.RPC_TIMERS));
    String first = gva.hosts().get(0);
    String second = gva.hosts().get(1);
    chapter("Both sites come up; each client reaches the nearest one.", this::comeUp);
    chapter(
        "One of Geneva's two nodes dies. The site still serves: the Internet must not notice.",
        () -> oneNodeDies(first, second));
    chapter(
        "The other one dies too: nobody serves in Geneva, its prefix is withdrawn.",
        () -> lastNodeDies(second));
    chapter(
        "One node heals. It must prove itself for a while; then Geneva is back.",
        () -> comesBack(first));
    chapter("The other one heals.", () -> secondComesBack(second));
    chapter(
        "The nodes of Paris hang: alive, listening, mute. No packet tells; only time does.",
        this::siteStalls);
    long toldNanos = System.nanoTime() - begunNanos;
    say.accept("Told in %s.".formatted(seconds(toldNanos)));
    if (toldNanos >= LIMIT.toNanos()) {
      throw new AssertionError(
          "the story took %s (expected: less than %s)"
              .formatted(seconds(toldNanos), seconds(LIMIT.toNanos())));
    }
  }

  private String comeUp() {
    for (SimulatedSite site : List.of(gva, par)) {
      site.router().await("announced", begunNanos, Optional::isPresent);
      site.await(HostState.UP, site.hosts());
    }
    return clients(gva, par);
  }

  private String oneNodeDies(String victim, String survivor) {
    String nextHop = gva.node(survivor).p2p().address().getAddress().getHostAddress();
    long killed = System.nanoTime();
    gva.node(victim).die();
    SimulatedRouter.Change moved =
        gva.router()
            .await(
                "moved to " + survivor,
                killed,
                path -> path.isPresent() && path.get().nextHop().equals(nextHop));
    gva.await(HostState.DOWN, List.of(victim));
    requireNothingHeard(killed);
    return "%s died: next hop moved to %s after %s, nothing that a neighbour hears\n%s"
        .formatted(victim, survivor, millis(moved.nanos() - killed), clients(gva, par));
  }

  private String lastNodeDies(String victim) {
    long killed = System.nanoTime();
    gva.node(victim).die();
    SimulatedRouter.Change gone = gva.router().await("withdrawn", killed, Optional::isEmpty);
    String reached = clients(par, par);
    par.router().requireNothingHeard(killed, QUIET);
    return "%s died: withdrawn after %s\n%s"
        .formatted(victim, millis(gone.nanos() - killed), reached);
  }

  private String comesBack(String healed) {
    long begun = System.nanoTime();
    gva.node(healed).revive();
    // De-preferred at first, if its RPC is asked again only later: clients come with the
    // preference.
    SimulatedRouter.Change back = gva.router().await(PREFERRED, begun, SimulatedDemo::isPreferred);
    if (back.nanos() - begun < SimulatedSite.HOLD_DOWN.toNanos()) {
      throw new AssertionError(
          "GVA: back after %s (expected: at least the hold-down, %s)"
              .formatted(seconds(back.nanos() - begun), SimulatedSite.HOLD_DOWN));
    }
    return "%s started: announced again after %s\n%s"
        .formatted(healed, seconds(back.nanos() - begun), clients(gva, par));
  }

  private String secondComesBack(String healed) {
    long begun = System.nanoTime();
    gva.node(healed).revive();
    gva.await(HostState.UP, List.of(healed));
    requireNothingHeard(begun);
    return "%s is healthy again, nothing moved\n%s".formatted(healed, clients(gva, par));
  }

  private String siteStalls() {
    long stopped = System.nanoTime();
    par.hosts().forEach(host -> par.node(host).pause());
    SimulatedRouter.Change less =
        par.router()
            .await("de-preferred", stopped, path -> path.isPresent() && path.get().prepends() > 0);
    String reached = clients(gva, gva);
    SimulatedRouter.Change gone = par.router().await("withdrawn", stopped, Optional::isEmpty);
    gva.router().requireNothingHeard(stopped, QUIET);
    long resumed = System.nanoTime();
    par.hosts().forEach(host -> par.node(host).resume());
    SimulatedRouter.Change back =
        par.router().await(PREFERRED, resumed, SimulatedDemo::isPreferred);
    return "both paused: de-preferred after %s\n%s\nwithdrawn after %s; resumed: back after %s\n%s"
        .formatted(
            seconds(less.nanos() - stopped),
            reached,
            seconds(gone.nanos() - stopped),
            seconds(back.nanos() - resumed),
            clients(gva, par));
  }

  private static boolean isPreferred(Optional<SimulatedRouter.Path> path) {
    return path.isPresent() && path.get().prepends() == 0;
  }

  private void requireNothingHeard(long sinceNanos) {
    gva.router().requireNothingHeard(sinceNanos, QUIET);
    par.router().requireNothingHeard(sinceNanos, Duration.ZERO);
  }

  private String clients(SimulatedSite ofGva, SimulatedSite ofPar) {
    return "client-gva reaches %s, client-par %s"
        .formatted(clientGva.reaches(ofGva), clientPar.reaches(ofPar));
  }

  private void chapter(String title, Supplier<String> step) {
    say.accept("[%2d s] %s".formatted((System.nanoTime() - begunNanos) / 1_000_000_000L, title));
    say.accept(step.get().indent(7));
  }

  private static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.1f ms", nanos / 1e6);
  }

  private static String seconds(long nanos) {
    return String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
  }

  @Override
  public void close() throws IOException {
    try (loop;
        runtime;
        gva;
        par) {
      Files.delete(password);
    }
  }
}
