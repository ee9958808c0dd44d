package org.bgpannouncer.probe.bitcoin.rpc;

import io.netty.util.NetUtil;
import java.net.InetAddress;

/**
 * Addresses that begin alike.
 *
 * @param network the first of them
 * @param length how many bits are the same, 0 to 32 or 128
 */
public record AddressRange(InetAddress network, int length) {
  /** Rejects a length that the family does not have. */
  public AddressRange {
    int bits = network.getAddress().length * Byte.SIZE;
    if (length < 0 || length > bits) {
      throw new IllegalArgumentException("length: " + length + " (expected: 0 to " + bits + ")");
    }
  }

  /** Whether {@code address} is one of them; never one of another family. */
  public boolean contains(InetAddress address) {
    byte[] ours = network.getAddress();
    byte[] theirs = address.getAddress();
    if (ours.length != theirs.length) {
      return false;
    }
    int whole = length / Byte.SIZE;
    for (int i = 0; i < whole; i++) {
      if (ours[i] != theirs[i]) {
        return false;
      }
    }
    int rest = length % Byte.SIZE;
    return rest == 0 || ((ours[whole] ^ theirs[whole]) & (0xff00 >> rest) & 0xff) == 0;
  }

  /** Whether it is of the family of {@code address}. */
  boolean isOfFamily(InetAddress address) {
    return network.getAddress().length == address.getAddress().length;
  }

  @Override
  public String toString() {
    return NetUtil.toAddressString(network) + "/" + length;
  }
}
