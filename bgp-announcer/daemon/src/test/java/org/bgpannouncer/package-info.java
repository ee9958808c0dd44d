/** Rules that hold for the whole daemon. */
@NullMarked
package org.bgpannouncer;

import org.jspecify.annotations.NullMarked;
