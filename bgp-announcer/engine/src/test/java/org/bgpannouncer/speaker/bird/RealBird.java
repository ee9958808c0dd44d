package org.bgpannouncer.speaker.bird;

import static java.util.Objects.requireNonNull;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.bgpannouncer.testkit.FreePort;
import org.jspecify.annotations.Nullable;

/** A real BIRD with a session to a router on loopback, and files of its own. */
final class RealBird implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Which one. */
  enum Version {
    V2("bird 2."),
    V3("bird 3.");

    final String answer;

    Version(String answer) {
      this.answer = answer;
    }

    /** Debian's, or where scripts/tools/bird3 puts it. */
    private Path program() {
      if (this == V2) {
        return Path.of("/usr/sbin/bird");
      }
      List<Path> tools = new ArrayList<>();
      if (System.getenv("ANNOUNCER_TOOLS") != null) {
        tools.add(Path.of(System.getenv("ANNOUNCER_TOOLS")));
      }
      for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
        tools.add(at.resolve(".tools"));
      }
      return tools.stream()
          .map(folder -> folder.resolve("bird3/bird"))
          .filter(Files::isExecutable)
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("BIRD 3: run scripts/tools/bird3"));
    }
  }

  private final Version version;
  private final Path folder;
  private @Nullable Process bird;

  RealBird(Version version, Path folder, long localAs, int routerPort, long routerAs)
      throws IOException {
    this.version = version;
    this.folder = folder;
    writeConfiguration(
        """
        router id 192.0.2.2;
        protocol device {}
        include "%1$s/announcer*.conf";
        # Named by text: BIRD must start without the file.
        filter to_edge {
          if proto !~ "bgp_announcer*" then reject;
          if defined(bgp_med) then bgp_med = bgp_med;
          if defined(bgp_next_hop) then bgp_next_hop = bgp_next_hop;
          accept;
        }
        protocol bgp edge {
          local 127.0.0.2 port %5$d as %2$d;
          neighbor 127.0.0.1 port %3$d as %4$d;
          multihop;
          connect delay time 1; connect retry time 1; error wait time 1, 1;
          ipv4 { import none; export filter to_edge; };
          ipv6 { import none; export filter to_edge; next hop address 2001:db8::2; };
        }
        """
            .formatted(
                folder,
                localAs,
                routerPort,
                routerAs,
                FreePort.of(InetAddress.getByName("127.0.0.2"))));
  }

  /** What BIRD has said. */
  String log() throws IOException {
    return Files.readString(folder.resolve("bird.log"));
  }

  /** Replaces what BIRD is started with. */
  void writeConfiguration(String text) throws IOException {
    Files.writeString(folder.resolve("bird.conf"), text);
  }

  String configuration() throws IOException {
    return Files.readString(folder.resolve("bird.conf"));
  }

  Path socket() {
    return folder.resolve("bird.ctl");
  }

  Path included() {
    return folder.resolve("announcer.conf");
  }

  void start() throws IOException {
    Files.deleteIfExists(socket());
    Process started =
        new ProcessBuilder(
                version.program().toString(),
                "-f",
                "-c",
                "bird.conf",
                "-s",
                "bird.ctl",
                "-P",
                "bird.pid")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("bird.log").toFile()))
            .start();
    bird = started;
    // BIRD makes the socket before it reads its configuration.
    await("BIRD, see " + folder.resolve("bird.log"))
        .atMost(PATIENCE)
        .until(() -> isListening() || !started.isAlive());
    if (!started.isAlive()) {
      throw new IOException(Files.readString(folder.resolve("bird.log")));
    }
  }

  private boolean isListening() {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
      return channel.read(ByteBuffer.allocate(1)) == 1;
    } catch (IOException e) {
      return false;
    }
  }

  /** As somebody with birdc; returns when BIRD has done it. */
  void say(String command) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
      channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer said = ByteBuffer.allocate(4096);
      // Not before: BIRD forgets the command of one who has hung up.
      while (!new String(said.array(), 0, said.position(), StandardCharsets.US_ASCII)
          .contains("\n0000 ")) {
        channel.read(said);
      }
    }
  }

  /** As a machine that loses power: nobody says goodbye. */
  void kill() {
    requireNonNull(bird).destroyForcibly().onExit().join();
  }

  /** SIGSTOP or SIGCONT. */
  void signal(String name) throws IOException {
    new ProcessBuilder("kill", "-" + name, String.valueOf(requireNonNull(bird).pid()))
        .start()
        .onExit()
        .join();
  }

  /** Ends what was started here, and nothing else. */
  @Override
  public void close() {
    if (bird != null) {
      kill();
    }
  }
}
