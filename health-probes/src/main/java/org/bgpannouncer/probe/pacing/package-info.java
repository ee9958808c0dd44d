/** When the next attempt starts: interval, fast interval and jitter. Not exported. */
@NullMarked
package org.bgpannouncer.probe.pacing;

import org.jspecify.annotations.NullMarked;
