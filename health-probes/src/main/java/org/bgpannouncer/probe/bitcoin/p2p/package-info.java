/**
 * Bitcoin's peer-to-peer protocol, v1 transport: a held connection, fresh handshakes, proof of
 * death.
 */
@NullMarked
package org.bgpannouncer.probe.bitcoin.p2p;

import org.jspecify.annotations.NullMarked;
