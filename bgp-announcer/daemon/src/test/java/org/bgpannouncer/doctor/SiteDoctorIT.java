package org.bgpannouncer.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bgpannouncer.render.Programs;
import org.junit.jupiter.api.Test;

/** What concerns each machine of a site: its clock, the ROAs, and whether it is one. */
final class SiteDoctorIT extends DoctorMachine {
  /** One that keeps time by another beside it, which was away when it began. */
  private static final String CHRONY =
      """
      mount -t tmpfs none /run
      install -d -m 700 /run/chrony /run/server
      cat >/run/server.conf <<'END'
      local stratum 8
      allow 127.0.0.1
      port 11123
      cmdport 0
      bindcmdaddress /run/server/chronyd.sock
      pidfile /run/server/pid
      END
      cat >/run/client.conf <<'END'
      server 127.0.0.1 port 11123 iburst offline minpoll 0 maxpoll 0
      port 0
      cmdport 0
      END
      for each in server client; do
        chronyd -x -u root -d -f /run/$each.conf &
      done
      wait
      """;

  @Test
  void theClock() throws Exception {
    Process chrony =
        Programs.builder(Programs.in(host, "unshare", "--mount", "sh", "-ec", CHRONY))
            .redirectOutput(folder.resolve("chrony.log").toFile())
            .start();
    processes.add(chrony);
    wrapper = List.of("nsenter", "--target", String.valueOf(chrony.pid()), "--mount", "--net");
    await().atMost(SOON).until(() -> run("chronyc -n tracking").code() == 0);
    String[] doctor = {"--config", talk().toString(), "--site", "GVA", "--host", "ann1"};
    assertThat(bad(doctor))
        .containsExactly(
            "clock warning: chronyc tracking: not synchronised (expected: by a server)");
    mend();
    await().atMost(SOON).untilAsserted(() -> assertThat(bad(doctor)).isEmpty());
  }

  @Test
  void aClockThatFollowsItself() throws Exception {
    Process chrony =
        Programs.builder(
                Programs.in(
                    host,
                    "unshare",
                    "--mount",
                    "sh",
                    "-ec",
                    CHRONY.replace(
                        "server 127.0.0.1 port 11123 iburst offline minpoll 0 maxpoll 0",
                        "local stratum 8")))
            .redirectOutput(folder.resolve("chrony.log").toFile())
            .start();
    processes.add(chrony);
    wrapper = List.of("nsenter", "--target", String.valueOf(chrony.pid()), "--mount", "--net");
    String[] doctor = {"--config", talk().toString(), "--site", "GVA", "--host", "ann1"};
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(bad("clock", doctor))
                    .containsExactly(
                        "clock warning: chronyc tracking: by its own clock alone (expected: by a server)"));
    assertThat(commands(doctor)).contains("# a server or pool line in chrony.conf");
    shell("chronyc -n add server 127.0.0.1 port 11123 iburst minpoll 0 maxpoll 0");
    await().atMost(SOON).untilAsserted(() -> assertThat(bad("clock", doctor)).isEmpty());
  }

  @Test
  void whatTheRegistrySaysOfThePrefixes() throws Exception {
    Path file = talk();
    String physical = "{\"asn\":\"AS42275\",\"prefix\":\"85.208.70.0/24\",\"maxLength\":24}";
    String other = "{\"asn\":64500,\"prefix\":\"85.208.68.0/22\",\"maxLength\":22,\"ta\":\"ripe\"}";
    Path roas = write("roas.json", "{\"roas\":[" + physical + "," + other + "]}");
    String[] doctor = {
      "--config", file.toString(), "--site", "GVA", "--host", "ann1", "--roas", roas.toString()
    };
    assertThat(bad("roa", doctor))
        .containsExactly(
            "roa problem: 85.208.69.0/24 from AS42275: invalid (expected: valid, RFC 6811)");
    assertThat(commands(doctor))
        .contains("# at your registry: a ROA for AS42275, 85.208.69.0/24, maximum length 24");
    Files.writeString(roas, "{\"roas\":[" + physical + "]}");
    assertThat(bad("roa", doctor))
        .containsExactly(
            "roa warning: 85.208.69.0/24 from AS42275: no ROA covers it (expected: one)");

    Path elsewhere =
        write(
            "elsewhere.yaml",
            Files.readString(file)
                .replace(
                    "    prefixes: [85.208.69.0/24]",
                    "    origin-as: 64500\n    prefixes: [85.208.69.0/24]"));
    Files.writeString(roas, "{\"roas\":[" + physical + "," + other.replace("22,", "24,") + "]}");
    String[] ofAnotherAs = doctor.clone();
    ofAnotherAs[1] = elsewhere.toString();
    assertThat(bad("roa", ofAnotherAs)).as("with the origin that the ROA names").isEmpty();

    String asked = "{\"asn\":42275,\"prefix\":\"85.208.69.0/24\",\"maxLength\":24}";
    Files.writeString(roas, "{\"roas\":[" + physical + "," + other + "," + asked + "]}");
    assertThat(bad("roa", doctor)).isEmpty();

    Files.writeString(
        roas, "{\"roas\":[" + physical.replace("42275", "64500") + "," + asked + "]}");
    assertThat(bad("roa", doctor))
        .containsExactly(
            "roa problem: 85.208.70.0/24 from AS42275: invalid (expected: valid, RFC 6811)");
    Path alone = write("alone.yaml", Files.readString(file));
    edit(alone, "/^    router:/,/^    hosts:/{/^    hosts:/!d}");
    String[] withoutRouter = doctor.clone();
    withoutRouter[1] = alone.toString();
    assertThat(bad("roa", withoutRouter))
        .containsExactly(
            "roa warning: 85.208.70.0/24 from AS42275: invalid (expected: valid, RFC 6811)");
    Files.writeString(roas, "{\"roas\":[" + asked + "]}");
    assertThat(bad("roa", doctor))
        .containsExactly(
            "roa warning: 85.208.70.0/24 from AS42275: no ROA covers it (expected: one)");
    Files.writeString(roas, "{\"roas\":[" + physical + "," + asked + "]}");
    assertThat(bad("roa", doctor)).isEmpty();
  }

  @Test
  void theRoasOfTheWholeInternet() throws Exception {
    Path roas = folder.resolve("roas.json");
    try (BufferedWriter out = Files.newBufferedWriter(roas)) {
      out.write("{\"metadata\":{},\"roas\":[\n");
      for (int i = 0; i < 650_000; i++) {
        out.write(
            "{\"asn\":\"AS%d\",\"prefix\":\"%d.%d.%d.0/24\",\"maxLength\":24,\"ta\":\"ripencc\",\"expires\":1}%n,"
                .formatted(i, 100 + (i >> 16), i >> 8 & 255, i & 255));
      }
      out.write("{\"asn\":42275,\"prefix\":\"85.208.70.0/24\"},");
      out.write("{\"asn\":42275,\"prefix\":\"85.208.69.0/24\"}]}");
    }
    assertThat(
            bad(
                "roa",
                new String[] {
                  "--config",
                  talk().toString(),
                  "--site",
                  "GVA",
                  "--host",
                  "ann1",
                  "--roas",
                  roas + ""
                }))
        .isEmpty();
  }

  @Test
  void whereNothingCouldBeCheckedNobodyIsWell() throws Exception {
    String doctor = "announcer doctor --config " + talk() + " --site GVA --host ann1";
    // Neither a cookie, nor a file of ExaBGP, nor a program that tells of the clock.
    mounted("mount -t tmpfs none /usr/etc 2>/dev/null || true; mount -t tmpfs none /etc/exabgp");
    Programs.Status status =
        run("mkdir -p " + folder + "/none; PATH=" + folder + "/bin; " + doctor);
    assertThat(status.out().lines().skip(1).map(line -> line.split(" +", -1)[1]).distinct())
        .containsExactly("unchecked");
    assertThat(status.code()).isEqualTo(1);
  }

  @Test
  void aMachineOfNoSiteIsToldOf() throws Exception {
    Programs.Status status = run("announcer doctor --config " + talk() + " --site GVA");
    assertThat(status.code()).isEqualTo(64);
    Programs.Status unknown =
        run("announcer doctor --config " + talk() + " --site GVA --host ann1 --host ann9");
    assertThat(unknown.code()).isEqualTo(64);
    assertThat(unknown.out()).startsWith("--host: ann9 (expected: one of btc1, ");
    assertThat(status.out())
        .startsWith(
            "--host: none of the addresses of this machine (expected: one of btc1, btc2, ann1, ann2,"
                + " edge)");
  }
}
