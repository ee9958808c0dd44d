package org.bgpannouncer.probe.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Observation.StageTiming;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.ProbeRuntime;
import org.bgpannouncer.probe.Reason;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The HTTP probe's TLS against the JDK's server, with certificates made by keytool. */
final class HttpTlsIT {
  @TempDir static Path folder;
  private static ProbeRuntime runtime;

  @BeforeAll
  static void makeCertificates() throws Exception {
    runtime = new ProbeRuntime();
    keytool("-genkeypair", "-alias", "ca", "-dname", "CN=test ca", "-ext", "bc:c");
    signed("good", "pay.example", "-1d", 90);
    signed("ending", "pay.example", "-1d", 6);
    signed("expired", "pay.example", "-10d", 5);
    signed("other", "other.example", "-1d", 90);
    keytool("-exportcert", "-rfc", "-alias", "ca", "-file", trust().toString());
  }

  @AfterAll
  static void closeRuntime() {
    runtime.close();
  }

  @Test
  void aTrustedCertificatePassesAndTheUrisHostIsAskedForWhicheverAddressIsDialled()
      throws Exception {
    try (TlsServer server = TlsServer.start(keyOf("good"))) {
      Observation seen = probe(server.address(), Optional.of(trust()));

      assertThat(seen.outcome()).as(seen.toString()).isEqualTo(Outcome.OK);
      assertThat(seen.stages())
          .extracting(StageTiming::name)
          .containsExactly("connect", "tls", "response");
      X509Certificate own = (X509Certificate) store().getCertificate("good");
      assertThat(seen.values())
          .containsEntry("tls", "TLSv1.3")
          .containsEntry("certificate-not-after", own.getNotAfter().toInstant().toString());
      assertThat(server.requestedNames()).containsExactly("pay.example");
    }
  }

  @Test
  void aCertificateThatEndsWithinTheWeekIsSoft() throws Exception {
    assertProbe("ending", Optional.of(trust()), Outcome.SOFT, Reason.CERTIFICATE_EXPIRES);
  }

  @Test
  void anExpiredCertificateIsHard() throws Exception {
    assertProbe("expired", Optional.of(trust()), Outcome.HARD, Reason.CERTIFICATE_EXPIRED);
  }

  @Test
  void aCertificateOfAnotherNameIsHard() throws Exception {
    assertProbe("other", Optional.of(trust()), Outcome.HARD, Reason.TLS_FAILED);
  }

  @Test
  void aCertificateThatTheSystemDoesNotTrustIsHard() throws Exception {
    assertProbe("good", Optional.empty(), Outcome.HARD, Reason.TLS_FAILED);
  }

  @Test
  void aServerThatSpeaksNoTlsIsHard() throws Exception {
    try (ServerSocket plain = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread answering =
          new Thread(
              () -> {
                try (var accepted = plain.accept()) {
                  accepted
                      .getOutputStream()
                      .write("HTTP/1.1 400 No TLS\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                  // the test is over
                }
              });
      answering.setDaemon(true);
      answering.start();
      Observation seen =
          probe((InetSocketAddress) plain.getLocalSocketAddress(), Optional.of(trust()));
      assertThat(seen.outcome()).isEqualTo(Outcome.HARD);
      assertThat(seen.reason()).isEqualTo(Reason.TLS_FAILED);
    }
  }

  @Test
  void aTrustFileWithoutCertificatesIsOurFault() throws Exception {
    Path empty = Files.writeString(folder.resolve("empty.pem"), "not a certificate\n");
    assertProbe("good", Optional.of(empty), Outcome.UNKNOWN, Reason.LOCAL_FILE);
  }

  private static void assertProbe(
      String alias, Optional<Path> trust, Outcome outcome, Reason reason) throws Exception {
    try (TlsServer server = TlsServer.start(keyOf(alias))) {
      assertThat(probe(server.address(), trust))
          .extracting(Observation::outcome, Observation::reason)
          .containsExactly(outcome, reason);
    }
  }

  private static Observation probe(InetSocketAddress address, Optional<Path> trust)
      throws Exception {
    HttpConfig config =
        new HttpConfig(
            address,
            URI.create("https://pay.example/health"),
            Optional.empty(),
            Cadence.DEFAULT,
            List.of(200),
            Optional.empty(),
            Optional.empty(),
            trust,
            Duration.ofDays(7));
    CompletableFuture<Observation> first = new CompletableFuture<>();
    try (HttpProbe probe = HttpProbe.create("web1", config, runtime.nextLoop())) {
      probe.start(first::complete);
      return first.get(20, TimeUnit.SECONDS);
    }
  }

  private static Path trust() {
    return folder.resolve("ca.pem");
  }

  private static void signed(String alias, String name, String from, int days) throws Exception {
    keytool(
        "-genkeypair",
        "-alias",
        alias,
        "-signer",
        "ca",
        "-dname",
        "CN=" + name,
        "-ext",
        "san=dns:" + name,
        "-startdate",
        from,
        "-validity",
        "" + days);
  }

  private static void keytool(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    Collections.addAll(command, arguments);
    Collections.addAll(command, "-keystore", folder.resolve("keys").toString());
    Collections.addAll(command, "-storetype", "PKCS12", "-storepass", TlsServer.PASSWORD);
    if (arguments[0].equals("-genkeypair")) {
      Collections.addAll(command, "-keyalg", "EC", "-groupname", "secp256r1");
    }
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", command, printed).isZero();
  }

  private static KeyStore store() throws Exception {
    return KeyStore.getInstance(folder.resolve("keys").toFile(), TlsServer.PASSWORD.toCharArray());
  }

  private static KeyStore keyOf(String alias) throws Exception {
    KeyStore all = store();
    KeyStore one = KeyStore.getInstance("PKCS12");
    one.load(null, null);
    char[] password = TlsServer.PASSWORD.toCharArray();
    one.setKeyEntry(alias, all.getKey(alias, password), password, all.getCertificateChain(alias));
    return one;
  }
}
