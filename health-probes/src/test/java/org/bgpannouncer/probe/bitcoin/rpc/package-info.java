/** The RPC probe in virtual time, against a scripted node. */
@NullMarked
package org.bgpannouncer.probe.bitcoin.rpc;

import org.jspecify.annotations.NullMarked;
