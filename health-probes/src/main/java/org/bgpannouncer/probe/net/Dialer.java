package org.bgpannouncer.probe.net;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections on behalf of one probe. The production dialer is Netty; tests script one, so
 * that a probe's whole behaviour runs in virtual time.
 *
 * @param <M> what the connection's codec decodes and encodes
 */
public interface Dialer<M> {
  /**
   * Starts one dial. Exactly one of {@link Handler#connected} and {@link Handler#failed} follows on
   * the probe's loop, unless the dial is cancelled first; after {@code connected}, exactly one
   * {@link Handler#closed}.
   *
   * @param remote where to; resolved
   * @param source our address, or null for the kernel's choice
   * @param timeoutNanos deadline of the TCP handshake
   */
  Dial dial(
      InetSocketAddress remote,
      @Nullable InetAddress source,
      long timeoutNanos,
      Handler<M> handler);

  /** A dial or the connection it became. */
  interface Dial {
    /** Abandons the dial or closes the connection; no callback follows. Call it on the loop. */
    void cancel();
  }

  /** A living connection; call its methods on the loop. */
  interface Link<M> {
    /** Sends a message; a failure to send, ours too, shows as {@link Handler#closed}. */
    void send(M message);
  }

  /** Called on the probe's loop; what it throws ends the connection as {@link CloseCause#OURS}. */
  interface Handler<M> {
    /** The TCP handshake (and TLS, where configured) is done. */
    void connected(Link<M> link);

    /** There will be no connection. */
    void failed(DialFailure failure);

    /** One whole message arrived. */
    void received(M message);

    /** The connection is gone, for the reason given; not called after {@link Dial#cancel}. */
    void closed(CloseCause cause, String detail);
  }

  /** How a connection ended. */
  enum CloseCause {
    /** The other side closed in good order. */
    FIN,
    /** The other side reset. */
    RST,
    /** The other side sent what the protocol does not allow; we closed. */
    PROTOCOL_ERROR,
    /** Any other failure of the socket. */
    ERROR,
    /** Our own side failed: no memory, or a bug; it says nothing of the other side. */
    OURS
  }
}
