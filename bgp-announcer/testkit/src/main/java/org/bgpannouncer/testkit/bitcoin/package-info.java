/**
 * Simulated Bitcoin nodes, aspect by aspect. Each listens on a port of its own and misbehaves on
 * request; its honest behaviour is pinned by the same contract tests as the real program's.
 */
@NullMarked
package org.bgpannouncer.testkit.bitcoin;

import org.jspecify.annotations.NullMarked;
