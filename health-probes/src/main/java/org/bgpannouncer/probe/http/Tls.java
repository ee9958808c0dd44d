package org.bgpannouncer.probe.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateExpiredException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.bgpannouncer.probe.net.BlockingRead;
import org.bgpannouncer.probe.net.http.HttpMessage;
import org.bgpannouncer.probe.time.Loop;
import org.jspecify.annotations.Nullable;

/**
 * TLS on the client's side: the URI's host is sent as SNI (RFC 6066 section 3) and must be in the
 * certificate, whichever address is dialled.
 *
 * <p>The certificates to trust are read off the loop, and again after a failed handshake. Confined
 * to its loop.
 */
final class Tls implements HttpProbe.Security {
  private final String peerHost;
  private final int peerPort;
  private final BlockingRead<SslContext> contextRead;
  private @Nullable SslContext context;

  Tls(URI uri, Optional<Path> trust, Loop loop, Executor reader) {
    String host = String.valueOf(uri.getHost());
    this.peerHost = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    this.peerPort = uri.getPort() < 0 ? 443 : uri.getPort();
    this.contextRead = new BlockingRead<>(loop, reader, () -> build(trust));
  }

  private static SslContext build(Optional<Path> trust) throws IOException {
    SslContextBuilder builder = SslContextBuilder.forClient().sslProvider(SslProvider.JDK);
    if (trust.isEmpty()) {
      return builder.build();
    }
    try (InputStream pem = Files.newInputStream(trust.get())) {
      return builder.trustManager(pem).build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new IOException("no certificates in PEM form", e);
    }
  }

  @Override
  public boolean on() {
    return true;
  }

  @Override
  public void prepare(long timeoutNanos, Consumer<Optional<String>> ready) {
    if (context != null) {
      ready.accept(Optional.empty());
      return;
    }
    contextRead.start(
        timeoutNanos,
        new BlockingRead.Receiver<>() {
          @Override
          public void read(SslContext built) {
            context = built;
            ready.accept(Optional.empty());
          }

          @Override
          public void failed(String why) {
            ready.accept(Optional.of(why));
          }
        });
  }

  @Override
  public void distrust() {
    context = null;
  }

  /** Adds the handlers to a new connection; {@link #prepare} has succeeded before. */
  void addTo(ChannelPipeline pipeline) {
    SslContext current = context;
    if (current == null) {
      throw new IllegalStateException("context: absent (expected: prepared)");
    }
    SslHandler handler = current.newHandler(pipeline.channel().alloc(), peerHost, peerPort);
    handler.setHandshakeTimeoutMillis(0); // the probe has a deadline of its own
    // TLS tells of an end by itself, and by the end of the connection.
    pipeline.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
    pipeline.addLast(handler);
    pipeline.addLast(new Events(handler));
  }

  /** Turns the end of the handshake into a message. */
  private static final class Events extends ChannelInboundHandlerAdapter {
    private final SslHandler handler;

    Events(SslHandler handler) {
      this.handler = handler;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
      if (event instanceof SslHandshakeCompletionEvent completion
          && !(completion.cause() instanceof ClosedChannelException)) { // that tells itself
        context.fireChannelRead(completion.isSuccess() ? secured() : insecure(completion.cause()));
      }
      context.fireUserEventTriggered(event);
    }

    private HttpMessage secured() throws SSLException {
      var session = handler.engine().getSession();
      X509Certificate own = (X509Certificate) session.getPeerCertificates()[0];
      return new HttpMessage.Secured(session.getProtocol(), own.getNotAfter().toInstant());
    }

    private static HttpMessage insecure(Throwable cause) {
      boolean expired = false;
      Throwable deepest = cause;
      for (int depth = 0; depth < 16; depth++) {
        expired |= deepest instanceof CertificateExpiredException;
        Throwable next = deepest.getCause();
        if (next == null) {
          break;
        }
        deepest = next;
      }
      return new HttpMessage.Insecure(expired, String.valueOf(deepest.getMessage()));
    }
  }
}
