/** Tests of a pure room: plain numbers for time. */
@NullMarked
package org.bgpannouncer.reconcile;

import org.jspecify.annotations.NullMarked;
