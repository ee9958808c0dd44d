package org.bgpannouncer.testkit.bitcoin;

import java.net.InetSocketAddress;

/** What the contract needs of a PUB socket. */
interface ZmqPublisher extends AutoCloseable {
  InetSocketAddress address();

  /** Sends something of a topic that nobody asked for, and after it a {@code hashblock}. */
  Sent publishBlock();

  @Override
  void close();

  /**
   * A {@code hashblock} as it must arrive.
   *
   * @param hash the body, in hexadecimal
   * @param counter the third part
   */
  record Sent(String hash, int counter) {}
}
