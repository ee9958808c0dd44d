package org.bgpannouncer.testkit.bitcoin;

import java.net.InetSocketAddress;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;

/** A node of any make, as the contract needs it. */
interface BitcoindUnderTest extends AutoCloseable {
  /** Its P2P port; it accepts there. */
  InetSocketAddress p2p();

  /** A port whose refusal confirms that the process is gone. */
  InetSocketAddress witness();

  BitcoinNetwork network();

  /** Part of the user agent it sends. */
  String userAgent();

  /** SIGKILL. */
  void kill();

  /** SIGSTOP. */
  void stop();

  /** SIGCONT. */
  void proceed();

  @Override
  void close();
}
