package org.bgpannouncer.bgp.session;

import java.net.InetSocketAddress;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.UpdateMessage;

/** One session with one peer, over one connection. Methods may be called from any thread. */
public interface BgpSession {
  /** Counts the connections of one listener, from 1; that of a dialer is 1. */
  long id();

  /** The peer's end of the connection. */
  InetSocketAddress remote();

  /**
   * Sends an UPDATE. Without effect unless the session is established; a message that does not fit
   * into 4096 octets ends the session.
   */
  void send(UpdateMessage update);

  /** Sends {@code notification} and closes; without effect once the session has ended. */
  void stop(NotificationMessage notification);
}
