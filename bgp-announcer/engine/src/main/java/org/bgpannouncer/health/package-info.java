/**
 * Folds the observations of one host into its state: rise, fall, hold, stall. Pure; time is handed
 * in.
 */
@NullMarked
package org.bgpannouncer.health;

import org.jspecify.annotations.NullMarked;
