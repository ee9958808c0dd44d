/**
 * The few messages of Bitcoin's peer-to-peer protocol that a probe needs, v1 transport: {@code
 * version}, {@code verack}, {@code ping}, {@code pong}. Bytes come in, messages go out, and the
 * reverse, on the connection's event loop; everything else a node sends is verified and dropped as
 * it streams by. Not exported.
 *
 * <p>Layouts: Bitcoin Core, protocol.h (header) and net_processing.cpp (payloads); BIP 31 (pong),
 * BIP 37 (relay flag), BIP 60 (length of version).
 */
@NullMarked
package org.bgpannouncer.probe.bitcoin.p2p.wire;

import org.jspecify.annotations.NullMarked;
