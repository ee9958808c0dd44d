/** Processes that only the benchmarks start: see {@code scripts/bench}. */
@NullMarked
package org.bgpannouncer.daemon.bench;

import org.jspecify.annotations.NullMarked;
