package org.bgpannouncer.speaker.exabgp;

import static java.util.Objects.requireNonNull;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A real BIRD on a loopback address of its own, which waits for ExaBGP to connect. */
final class RealRouter implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** BIRD's "192.0.2.1/32 unreachable [e 18:46:52.461 from 127.0.0.2] ...". */
  private static final Pattern ROUTE = Pattern.compile("(?m)^(\\S+/\\d+)\\s");

  private final Place place;
  private final Path folder;
  private final int port;
  private @Nullable Process bird;

  /**
   * Who it is.
   *
   * @param address on loopback
   * @param as its AS
   */
  record Place(String address, long as) {
    static final Place FIRST = new Place("127.0.0.1", 65000);
  }

  RealRouter(Place place, Path folder, int port) throws IOException {
    this.place = place;
    this.folder = folder;
    this.port = port;
    Files.writeString(
        folder.resolve(file("conf")),
        """
        router id %1$s;
        protocol device {}
        protocol bgp exa {
          local %1$s port %2$d as %3$d;
          neighbor 127.0.0.2 as %4$d;
          multihop; passive; strict bind;
          %5$s
          ipv4 { import all; export none; };
          ipv6 { import all; export none; };
        }
        """
            .formatted(
                place.address(),
                port,
                place.as(),
                RealExaBgp.AS,
                place.as() == RealExaBgp.AS ? "allow local as 3;" : ""));
  }

  private String file(String extension) {
    return "bird-" + place.address() + "." + extension;
  }

  /** Its side of ExaBGP's configuration. */
  String neighbor(String api, String capability) {
    return """
        neighbor %s {
          router-id 192.0.2.2; local-address 127.0.0.2; local-as %d; peer-as %d;
          hold-time 180;
          capability { %s }
          family { ipv4 unicast; ipv6 unicast; }
          api { %s }
        }
        """
        .formatted(place.address(), RealExaBgp.AS, place.as(), capability, api);
  }

  void start() throws IOException {
    bird =
        RealExaBgp.start(
            folder,
            file("log"),
            List.of("bird", "-f", "-c", file("conf"), "-s", file("sock"), "-P", file("pid")),
            Map.of());
    await().atMost(PATIENCE).until(() -> Files.exists(folder.resolve(file("sock"))));
  }

  void stop() throws IOException {
    requireNonNull(bird).destroyForcibly().onExit().join();
    Files.deleteIfExists(folder.resolve(file("sock")));
  }

  /** The prefixes that it has from ExaBGP. */
  Set<String> routes() {
    Set<String> routes = new TreeSet<>();
    Matcher line = ROUTE.matcher(birdc("show", "route"));
    while (line.find()) {
      routes.add(line.group(1));
    }
    return routes;
  }

  /** One route in all detail, with the time it came. */
  String route(String prefix) {
    return birdc("show", "route", "for", prefix, "all");
  }

  String birdc(String... words) {
    List<String> command = new ArrayList<>(List.of("birdc", "-s", file("sock")));
    command.addAll(List.of(words));
    try {
      Process process =
          new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor(5, TimeUnit.SECONDS);
      return output;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String toString() {
    return place.address() + " of AS " + place.as() + ", port " + port;
  }

  /** Ends what was started here, and nothing else. */
  @Override
  public void close() {
    if (bird != null) {
      bird.destroyForcibly().onExit().join();
    }
  }
}
