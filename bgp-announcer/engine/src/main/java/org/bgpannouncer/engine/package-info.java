/**
 * The one thread that owns all mutable state: takes observations and receipts in, steps the pure
 * rooms, hands wishes to the speaker.
 */
@NullMarked
package org.bgpannouncer.engine;

import org.jspecify.annotations.NullMarked;
