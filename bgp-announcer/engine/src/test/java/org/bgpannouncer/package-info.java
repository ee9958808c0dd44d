/** Rules that hold for the whole module. */
@NullMarked
package org.bgpannouncer;

import org.jspecify.annotations.NullMarked;
