/** The Netty plumbing. */
@NullMarked
package org.bgpannouncer.probe.net;

import org.jspecify.annotations.NullMarked;
