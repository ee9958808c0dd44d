package org.bgpannouncer.probe.zmtp;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Everything that crosses a ZMTP connection: the greeting, commands and messages. */
public sealed interface ZmtpSignal {

  /** What a peer may send us. */
  sealed interface Inbound extends ZmtpSignal {
    /** Calls the method of {@code receiver} that is meant for this. */
    void deliverTo(Receiver receiver);
  }

  /** What we may send. */
  sealed interface Outbound extends ZmtpSignal {
    /** Appends the wire form to {@code out}. */
    void encode(ByteBuf out);
  }

  /** One method per kind of inbound signal. */
  interface Receiver {
    /** The peer's greeting; always first, and once. */
    void greeting(Greeting greeting);

    /** READY. */
    void ready(Ready ready);

    /** ERROR. */
    void error(Failure failure);

    /** PING. */
    void ping(Ping ping);

    /** PONG. */
    void pong(Pong pong);

    /** A message, all parts of it. */
    void message(Message message);

    /** A command of another name. */
    void other(OtherCommand command);
  }

  /**
   * The 64 bytes that open a connection (RFC 37, "Version Negotiation").
   *
   * @param major version, 3 or more
   * @param minor version
   * @param mechanism security mechanism, at most 20 ASCII characters
   */
  record Greeting(int major, int minor, String mechanism) implements Inbound, Outbound {
    /** Size on the wire. */
    public static final int BYTES = 64;

    /** What we send: 3.1, NULL, not as server. */
    public static final Greeting NULL_3_1 = new Greeting(3, 1, "NULL");

    static final int MECHANISM_BYTES = 20;
    private static final int FILLER_BYTES = 31;

    /** Whether the peer speaks RFC 37: SUBSCRIBE as a command, PING and PONG. */
    public boolean knowsCommands() {
      return major > 3 || minor >= 1;
    }

    /** {@code 3.1}. */
    public String version() {
      return major + "." + minor;
    }

    @Override
    public void encode(ByteBuf out) {
      out.writeByte(0xff).writeZero(8).writeByte(0x7f).writeByte(major).writeByte(minor);
      out.writeCharSequence(mechanism, StandardCharsets.US_ASCII);
      out.writeZero(MECHANISM_BYTES - mechanism.length()).writeByte(0).writeZero(FILLER_BYTES);
    }

    @Override
    public void deliverTo(Receiver receiver) {
      receiver.greeting(this);
    }
  }

  /**
   * The NULL mechanism's handshake: each side sends one (RFC 37, "The NULL Security Mechanism").
   *
   * @param socketType {@code PUB}, {@code SUB}, ...; empty if the peer gave none
   */
  record Ready(String socketType) implements Inbound, Outbound {
    static final String SOCKET_TYPE = "Socket-Type";

    @Override
    public void encode(ByteBuf out) {
      Commands.write(
          out,
          "READY",
          body -> {
            body.writeByte(SOCKET_TYPE.length());
            body.writeCharSequence(SOCKET_TYPE, StandardCharsets.US_ASCII);
            body.writeInt(socketType.length());
            body.writeCharSequence(socketType, StandardCharsets.US_ASCII);
          });
    }

    @Override
    public void deliverTo(Receiver receiver) {
      receiver.ready(this);
    }
  }

  /**
   * A subscription to every message whose first part begins with {@code topic}.
   *
   * @param topic at most 200 bytes
   * @param asCommand the form of 3.1; a peer of 3.0 wants a message that begins with 1
   */
  record Subscribe(Octets topic, boolean asCommand) implements Outbound {
    @Override
    public void encode(ByteBuf out) {
      if (asCommand) {
        Commands.write(out, "SUBSCRIBE", topic::write);
      } else {
        out.writeByte(0).writeByte(1 + topic.size()).writeByte(1);
        topic.write(out);
      }
    }
  }

  /**
   * Asks for a PONG (RFC 37, "Connection Heartbeating").
   *
   * @param ttlTenths after how many tenths of a second of our silence the peer may close; 0 to
   *     65535, 0 for never
   * @param context what the PONG must echo; at most 16 bytes
   */
  record Ping(int ttlTenths, Octets context) implements Inbound, Outbound {
    /** The longest context. */
    public static final int MAX_CONTEXT_BYTES = 16;

    /** The longest ttl, in tenths of a second. */
    public static final int MAX_TTL_TENTHS = 0xffff;

    @Override
    public void encode(ByteBuf out) {
      Commands.write(
          out,
          "PING",
          body -> {
            body.writeShort(ttlTenths);
            context.write(body);
          });
    }

    @Override
    public void deliverTo(Receiver receiver) {
      receiver.ping(this);
    }
  }

  /**
   * Answers a PING.
   *
   * @param context the PING's
   */
  record Pong(Octets context) implements Inbound, Outbound {
    @Override
    public void encode(ByteBuf out) {
      Commands.write(out, "PONG", context::write);
    }

    @Override
    public void deliverTo(Receiver receiver) {
      receiver.pong(this);
    }
  }

  /**
   * ERROR: the peer gives up the handshake.
   *
   * @param reason the peer's words, printable ASCII
   */
  record Failure(String reason) implements Inbound {
    @Override
    public void deliverTo(Receiver receiver) {
      receiver.error(this);
    }
  }

  /**
   * A command we have no use for.
   *
   * @param name printable ASCII
   */
  record OtherCommand(String name) implements Inbound {
    @Override
    public void deliverTo(Receiver receiver) {
      receiver.other(this);
    }
  }

  /**
   * A message, of which only the head of each part was kept.
   *
   * @param parts at least one
   */
  record Message(List<Part> parts) implements Inbound {
    /** Copies the list. */
    public Message {
      parts = List.copyOf(parts);
    }

    @Override
    public void deliverTo(Receiver receiver) {
      receiver.message(this);
    }
  }

  /**
   * One part of a message.
   *
   * @param head its first bytes, as many as the decoder keeps
   * @param bytes its size on the wire
   */
  record Part(Octets head, long bytes) {
    /** Whether {@link #head} is all of it. */
    public boolean isWhole() {
      return head.size() == bytes;
    }
  }
}
