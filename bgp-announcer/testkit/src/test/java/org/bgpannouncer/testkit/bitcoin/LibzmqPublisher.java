package org.bgpannouncer.testkit.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** The system's libzmq, driven through python3-zmq. */
final class LibzmqPublisher implements ScriptedPublisher {
  private final Process process;
  private final PrintWriter commands;
  private final InetSocketAddress address;
  private final String version;

  LibzmqPublisher() throws IOException, URISyntaxException {
    Path script =
        Path.of(
            Objects.requireNonNull(
                    LibzmqPublisher.class.getResource("libzmq_publisher.py"), "script")
                .toURI());
    process =
        new ProcessBuilder("/usr/bin/python3", script.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    commands =
        new PrintWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.US_ASCII), true);
    String line =
        new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))
            .readLine();
    assertThat(line)
        .as("libzmq's publisher did not start; install it: apt-get install -y python3-zmq")
        .isNotNull();
    String[] words = line.split(" ", -1);
    address =
        new InetSocketAddress(
            InetAddress.getLoopbackAddress(),
            Integer.parseInt(words[0].substring(words[0].lastIndexOf(':') + 1)));
    version = words[1];
  }

  String version() {
    return version;
  }

  @Override
  public InetSocketAddress address() {
    return address;
  }

  @Override
  public void publish(String topic, byte[] body, int counter) {
    commands.println(
        topic + " " + HexFormat.of().formatHex(body) + " " + Integer.toUnsignedString(counter));
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        throw new UncheckedIOException(new IOException("python3 does not end"));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
