/**
 * ZMTP 3.0 and 3.1 with the NULL mechanism, as a SUB socket speaks it: codec and handshake, no
 * socket, clock or thread of its own. Sources: ZeroMQ RFC 23 (ZMTP 3.0) and RFC 37 (ZMTP 3.1). Not
 * exported.
 */
@NullMarked
package org.bgpannouncer.probe.zmtp;

import org.jspecify.annotations.NullMarked;
