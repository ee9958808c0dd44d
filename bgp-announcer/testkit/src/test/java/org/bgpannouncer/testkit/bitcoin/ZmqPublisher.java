package org.bgpannouncer.testkit.bitcoin;

import java.net.InetSocketAddress;

/** What the contract needs of a PUB socket. */
interface ZmqPublisher extends AutoCloseable {
  InetSocketAddress address();

  /** Sends topic, body and counter as three parts. */
  void publish(String topic, byte[] body, int counter);

  @Override
  void close();
}
