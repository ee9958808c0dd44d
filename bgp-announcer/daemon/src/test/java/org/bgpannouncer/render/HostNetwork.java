package org.bgpannouncer.render;

import static org.bgpannouncer.render.Programs.in;
import static org.bgpannouncer.render.Programs.say;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A host and the router of its LAN, each in a namespace, with a cable between; what runs there ends
 * with it.
 */
final class HostNetwork {
  private static final String NAMES = "render-it-" + ProcessHandle.current().pid() + "-";
  static final String HOST = NAMES + "host";
  static final String ROUTER = NAMES + "router";

  /** The one that the rendered files make for a node. */
  static final String NODE = NAMES + "node";

  /** A unit of systemd on the host, by its cgroup. */
  static final String UNIT = HOST + ".slice/bitcoind.service";

  /** With version 2 of cgroups where systemd has it: ip netns exec has a /sys of its own. */
  private static final String IN_UNIT =
      """
      mount -t cgroup2 none /sys/fs/cgroup
      mkdir -p "/sys/fs/cgroup/$0"
      nft -f "$1"
      shift
      echo 0 >"/sys/fs/cgroup/$0/cgroup.procs"
      exec "$@"
      """;

  private static final String REMOVE_UNIT =
      """
      mount -t cgroup2 none /sys/fs/cgroup
      cd /sys/fs/cgroup
      if [ -d "$0" ]; then rmdir -p "$0"; fi
      """;

  private final Path folder;
  private final List<Process> processes = new ArrayList<>();

  HostNetwork(Path folder) {
    this.folder = folder;
    for (String namespace : List.of(HOST, ROUTER)) {
      say("ip", "netns", "add", namespace);
      say("ip", "-n", namespace, "link", "set", "lo", "up");
    }
    say("ip", "-n", HOST, "link", "add", "eth0", "type", "veth", "peer", "lan", "netns", ROUTER);
    say("ip", "-n", HOST, "link", "set", "eth0", "up");
    say("ip", "-n", ROUTER, "link", "set", "lan", "up");
  }

  void remove() throws InterruptedException {
    for (Process process : processes) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    for (String namespace : List.of(HOST, ROUTER, NODE)) {
      if (Files.exists(Path.of("/run/netns", namespace))) {
        say("ip", "netns", "del", namespace);
      }
    }
    say("unshare", "--mount", "sh", "-ec", REMOVE_UNIT, UNIT);
  }

  /**
   * Puts the host's and the gateway's addresses on either end of the cable, with the LAN's length.
   */
  void lan(String host, String gateway, int length) {
    address(HOST, host + "/" + length, "eth0");
    address(ROUTER, gateway + "/" + length, "lan");
  }

  void address(String namespace, String address, String device) {
    say("ip", "-n", namespace, "address", "replace", address, "dev", device, "nodad");
  }

  /**
   * At the router, as the site's has it: a host's outbound address, and the service while it is
   * healthy.
   */
  void route(String known, String... way) {
    List<String> command = new ArrayList<>(List.of("ip", "-n", ROUTER, "route", "add", known));
    command.addAll(List.of(way));
    say(command);
  }

  Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  /** Runs a rendered batch of ip, by the command that stands in its first line. */
  void batch(String namespace, RenderedFile file) throws IOException {
    String first = file.text().lines().findFirst().orElse("");
    List<String> command = new ArrayList<>(List.of("ip", "-n", namespace));
    Stream.of("-4", "-6").filter(each -> first.contains("ip " + each + " ")).forEach(command::add);
    command.addAll(List.of("-batch", write(file.name(), file.text()).toString()));
    say(command);
  }

  /** What systemd does for {@link #UNIT}: its table of nftables, then the command as part of it. */
  static List<String> inUnit(Path table, String... command) {
    List<String> whole = new ArrayList<>(List.of("unshare", "--mount", "sh", "-ec", IN_UNIT));
    whole.addAll(List.of(UNIT, table.toString()));
    whole.addAll(List.of(command));
    return whole;
  }

  /** Starts it in the namespace, its output in a file of the folder. */
  Process start(String log, String namespace, String... command) throws IOException {
    Process process =
        Programs.builder(in(namespace, command))
            .directory(folder.toFile())
            .redirectOutput(folder.resolve(log).toFile())
            .start();
    processes.add(process);
    return process;
  }
}
