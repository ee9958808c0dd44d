package org.bgpannouncer.probe.zmtp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.codec.TooLongFrameException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Greeting;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Message;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Part;

/**
 * Turns bytes into {@link ZmtpSignal.Inbound}. The body of a message part is counted and dropped as
 * it arrives: a 4 MB block costs its first bytes. After an error the rest of the stream is dropped.
 *
 * <p>One per connection; runs on the connection's event loop.
 */
final class ZmtpDecoder extends ByteToMessageDecoder {
  // RFC 37, "Framing": the flags octet.
  private static final int MORE = 0x01;
  private static final int LONG = 0x02;
  private static final int COMMAND = 0x04;

  private enum State {
    GREETING,
    FRAME,
    COMMAND,
    PART,
    BROKEN
  }

  private final ZmtpLimits limits;
  private final List<Part> parts = new ArrayList<>();
  private State state = State.GREETING;
  private boolean more;
  private long frameBytes;
  private long leftBytes;
  private long messageBytes;
  private byte[] head = {};
  private int headBytes;

  ZmtpDecoder(ZmtpLimits limits) {
    this.limits = limits;
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    try {
      step(in, out);
    } catch (RuntimeException e) {
      state = State.BROKEN;
      in.skipBytes(in.readableBytes());
      throw e;
    }
  }

  private void step(ByteBuf in, List<Object> out) {
    switch (state) {
      case GREETING -> readGreeting(in, out);
      case FRAME -> readFrameHeader(in, out);
      case COMMAND -> readCommand(in, out);
      case PART -> readPart(in, out);
      case BROKEN -> in.skipBytes(in.readableBytes());
    }
  }

  // A peer that does not speak ZMTP 3 may never send 64 bytes: look at what is there already.
  private void readGreeting(ByteBuf in, List<Object> out) {
    int start = in.readerIndex();
    int available = in.readableBytes();
    if (in.getUnsignedByte(start) != 0xff
        || (available > 9 && in.getUnsignedByte(start + 9) != 0x7f)) {
      throw new CorruptedFrameException("signature: not ZMTP (expected: ff, 8 bytes, 7f)");
    }
    if (available > 10 && in.getUnsignedByte(start + 10) < 3) {
      throw new CorruptedFrameException(
          "version: " + in.getUnsignedByte(start + 10) + " (expected: ZMTP 3 or later)");
    }
    if (available < Greeting.BYTES) {
      return;
    }
    String mechanism =
        in.toString(start + 12, Greeting.MECHANISM_BYTES, StandardCharsets.ISO_8859_1);
    int end = mechanism.indexOf('\0');
    out.add(
        new Greeting(
            in.getUnsignedByte(start + 10),
            in.getUnsignedByte(start + 11),
            Commands.printable(end < 0 ? mechanism : mechanism.substring(0, end))));
    in.skipBytes(Greeting.BYTES);
    state = State.FRAME;
  }

  private void readFrameHeader(ByteBuf in, List<Object> out) {
    int flags = in.getUnsignedByte(in.readerIndex());
    boolean command = (flags & COMMAND) != 0;
    boolean longSize = (flags & LONG) != 0;
    if ((flags & ~(MORE | LONG | COMMAND)) != 0 || (command && (flags & MORE) != 0)) {
      throw new CorruptedFrameException(
          "flags: 0x" + Integer.toHexString(flags) + " (expected: 0 to 4, or 6)");
    }
    if (in.readableBytes() < (longSize ? 9 : 2)) {
      return;
    }
    in.skipBytes(1);
    frameBytes = longSize ? in.readLong() : in.readUnsignedByte();
    more = (flags & MORE) != 0;
    if (command) {
      require("command", frameBytes, limits.maxCommandBytes());
      state = State.COMMAND;
    } else {
      beginPart();
    }
    // An empty part, or an empty (and so broken) command, may be the last thing for a long time.
    if (frameBytes == 0) {
      step(in, out);
    }
  }

  private void beginPart() {
    require("part", frameBytes, limits.maxPartBytes());
    messageBytes += frameBytes;
    require("message", messageBytes, limits.maxMessageBytes());
    if (parts.size() == limits.maxParts()) {
      throw new TooLongFrameException(
          "parts: more than " + limits.maxParts() + " (expected: <= " + limits.maxParts() + ")");
    }
    leftBytes = frameBytes;
    head = new byte[(int) Math.min(frameBytes, limits.headBytes())];
    headBytes = 0;
    state = State.PART;
  }

  private void readCommand(ByteBuf in, List<Object> out) {
    if (in.readableBytes() < frameBytes) {
      return;
    }
    state = State.FRAME;
    out.add(Commands.read(in.readSlice((int) frameBytes)));
  }

  private void readPart(ByteBuf in, List<Object> out) {
    int available = (int) Math.min(in.readableBytes(), leftBytes);
    int kept = Math.min(available, head.length - headBytes);
    in.readBytes(head, headBytes, kept);
    in.skipBytes(available - kept);
    headBytes += kept;
    leftBytes -= available;
    if (leftBytes > 0) {
      return;
    }
    state = State.FRAME;
    parts.add(new Part(Octets.of(head), frameBytes));
    if (!more) {
      out.add(new Message(parts));
      parts.clear();
      messageBytes = 0;
    }
  }

  // A size of 2^63 and more reads as negative.
  private static void require(String what, long bytes, long maxBytes) {
    if (bytes < 0 || bytes > maxBytes) {
      throw new TooLongFrameException(
          what + ": " + Long.toUnsignedString(bytes) + " bytes (expected: <= " + maxBytes + ")");
    }
  }
}
