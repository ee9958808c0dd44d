package org.bgpannouncer.probe.bitcoin;

import java.util.Locale;
import java.util.Optional;

/** A Bitcoin network: its message start (Bitcoin Core, kernel/chainparams.cpp) and ports. */
public enum BitcoinNetwork {
  /** The main network; {@code chain} is {@code main}. */
  MAINNET(0xf9beb4d9, 8333, 8332, "main"),
  /** Test network version 3. */
  TESTNET3(0x0b110907, 18333, 18332, "test"),
  /** Test network version 4 (BIP 94). */
  TESTNET4(0x1c163f28, 48333, 48332, "testnet4"),
  /** The default signet (BIP 325). */
  SIGNET(0x0a03cf40, 38333, 38332, "signet"),
  /** The regression test network. */
  REGTEST(0xfabfb5da, 18444, 18443, "regtest");

  private final int magic;
  private final int p2pPort;
  private final int rpcPort;
  private final String chain;

  BitcoinNetwork(int magic, int p2pPort, int rpcPort, String chain) {
    this.magic = magic;
    this.p2pPort = p2pPort;
    this.rpcPort = rpcPort;
    this.chain = chain;
  }

  /** The four bytes that start every message, in wire order. */
  public int magic() {
    return magic;
  }

  /** The default peer-to-peer port. */
  public int p2pPort() {
    return p2pPort;
  }

  /** The default RPC port. */
  public int rpcPort() {
    return rpcPort;
  }

  /** The word of {@code getblockchaininfo.chain}. */
  public String chain() {
    return chain;
  }

  /** The configuration's spelling: {@code mainnet}, {@code regtest}, ... */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The network spelled {@code key}, or empty if there is none. */
  public static Optional<BitcoinNetwork> ofKey(String key) {
    for (BitcoinNetwork network : values()) {
      if (network.key().equals(key)) {
        return Optional.of(network);
      }
    }
    return Optional.empty();
  }
}
