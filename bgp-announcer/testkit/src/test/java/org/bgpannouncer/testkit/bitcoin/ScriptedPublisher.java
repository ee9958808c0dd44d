package org.bgpannouncer.testkit.bitcoin;

import java.util.HexFormat;

/** A PUB socket that sends what it is told. */
interface ScriptedPublisher extends ZmqPublisher {
  /** Sends topic, body and counter as three parts. */
  void publish(String topic, byte[] body, int counter);

  @Override
  default Sent publishBlock() {
    Sent sent = new Sent("00".repeat(31) + "2a", 0x01020304);
    byte[] hash = HexFormat.of().parseHex(sent.hash());
    publish("rawtx", hash, sent.counter());
    publish("hashblock", hash, sent.counter());
    return sent;
  }
}
