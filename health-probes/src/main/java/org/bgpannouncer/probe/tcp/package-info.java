/** A plain TCP connect. */
@NullMarked
package org.bgpannouncer.probe.tcp;

import org.jspecify.annotations.NullMarked;
