package org.bgpannouncer.testkit.bgp;

import java.net.InetSocketAddress;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.session.BgpSession;
import org.bgpannouncer.bgp.session.Negotiated;

/** An established session of a {@link SimulatedPeer}. Methods may be called from any thread. */
public final class PeerSession {
  private final CableConnection connection;
  private final BgpSession session;
  private final Negotiated negotiated;

  PeerSession(CableConnection connection, BgpSession session, Negotiated negotiated) {
    this.connection = connection;
    this.session = session;
    this.negotiated = negotiated;
  }

  /** Counts the connections of its peer, from 1. */
  public long id() {
    return connection.id();
  }

  /** The other side's end of the connection. */
  public InetSocketAddress remote() {
    return connection.remote();
  }

  /** What the two OPENs agree on. */
  public Negotiated negotiated() {
    return negotiated;
  }

  /** Sends an UPDATE; without effect once the session has ended. */
  public void send(UpdateMessage update) {
    connection.promiseUpdate();
    session.send(update);
  }

  /** Sends {@code notification} and closes; without effect once the session has ended. */
  public void stop(NotificationMessage notification) {
    session.stop(notification);
  }

  /** This session alone misbehaves from now on, until its peer is healed. */
  public void inject(PeerFault.OfSession fault) {
    if (fault instanceof PeerFault.Notify notify) {
      session.stop(notify.notification());
    } else {
      connection.misbehave(fault);
    }
  }
}
