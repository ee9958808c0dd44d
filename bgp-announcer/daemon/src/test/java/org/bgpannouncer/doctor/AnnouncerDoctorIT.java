package org.bgpannouncer.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.render.Programs;
import org.bgpannouncer.render.Target;
import org.junit.jupiter.api.Test;

/** An announcer, below ExaBGP or speaking itself. */
final class AnnouncerDoctorIT extends DoctorMachine {
  /** As a daemon, which is not root: it may read what its group may, and nothing else. */
  private static final List<String> DAEMON =
      List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search");

  @Test
  void anAnnouncerBelowExaBgp() throws Exception {
    Path file = talk();
    DaemonConfig site = site(file, "GVA");
    shell("ip address add 10.1.0.21/24 dev eth0");
    Path etc = Files.createDirectory(folder.resolve("etc"));
    Path exabgp = write("etc/real.conf", text(site, Target.EXABGP4, "ann1"));
    protect(exabgp, "rw-r-----");
    Path link = Files.createSymbolicLink(etc.resolve("exabgp.conf"), exabgp);
    write("etc/exabgp.env", "[exabgp.tcp]\nport = 179\nack = false\n[exabgp.api]\nACK: True\n");
    for (String cookie : List.of("btc1.cookie", "btc2.cookie")) {
      protect(write(cookie, "__cookie__:f00\n"), "rw-r-----");
    }
    List<String> mounted = mounted("mount --bind " + etc + " /etc/exabgp");
    String[] doctor = {"--config", file.toString(), "--site", "GVA", "--exabgp", link.toString()};
    assertThat(bad(doctor)).as("as rendered").isEmpty();

    edit(
        exabgp,
        "s/hold-time 9/hold-time 180/; /neighbor-changes;/d; s/add-path send/graceful-restart 120/");
    edit(
        exabgp,
        "s/encoder json/encoder json; ack disable/; s/peer-as 42275;/& adj-rib-out false;/");
    edit(etc.resolve("exabgp.env"), "s/ACK: True/ACK = true ; please/");
    protect(folder.resolve("btc1.cookie"), "rw-r--r--");
    shell("chown 65534:65534 " + folder + "/btc2.cookie", "chmod 0600 " + folder + "/btc2.cookie");
    wrapper = concat(mounted, DAEMON);
    Set<String> found = bad(doctor);
    assertThat(found)
        .extracting(
            finding ->
                finding
                    .replace(link + ":", "")
                    .replaceAll("^(exabgp|graceful-restart) (\\w+): [0-9]+:[0-9]+ ", "$1 $2: "))
        .containsExactlyInAnyOrder(
            "exabgp problem: process announcer.ack: disable (expected: true: without answers nothing is"
                + " known)",
            "exabgp problem: neighbor 10.1.0.1.api.neighbor-changes: missing (expected: neighbor-changes:"
                + " without it a session's fall is only seen by polling)",
            "exabgp problem: neighbor 10.1.0.1.capability.add-path: no send of ipv4 unicast (expected:"
                + " send, with next-hop: hosts of 85.208.69.0/24: without it the withdraw of one path"
                + " withdraws all)",
            "exabgp warning: neighbor 10.1.0.1.adj-rib-out: false: a session that comes back is told"
                + " nothing by ExaBGP (expected: true)",
            "graceful-restart warning: neighbor 10.1.0.1.capability.graceful-restart: routes of a dead"
                + " ExaBGP stay at the router as stale (expected: none on an anycast speaker)",
            "hold-time warning: " + link + " neighbor 10.1.0.1: 180 s (expected: at most 9 s)",
            "exabgp-ack problem: /etc/exabgp/exabgp.env:5 ACK = true ; please (expected: ack = true)",
            "cookie warning: " + folder + "/btc1.cookie: rw-r--r-- (expected: nothing for others)",
            "cookie problem: " + folder + "/btc2.cookie: rw-------, not to be read by us");
    List<String> commands = commands(doctor);
    wrapper = mounted;
    for (String command : commands) {
      shell(command);
    }
    wrapper = concat(mounted, DAEMON);
    assertThat(bad(doctor)).isEmpty();
    assertThat(link).isSymbolicLink();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(exabgp)))
        .isEqualTo("rw-r-----");
    assertThat(etc.resolve("exabgp.conf.bak")).exists();
  }

  private static List<String> concat(List<String> first, List<String> second) {
    List<String> both = new ArrayList<>(first);
    both.addAll(second);
    return both;
  }

  @Test
  void anExaBgpThatIsNotOursAlone() throws Exception {
    Path file = talk();
    DaemonConfig site = site(file, "GVA");
    Path exabgp =
        write(
            "exabgp.conf",
            text(site, Target.EXABGP4, "ann1")
                .replace("    peer-as", "    md5-password s3cret;\n    peer-as")
                .replace("    encoder json;", "    encoder text;\n    respawn no;")
                .replace("hold-time 9;", "hold-time 0;")
                .replace("        neighbor-changes;\n", ""));
    String[] doctor = {
      "--config",
      file.toString(),
      "--site",
      "GVA",
      "--host",
      "ann1",
      "--exabgp",
      exabgp.toString(),
      "--detect-within",
      "6"
    };
    assertThat(bad("exabgp", doctor)).hasSize(3);
    assertThat(bad("hold-time", doctor))
        .containsExactly(
            "hold-time warning: "
                + exabgp
                + " neighbor 10.1.0.1: 0, which is for ever (expected: at most 6 s)");
    assertThat(commands(doctor)).anyMatch(c -> c.startsWith("# the file has more than what is"));
    mend();
    assertThat(bad("hold-time", doctor)).isEmpty();
    assertThat(bad("exabgp", doctor))
        .hasSize(1)
        .allMatch(finding -> finding.contains("neighbor-changes: missing"));
    assertThat(Files.readString(exabgp)).contains("md5-password s3cret;", "hold-time 6;");

    Files.writeString(
        exabgp, text(site, Target.EXABGP4, "ann1").replaceAll("run .*;", "run /opt/start;"));
    assertThat(unchecked("exabgp", doctor)).hasSize(1);
    Files.writeString(
        exabgp, text(site, Target.EXABGP4, "ann1").replaceAll("(?s)process announcer .*?}\n", ""));
    assertThat(bad("exabgp", doctor)).hasSize(1);
    mend();
    assertThat(bad("exabgp", doctor)).isEmpty();

    edit(file, "/announcers:/d");
    edit(exabgp, "/neighbor-changes;/d");
    String[] ofNoFile = doctor.clone();
    ofNoFile[5] = "announcer";
    assertThat(commands(ofNoFile)).anyMatch(c -> c.startsWith("# announcer render needs"));
  }

  @Test
  void anExaBgpOfTheNextVersion() throws Exception {
    Path file = talk();
    DaemonConfig site = site(file, "GVA");
    Path version = write("bin/exabgp", "#!/bin/sh\necho 'ExaBGP : 5.0.0'\n");
    protect(version, "rwxr-xr-x");
    String five = text(site, Target.EXABGP5, "ann1");
    Path exabgp = write("exabgp.conf", five.replace("        neighbor-changes;\n", ""));
    String[] doctor = {
      "--config", file.toString(), "--site", "GVA", "--host", "ann1", "--exabgp", exabgp.toString()
    };
    assertThat(bad("exabgp", doctor)).hasSize(1);
    mend();
    assertThat(bad("exabgp", doctor)).isEmpty();
    assertThat(exabgp).hasContent(five);
  }

  @Test
  void familiesThatExaBgpDoesNotCarry() throws Exception {
    Path file = talk();
    edit(file, "s/next-hop: hosts/next-hop: self/");
    DaemonConfig site = site(file, "GVA");
    Path exabgp = write("exabgp.conf", text(site, Target.EXABGP4, "ann1"));
    String[] doctor = {
      "--config", file.toString(), "--site", "GVA", "--host", "ann1", "--exabgp", exabgp.toString()
    };
    edit(exabgp, "s/ipv4 unicast/ipv6 unicast/");
    assertThat(bad("exabgp", doctor))
        .hasSize(2)
        .allMatch(finding -> finding.contains("no ipv4 unicast"));
    assertThat(commands(doctor)).anyMatch(command -> command.contains("| diff "));
    edit(exabgp, "s/ipv6 unicast/ipv4 unicast/");
    assertThat(bad("exabgp", doctor)).isEmpty();
  }

  @Test
  void aRunningExaBgp() throws Exception {
    Path file = talk();
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    protect(write("btc1.cookie", "__cookie__:f00\n"), "rw-r-----");
    String[] doctor = {"--config", file.toString(), "--site", "GVA", "--host", "ann1"};
    assertThat(bad("cookie", doctor)).as("root reads it").isEmpty();
    assertThat(unchecked("exabgp-ack", doctor)).isEmpty(); // this machine has its package
    Path script = write("exabgp", "import time\ntime.sleep(600)\n");
    protect(script, "rwxr-xr-x");
    List<String> command =
        Programs.in(
            host,
            "env",
            "exabgp_api_ack=no",
            "setpriv",
            "--reuid",
            "65534",
            "--regid",
            "65534",
            "--clear-groups",
            "/usr/bin/python3",
            script.toString());
    Process running = Programs.builder(command).start();
    processes.add(running);
    await()
        .atMost(SOON)
        .until(
            () ->
                bad("cookie", doctor)
                    .contains(
                        "cookie problem: "
                            + folder
                            + "/btc1.cookie: rw-r-----, not to be read by uid 65534"));
    assertThat(bad("exabgp-ack", doctor))
        .containsExactly(
            "exabgp-ack problem: the running ExaBGP has exabgp_api_ack=no (expected: ack = true)");
    mend();
    assertThat(bad("cookie", doctor)).isEmpty();
    protect(folder, "rwx------");
    assertThat(bad("cookie", doctor))
        .containsExactly(
            "cookie problem: "
                + folder
                + ": closed to uid 65534 (expected: open on the way to the cookie)");
    running.destroyForcibly().waitFor();
    assertThat(bad("exabgp-ack", doctor)).isEmpty();
  }

  @Test
  void anAnnouncerThatSpeaksItself() throws Exception {
    Path file =
        write(
            "embedded.yaml",
            """
            local-as: 64496
            allow: [203.0.113.0/24]
            sites:
              A:
                announcers: [ { name: ann1, address: 198.51.100.21 } ]
                speaker:
                  type: embedded
                  router-id: 198.51.100.21
                  neighbors:
                    - { address: 198.51.100.1, as: 64511, "hold-time": "90s", graceful-restart: 120s, port: 179 }
                    - address: 198.51.100.2
                      as: 64511
                      graceful-restart: 60s
                    - { address: 198.51.100.3, as: 64511, hold-time: 0s }
                hosts: [ { name: h1, address: 198.51.100.11, p2p: {} } ]
                services:
                  - { name: s, prefixes: [203.0.113.0/24], healthy: { of: [h1] } }
              B:
                speaker:
                  router-id: 198.51.100.22
                  neighbors: [ { address: 198.51.100.4, as: 64511, hold-time: 90s, graceful-restart: 120s } ]
                hosts: [ { name: h1, address: 198.51.100.12, p2p: {} } ]
                services:
                  - { name: s, prefixes: [203.0.113.0/24], healthy: { of: [h1] } }
            """);
    String[] doctor = {"--config", file.toString(), "--site", "A", "--host", "ann1"};
    assertMended(
        Set.of(
            "hold-time warning: neighbor 198.51.100.1: 90 s (expected: at most 9 s)",
            "graceful-restart warning: neighbor 198.51.100.1: 120 s (expected: none)",
            "graceful-restart warning: neighbor 198.51.100.2: 60 s (expected: none)",
            "hold-time warning: neighbor 198.51.100.3: 0, which is for ever (expected: at most 9 s)"),
        doctor);
    assertThat(Files.readString(file))
        .as("of another site")
        .contains("hold-time: 90s, graceful-restart: 120s");

    String[] sooner =
        concat(List.of(doctor), List.of("--detect-within", "5")).toArray(String[]::new);
    assertThat(commands(sooner))
        .contains("# at neighbor 198.51.100.2 in " + file + ": hold-time: 5s");
    sooner[sooner.length - 1] = "2";
    Programs.Status status = run("announcer doctor " + String.join(" ", sooner));
    assertThat(status.code()).isEqualTo(64);
    assertThat(status.out())
        .startsWith("--detect-within: 2 (expected: 3 to 65535, as RFC 4271 has it)");
  }
}
