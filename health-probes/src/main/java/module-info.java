/** Probes one target and reports what it observed. Knows nothing of BGP. */
module org.bgpannouncer.probe {
  requires transitive org.jspecify;
  requires com.fasterxml.jackson.databind;
  requires io.netty.buffer;
  requires io.netty.codec;
  requires io.netty.codec.http;
  requires io.netty.common;
  requires io.netty.handler;
  requires io.netty.resolver;
  requires io.netty.transport;
  requires io.netty.transport.classes.epoll;
  requires io.netty.transport.unix.common;
  requires jdk.net;
  requires org.slf4j;

  exports org.bgpannouncer.probe;
  exports org.bgpannouncer.probe.bitcoin;
  exports org.bgpannouncer.probe.bitcoin.p2p;
  exports org.bgpannouncer.probe.bitcoin.rpc;
  exports org.bgpannouncer.probe.bitcoin.zmq;
  exports org.bgpannouncer.probe.http;
  exports org.bgpannouncer.probe.tcp;
  exports org.bgpannouncer.probe.time;
}
