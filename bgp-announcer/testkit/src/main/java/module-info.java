/** Simulated bitcoind, ExaBGP and BGP peers, for the tests of whoever embeds the announcer. */
module org.bgpannouncer.testkit {
  requires transitive org.bgpannouncer.bgp;
  requires transitive org.bgpannouncer.probe;
  requires transitive org.jspecify;
  requires static transitive org.junit.jupiter.api;
  requires com.fasterxml.jackson.databind;
  requires io.netty.buffer;
  requires io.netty.codec;
  requires io.netty.codec.http;
  requires io.netty.common;
  requires io.netty.transport;
  requires io.netty.transport.classes.epoll;
  requires io.netty.transport.unix.common;

  exports org.bgpannouncer.testkit.bgp;
  exports org.bgpannouncer.testkit.bitcoin;
  exports org.bgpannouncer.testkit.exabgp;
  exports org.bgpannouncer.testkit.junit;
}
