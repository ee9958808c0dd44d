package org.bgpannouncer.probe.zmtp;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** A few immutable bytes, such as the context of a PING. */
public final class Octets {
  /** No bytes. */
  public static final Octets EMPTY = new Octets(new byte[0]);

  private final byte[] bytes;

  private Octets(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Copies {@code bytes}. */
  public static Octets of(byte... bytes) {
    return new Octets(bytes.clone());
  }

  /** The bytes of Latin-1 {@code text}. */
  public static Octets ofText(String text) {
    return new Octets(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Parses pairs of hex digits. */
  public static Octets ofHex(String hex) {
    return new Octets(HexFormat.of().parseHex(hex));
  }

  static Octets read(ByteBuf in, int length) {
    byte[] bytes = new byte[length];
    in.readBytes(bytes);
    return new Octets(bytes);
  }

  void write(ByteBuf out) {
    out.writeBytes(bytes);
  }

  /** How many. */
  public int size() {
    return bytes.length;
  }

  /** A copy. */
  public byte[] toArray() {
    return bytes.clone();
  }

  /** The bytes read as Latin-1, which every byte is. */
  public String text() {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** The bytes as lower-case hex digits. */
  public String hex() {
    return HexFormat.of().formatHex(bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Octets octets && Arrays.equals(bytes, octets.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** As {@link #hex}. */
  @Override
  public String toString() {
    return hex();
  }
}
