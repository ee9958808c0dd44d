package org.bgpannouncer.testkit.bitcoin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One subscriber of a {@link SimulatedZmqPublisher}, as ZeroMQ RFC 37 has a PUB socket treat it.
 */
final class ZmqPublisherConnection extends ByteToMessageDecoder {
  private static final int GREETING_BYTES = 64;
  private static final int MAX_FRAME_BYTES = 1024;
  private static final int MAX_SUBSCRIPTIONS = 64;

  private static final int MORE = 1;
  private static final int LONG = 2;
  private static final int COMMAND = 4;

  private final SimulatedZmqPublisher publisher;
  private final Set<String> subscriptions = new LinkedHashSet<>();
  private @Nullable ChannelHandlerContext context;
  private boolean greeted;

  ZmqPublisherConnection(SimulatedZmqPublisher publisher) {
    this.publisher = publisher;
  }

  Set<String> subscriptions() {
    return subscriptions;
  }

  void disconnect() {
    ChannelHandlerContext current = context;
    if (current != null) {
      current.close();
    }
  }

  void autoRead(boolean on) {
    ChannelHandlerContext current = context;
    if (current != null) {
      current.channel().config().setAutoRead(on);
    }
  }

  /** Sends if it is subscribed to and fits below the high-water mark. */
  void notify(String topic, byte[] body, int counter) {
    ChannelHandlerContext current = context;
    if (current == null
        || !current.channel().isWritable()
        || subscriptions.stream().noneMatch(topic::startsWith)) {
      return;
    }
    ByteBuf out = current.alloc().buffer();
    writeFrame(out, MORE, topic.getBytes(StandardCharsets.ISO_8859_1));
    if (publisher.has(ZmqFault.NO_COUNTER)) {
      writeFrame(out, 0, body);
    } else {
      writeFrame(out, MORE, body);
      out.writeByte(0).writeByte(4).writeIntLE(counter);
    }
    current.writeAndFlush(out);
  }

  @Override
  public void channelActive(ChannelHandlerContext opened) {
    context = opened;
    publisher.opened(this);
    publisher.perform(() -> greet(opened));
  }

  private void greet(ChannelHandlerContext opened) {
    if (publisher.has(ZmqFault.CLOSE_AT_ACCEPT)) {
      opened.close();
    } else if (publisher.has(ZmqFault.GARBAGE_GREETING)) {
      opened.writeAndFlush(Unpooled.copiedBuffer("220 mail ESMTP\r\n", StandardCharsets.US_ASCII));
    } else if (!publisher.has(ZmqFault.MUTE)) {
      int minor = publisher.has(ZmqFault.ZMTP_3_0) ? 0 : 1;
      ByteBuf greeting = opened.alloc().buffer(GREETING_BYTES);
      greeting.writeByte(0xff).writeZero(8).writeByte(0x7f).writeByte(3).writeByte(minor);
      greeting.writeCharSequence("NULL", StandardCharsets.US_ASCII);
      greeting.writeZero(GREETING_BYTES - greeting.readableBytes());
      opened.writeAndFlush(greeting);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext closed) {
    context = null;
    publisher.closed(this);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext failed, Throwable cause) {
    failed.close();
  }

  @Override
  protected void decode(ChannelHandlerContext current, ByteBuf in, List<Object> out) {
    if (publisher.has(ZmqFault.MUTE)) {
      in.skipBytes(in.readableBytes());
    } else if (greeted) {
      readFrame(current, in);
    } else if (in.readableBytes() >= GREETING_BYTES) {
      in.skipBytes(GREETING_BYTES);
      greeted = true;
      answerGreeting(current);
    }
  }

  private void answerGreeting(ChannelHandlerContext current) {
    if (publisher.has(ZmqFault.REFUSE_READY)) {
      writeCommand(current, "ERROR", "\007refused");
    } else if (!publisher.has(ZmqFault.NEVER_READY)) {
      String type = publisher.has(ZmqFault.NO_PUBLISHER) ? "REP" : "PUB";
      writeCommand(current, "READY", "\013Socket-Type\0\0\0\003" + type + "\010Identity\0\0\0\0");
    }
  }

  // Subscribers send nothing long: whoever does is not one.
  private void readFrame(ChannelHandlerContext current, ByteBuf in) {
    int start = in.readerIndex();
    int flags = in.getUnsignedByte(start);
    int headerBytes = (flags & LONG) != 0 ? 9 : 2;
    if (in.readableBytes() < headerBytes) {
      return;
    }
    long bytes = headerBytes == 9 ? in.getLong(start + 1) : in.getUnsignedByte(start + 1);
    if (bytes < 0 || bytes > MAX_FRAME_BYTES) {
      in.skipBytes(in.readableBytes());
      current.close();
      return;
    }
    if (in.readableBytes() < headerBytes + bytes) {
      return;
    }
    in.skipBytes(headerBytes);
    String frame = in.readCharSequence((int) bytes, StandardCharsets.ISO_8859_1).toString();
    if ((flags & COMMAND) != 0) {
      command(current, frame);
    } else if (!frame.isEmpty()) {
      subscription(frame.charAt(0) == 1, frame.substring(1));
    }
  }

  private void command(ChannelHandlerContext current, String frame) {
    if (frame.isEmpty() || frame.length() <= frame.charAt(0)) {
      current.close();
      return;
    }
    String name = frame.substring(1, 1 + frame.charAt(0));
    String rest = frame.substring(1 + frame.charAt(0));
    boolean old = publisher.has(ZmqFault.ZMTP_3_0);
    switch (name) {
      case "SUBSCRIBE", "CANCEL" -> {
        if (!old) {
          subscription(name.equals("SUBSCRIBE"), rest);
        }
      }
      case "PING" -> {
        publisher.pinged();
        if (!old && !publisher.has(ZmqFault.NO_PONG) && rest.length() >= 2) {
          writeCommand(current, "PONG", rest.substring(2));
        }
      }
      default -> {
        // READY, and what later versions may bring.
      }
    }
  }

  private void subscription(boolean wanted, String topic) {
    if (!wanted) {
      subscriptions.remove(topic);
    } else if (subscriptions.size() < MAX_SUBSCRIPTIONS) {
      subscriptions.add(topic);
    }
  }

  private static void writeCommand(ChannelHandlerContext current, String name, String rest) {
    String body = (char) name.length() + name + rest;
    ByteBuf out = current.alloc().buffer();
    out.writeByte(COMMAND).writeByte(body.length());
    out.writeCharSequence(body, StandardCharsets.ISO_8859_1);
    current.writeAndFlush(out);
  }

  private static void writeFrame(ByteBuf out, int more, byte[] body) {
    if (body.length > 0xff) {
      out.writeByte(more | LONG).writeLong(body.length);
    } else {
      out.writeByte(more).writeByte(body.length);
    }
    out.writeBytes(body);
  }
}
