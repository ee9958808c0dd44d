package org.bgpannouncer.docs;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import org.bgpannouncer.announcer.Announcer;
import org.bgpannouncer.announcer.StopMode;
import org.bgpannouncer.config.ConfigFile;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.ObservationListener;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Probe;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.render.Renderer;
import org.bgpannouncer.render.Target;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.speaker.exabgp.ExaBgpPipe;
import org.bgpannouncer.speaker.exabgp.ExaBgpSpeaker;

/**
 * The README's example as it stands, with real ExaBGP and BIRD: the edge router, the LAN and the
 * provider are network namespaces. Only the nodes are told, not probed, and the timers are short.
 */
final class ReadmeSite implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String SERVICE = "192.0.2.0/24";
  private static final String PROVIDER =
      """
      router id 203.0.113.253;
      protocol device {}
      protocol bgp customer {
        local 203.0.113.253 as 64511;
        neighbor 203.0.113.254 as 64496;
        ttl security yes;
        connect delay time 1;
        ipv4 { import all; export none; };
      }
      """;

  private final Path folder;
  private final String namespaces = "readme-it-" + ProcessHandle.current().pid() + "-";
  private final List<Process> processes = new ArrayList<>();
  private final Map<String, ObservationListener> probes = new ConcurrentSkipListMap<>();
  private final Announcer announcer;

  ReadmeSite(Path folder) throws IOException {
    this.folder = folder;
    try {
      buildNetwork();
      startRouters();
      announcer = announcer();
      announcer.start();
    } catch (IOException | RuntimeException | Error e) {
      removeNetwork();
      throw e;
    }
  }

  private void buildNetwork() throws IOException {
    String edge = namespaces + "edge";
    String lan = namespaces + "lan";
    String provider = namespaces + "provider";
    for (String namespace : List.of(edge, lan, provider)) {
      say("ip", "netns", "add", namespace);
      say("ip", "-n", namespace, "link", "set", "lo", "up");
    }
    cable(edge, "lan", "203.0.113.1/25", lan);
    cable(edge, "uplink", "203.0.113.254/30", provider);
    // ExaBGP's machine and the nodes: what a router sees of them is that they answer ARP.
    for (String address : List.of("203.0.113.21/25", "203.0.113.11/25", "203.0.113.12/25")) {
      say("ip", "-n", lan, "addr", "add", address, "dev", "lan");
    }
    say("ip", "-n", provider, "addr", "add", "203.0.113.253/30", "dev", "uplink");
  }

  private static void cable(String near, String name, String address, String far)
      throws IOException {
    say(
        ("ip -n " + near + " link add " + name + " type veth peer name " + name + " netns " + far)
            .split(" "));
    say("ip", "-n", near, "addr", "add", address, "dev", name);
    say("ip", "-n", near, "link", "set", name, "up");
    say("ip", "-n", far, "link", "set", name, "up");
  }

  private void startRouters() throws IOException {
    DaemonConfig site = site(Page.README.block("yaml", "local-as"));
    startBird("edge", rendered(Target.BIRD, site));
    startBird("provider", PROVIDER);
    Path child = folder.resolve("child");
    Files.writeString(
        child,
        """
        #!/bin/sh
        echo $$ >%1$s/pid.new && mv %1$s/pid.new %1$s/pid && exec sleep 600
        """
            .formatted(folder));
    Files.setPosixFilePermissions(child, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(
        folder.resolve("exabgp.conf"),
        rendered(Target.EXABGP4, site).replaceAll("run .*;", "run " + child + ";"));
    start("lan", "exabgp", "exabgp", "exabgp.conf");
    await("child of ExaBGP; " + folder)
        .atMost(PATIENCE)
        .until(() -> Files.exists(folder.resolve("pid")));
  }

  private void startBird(String namespace, String configuration) throws IOException {
    Files.writeString(folder.resolve(namespace + ".conf"), configuration);
    String control = namespace + ".sock";
    start(
        namespace,
        namespace,
        ("bird -f -c " + namespace + ".conf -s " + control + " -P " + namespace + ".pid")
            .split(" "));
    await(namespace + "; " + folder)
        .atMost(PATIENCE)
        .until(() -> Files.exists(folder.resolve(control)));
  }

  private void start(String namespace, String log, String... command) throws IOException {
    List<String> inside = new ArrayList<>(List.of("ip", "netns", "exec", namespaces + namespace));
    inside.addAll(List.of(command));
    ProcessBuilder builder = new ProcessBuilder(inside).directory(folder.toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "exabgp_daemon_user", "root",
                "exabgp_api_cli", "false",
                "exabgp_tcp_bind", "203.0.113.21",
                "exabgp_tcp_port", "179",
                "PATH", System.getenv("PATH") + ":/usr/sbin"));
    processes.add(
        builder
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(log + ".log").toFile())
            .start());
  }

  private static DaemonConfig site(String text) {
    return ConfigFile.parse("README.md", text).site(Optional.empty()).orElseThrow();
  }

  private static String rendered(Target target, DaemonConfig site) {
    return new Renderer().render(target, site).get(0).text();
  }

  private Announcer announcer() throws IOException {
    // As long as the shipped timers want proof of health, no test has the patience to wait.
    SiteConfig site =
        site(Page.README
                .block("yaml", "local-as")
                .replace("\nhosts:\n", "\nhealth: { rise: 1, fall: 1, hold-down: 0s }\nhosts:\n"))
            .site();
    return Announcer.builder(site)
        .speaker(new ExaBgpSpeaker(pipe(), Set.of(Nlri.of(Prefix.parse(SERVICE)))))
        .probes(target -> new ToldProbe(target.name()))
        .build();
  }

  // The pipe between ExaBGP and its child, whose place we take.
  private ExaBgpPipe pipe() throws IOException {
    Path descriptors = Path.of("/proc", Files.readString(folder.resolve("pid")).strip(), "fd");
    return ExaBgpPipe.of(
        Channels.newInputStream(
            FileChannel.open(descriptors.resolve("0"), StandardOpenOption.READ)),
        Channels.newOutputStream(
            FileChannel.open(descriptors.resolve("1"), StandardOpenOption.WRITE)));
  }

  /** Every node is found to be like this, once. */
  void observe(Outcome outcome, Reason reason) {
    await().atMost(PATIENCE).until(() -> probes.size() == 2);
    probes.forEach(
        (host, listener) ->
            listener.observed(
                Observation.of(
                    host, new Check(Aspect.P2P, "held"), outcome, reason, "", System.nanoTime())));
  }

  /** Until the provider has the prefix with all of these. */
  void awaitAtProvider(String... attributes) {
    await("the prefix at the provider; " + folder)
        .atMost(PATIENCE)
        .until(
            () -> {
              String route = route("provider");
              return List.of(attributes).stream().allMatch(route::contains);
            });
  }

  void awaitNothingAtProvider() {
    await("withdrawn; " + folder).atMost(PATIENCE).until(() -> route("provider").isEmpty());
  }

  /** The edge router's route with its attributes; empty if it has none. */
  String atEdge() {
    return route("edge");
  }

  /** Where the edge router's kernel sends a packet. */
  String kernelRouteTo(String address) throws IOException {
    return say("ip", "-n", namespaces + "edge", "route", "get", address);
  }

  private String route(String router) {
    try {
      String control = folder.resolve(router + ".sock").toString();
      String said = say("/usr/sbin/birdc", "-s", control, "show", "route", SERVICE, "all");
      int at = said.indexOf(SERVICE);
      return at < 0 ? "" : said.substring(at);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String say(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.onExit().join().exitValue() != 0 && !said.contains("Network not found")) {
      throw new IOException(
          String.join(" ", command)
              + ": "
              + said.strip()
              + " (expected: root, and apt-get install iproute2 bird2 exabgp)");
    }
    return said;
  }

  @Override
  public void close() throws IOException {
    announcer.stop(StopMode.HANDOVER, Duration.ofSeconds(5)).toCompletableFuture().join();
    removeNetwork();
  }

  private void removeNetwork() throws IOException {
    for (Process process : processes) {
      List<ProcessHandle> children = process.descendants().toList();
      process.destroyForcibly();
      children.forEach(ProcessHandle::destroyForcibly);
      process.onExit().join();
    }
    for (String name : List.of("edge", "lan", "provider")) {
      if (Files.exists(Path.of("/run/netns", namespaces + name))) {
        say("ip", "netns", "del", namespaces + name);
      }
    }
  }

  /** A probe that finds what {@link #observe} says. */
  private final class ToldProbe implements Probe {
    private final String host;

    ToldProbe(String host) {
      this.host = host;
    }

    @Override
    public void start(ObservationListener listener) {
      probes.put(host, listener);
    }

    @Override
    public void pace(Pace pace) {}

    @Override
    public void close() {}
  }
}
