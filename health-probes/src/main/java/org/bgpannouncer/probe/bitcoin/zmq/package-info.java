/** bitcoind's ZMQ notifications: sequence gaps, resets and silence, per notifier. */
@NullMarked
package org.bgpannouncer.probe.bitcoin.zmq;

import org.jspecify.annotations.NullMarked;
