package org.bgpannouncer.bgp;

/** KEEPALIVE (RFC 4271 section 4.4): the header and nothing else. */
public record KeepaliveMessage() implements BgpMessage {
  /** The only one there is. */
  public static final KeepaliveMessage INSTANCE = new KeepaliveMessage();

  @Override
  public MessageType type() {
    return MessageType.KEEPALIVE;
  }

  @Override
  public String toString() {
    return MessageText.of(this);
  }
}
