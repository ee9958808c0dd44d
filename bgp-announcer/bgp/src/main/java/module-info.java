/** BGP: the route vocabulary, messages, codec and session. Knows nothing of health. */
module org.bgpannouncer.bgp {
  requires transitive org.jspecify;
  requires io.netty.buffer;
  requires io.netty.codec;
  requires io.netty.common;
  requires io.netty.handler;
  requires io.netty.transport;
  requires io.netty.transport.classes.epoll;
  requires io.netty.transport.unix.common;
  requires org.slf4j;

  exports org.bgpannouncer.bgp;
  exports org.bgpannouncer.bgp.session;
  exports org.bgpannouncer.bgp.speaker;
  exports org.bgpannouncer.route;
}
