package org.bgpannouncer.probe.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** The JDK's TLS server with one certificate; answers every request with 200. */
final class TlsServer implements AutoCloseable {
  static final String PASSWORD = "changeit";

  private final SSLServerSocket socket;
  private final List<String> names = new CopyOnWriteArrayList<>();

  private TlsServer(SSLServerSocket socket) {
    this.socket = socket;
  }

  static TlsServer start(KeyStore key) throws IOException, GeneralSecurityException {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(key, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    SSLServerSocket socket =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 5, InetAddress.getLoopbackAddress());
    TlsServer server = new TlsServer(socket);
    Thread serving = new Thread(server::serve, "tls-server");
    serving.setDaemon(true);
    serving.start();
    return server;
  }

  InetSocketAddress address() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  /** The names of RFC 6066 section 3 that clients asked for. */
  List<String> requestedNames() {
    return names;
  }

  private void serve() {
    while (!socket.isClosed()) {
      try (SSLSocket client = (SSLSocket) socket.accept()) {
        client.startHandshake();
        ExtendedSSLSession session = (ExtendedSSLSession) client.getSession();
        for (SNIServerName name : session.getRequestedServerNames()) {
          names.add(((SNIHostName) name).getAsciiName());
        }
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
          // the request's head
        }
        client
            .getOutputStream()
            .write(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                    .getBytes(StandardCharsets.US_ASCII));
      } catch (IOException e) {
        // a client that refused the certificate, or the end
      }
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
