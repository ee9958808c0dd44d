package org.bgpannouncer.bgp.wire;

import io.netty.handler.codec.DecoderException;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.Octets;

/** The peer sent what ends the session, and this is the NOTIFICATION that says so. */
public final class WireException extends DecoderException {
  private static final long serialVersionUID = 1L;

  private final transient NotificationMessage notification;

  WireException(BgpError error, Octets data, String text) {
    super(text);
    this.notification = NotificationMessage.of(error, data);
  }

  WireException(BgpError error, String text) {
    this(error, Octets.EMPTY, text);
  }

  /** What to send before closing. */
  public NotificationMessage notification() {
    return notification;
  }
}
