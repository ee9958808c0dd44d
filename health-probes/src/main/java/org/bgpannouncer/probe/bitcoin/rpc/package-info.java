/** bitcoind's JSON-RPC: lock-free liveness apart from the slower chain calls. */
@NullMarked
package org.bgpannouncer.probe.bitcoin.rpc;

import org.jspecify.annotations.NullMarked;
