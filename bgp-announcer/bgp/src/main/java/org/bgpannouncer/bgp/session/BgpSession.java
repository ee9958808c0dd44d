package org.bgpannouncer.bgp.session;

import java.net.InetSocketAddress;
import java.util.List;
import org.bgpannouncer.bgp.BgpMessage;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.UpdateMessage;

/**
 * One session with one peer, over one connection. Methods may be called from any thread; on the
 * session's own they take effect before they return.
 *
 * <p>A message that does not fit, or that comes while {@value #MAX_OUTBOUND_BYTES} octets wait,
 * ends the session: who sends much, looks at {@link #isWritable}.
 */
public interface BgpSession {
  /** The octets that may wait for the peer, before the session is given up. */
  int MAX_OUTBOUND_BYTES = 32 << 20;

  /** Counts the connections of one listener or one peer, from 1; that of a dialer is 1. */
  long id();

  /** The peer's end of the connection. */
  InetSocketAddress remote();

  /** Our end of the connection. */
  InetSocketAddress local();

  /** Sends an UPDATE. Without effect unless the session is established. */
  default void send(UpdateMessage update) {
    send(List.of(update));
  }

  /**
   * Sends UPDATEs and ROUTE-REFRESHs, in order and as one piece where that is possible. Without
   * effect unless the session is established.
   */
  void send(List<? extends BgpMessage> messages);

  /**
   * Whether the peer keeps up: false from 256 KiB that wait here until they are less than 64 KiB,
   * which {@link SessionEvent.Writable} tells.
   */
  boolean isWritable();

  /**
   * Sends {@code notification} and closes; without effect once the session has ended. A Cease goes
   * as a hard reset where that was agreed (RFC 8538). A {@link BgpPeer} begins again a second
   * later; its own stop is for good.
   */
  void stop(NotificationMessage notification);
}
