package org.bgpannouncer.probe.zmtp;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.CorruptedFrameException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.Consumer;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Failure;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Inbound;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.OtherCommand;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Ping;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Pong;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Ready;

/** The bodies of command frames: a name, then what the command says (RFC 37, "Commands"). */
final class Commands {
  /** Flags of a command of at most 255 bytes; all of ours are. */
  private static final int SHORT_COMMAND = 0x04;

  private Commands() {}

  /** Appends one command frame. */
  static void write(ByteBuf out, String name, Consumer<ByteBuf> body) {
    out.writeByte(SHORT_COMMAND);
    int lengthIndex = out.writerIndex();
    out.writeByte(0).writeByte(name.length());
    out.writeCharSequence(name, StandardCharsets.US_ASCII);
    body.accept(out);
    int length = out.writerIndex() - lengthIndex - 1;
    if (length > 0xff) {
      throw new IllegalArgumentException(name + ": " + length + " bytes (expected: <= 255)");
    }
    out.setByte(lengthIndex, length);
  }

  /**
   * Reads the body of one command frame; {@code in} is exactly that.
   *
   * @throws CorruptedFrameException if the grammar does not allow it
   */
  static Inbound read(ByteBuf in) {
    String name = printable(readSized(in, "command name", 1).text());
    return switch (name) {
      case "READY" -> new Ready(readSocketType(in));
      case "ERROR" -> new Failure(printable(readSized(in, "error reason", 1).text()));
      case "PING" -> readPing(in);
      case "PONG" -> new Pong(readContext(in));
      default -> {
        in.skipBytes(in.readableBytes());
        yield new OtherCommand(name);
      }
    };
  }

  private static Ping readPing(ByteBuf in) {
    if (in.readableBytes() < 2) {
      throw new CorruptedFrameException("PING: no ttl (expected: 2 bytes)");
    }
    return new Ping(in.readUnsignedShort(), readContext(in));
  }

  private static Octets readContext(ByteBuf in) {
    int length = in.readableBytes();
    if (length > Ping.MAX_CONTEXT_BYTES) {
      throw new CorruptedFrameException(
          "context: " + length + " bytes (expected: <= " + Ping.MAX_CONTEXT_BYTES + ")");
    }
    return Octets.read(in, length);
  }

  // Property names are case-insensitive; the last of equal ones wins, as in libzmq.
  private static String readSocketType(ByteBuf in) {
    String socketType = "";
    while (in.isReadable()) {
      String property = readSized(in, "property name", 1).text();
      Octets value = readSized(in, "property value", 4);
      if (property.toLowerCase(Locale.ROOT).equals("socket-type")) {
        socketType = printable(value.text());
      }
    }
    return socketType;
  }

  private static Octets readSized(ByteBuf in, String what, int sizeBytes) {
    if (in.readableBytes() < sizeBytes) {
      throw new CorruptedFrameException(what + ": no length (expected: " + sizeBytes + " bytes)");
    }
    long length = sizeBytes == 1 ? in.readUnsignedByte() : in.readUnsignedInt();
    if (length > in.readableBytes()) {
      throw new CorruptedFrameException(
          what + ": " + length + " bytes (expected: <= the " + in.readableBytes() + " left)");
    }
    return Octets.read(in, (int) length);
  }

  /** What a peer wrote, fit for logs. */
  static String printable(String text) {
    StringBuilder printable = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      printable.append(c >= 0x20 && c < 0x7f ? c : '?');
    }
    return printable.toString();
  }
}
