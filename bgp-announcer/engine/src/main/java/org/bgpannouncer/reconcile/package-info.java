/**
 * Compares the wish with what the speaker acknowledged, and says what to do now. Pure; time is
 * handed in.
 */
@NullMarked
package org.bgpannouncer.reconcile;

import org.jspecify.annotations.NullMarked;
