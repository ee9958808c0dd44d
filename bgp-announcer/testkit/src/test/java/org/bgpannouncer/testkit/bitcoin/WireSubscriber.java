package org.bgpannouncer.testkit.bitcoin;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** A subscriber that writes its bytes by hand, so that the contract rests on no codec of ours. */
final class WireSubscriber implements AutoCloseable {
  private static final int DEADLINE_MILLIS = 10_000;

  private final Socket socket = new Socket();
  private final DataInputStream in;
  private final OutputStream out;

  WireSubscriber(InetSocketAddress address) throws IOException {
    socket.connect(address, DEADLINE_MILLIS);
    socket.setSoTimeout(DEADLINE_MILLIS);
    in = new DataInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  void sendHex(String hex) throws IOException {
    out.write(HexFormat.of().parseHex(hex));
  }

  void sendCommand(String name, String rest) throws IOException {
    byte[] body = ((char) name.length() + name + rest).getBytes(StandardCharsets.ISO_8859_1);
    out.write(4);
    out.write(body.length);
    out.write(body);
  }

  String readHex(int bytes) throws IOException {
    return HexFormat.of().formatHex(in.readNBytes(bytes));
  }

  /** Greets with this minor version, reads the peer's greeting, and exchanges READY. */
  void handshake(int minor) throws IOException {
    sendHex("ff00000000000000007f" + "030" + minor + "4e554c4c" + "00".repeat(48));
    readHex(64);
    sendCommand("READY", "\013Socket-Type\0\0\0\003SUB");
    readFrame();
  }

  /** How many bytes have come that were not read. */
  int unread() throws IOException {
    return in.available();
  }

  /** The next frame. */
  Frame readFrame() throws IOException {
    int flags = in.readUnsignedByte();
    long bytes = (flags & 2) != 0 ? in.readLong() : in.readUnsignedByte();
    return new Frame(flags, in.readNBytes((int) bytes));
  }

  /** The next message, after any commands. */
  List<byte[]> readMessage() throws IOException {
    List<byte[]> parts = new ArrayList<>();
    while (true) {
      Frame frame = readFrame();
      if ((frame.flags & 4) == 0) {
        parts.add(frame.body);
        if ((frame.flags & 1) == 0) {
          return parts;
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** One frame. */
  static final class Frame {
    final int flags;
    final byte[] body;

    Frame(int flags, byte[] body) {
      this.flags = flags;
      this.body = body;
    }

    String hex() {
      return HexFormat.of().formatHex(body);
    }

    String text() {
      return new String(body, StandardCharsets.ISO_8859_1);
    }
  }
}
