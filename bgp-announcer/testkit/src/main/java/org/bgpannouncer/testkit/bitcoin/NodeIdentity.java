package org.bgpannouncer.testkit.bitcoin;

/**
 * What a simulated node says of itself.
 *
 * @param messageStart four bytes in wire order, e.g. 0xf9beb4d9
 * @param userAgent at most 256 ASCII characters
 * @param services service bits
 * @param startHeightBlocks best height
 * @param clockAheadSeconds how much its clock is ahead of this machine's
 */
public record NodeIdentity(
    int messageStart,
    String userAgent,
    long services,
    int startHeightBlocks,
    long clockAheadSeconds) {

  /** A node of the main network (Bitcoin Core, kernel/chainparams.cpp). */
  public static final int MAINNET = 0xf9beb4d9;

  /** A node of test network 4. */
  public static final int TESTNET4 = 0x1c163f28;

  /** A node of the regression test network. */
  public static final int REGTEST = 0xfabfb5da;

  /** An archival mainnet node named {@code name}. */
  public static NodeIdentity mainnet(String name) {
    return new NodeIdentity(MAINNET, "/Satoshi:28.1.0(" + name + ")/", 0xc09, 870_000, 0);
  }

  /** The same with other service bits. */
  public NodeIdentity withServices(long bits) {
    return new NodeIdentity(messageStart, userAgent, bits, startHeightBlocks, clockAheadSeconds);
  }

  /** The same with a clock that many seconds ahead; behind if negative. */
  public NodeIdentity withClockAhead(long seconds) {
    return new NodeIdentity(messageStart, userAgent, services, startHeightBlocks, seconds);
  }
}
