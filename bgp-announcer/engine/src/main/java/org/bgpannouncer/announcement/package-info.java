/** Turns service states into the wished Adj-RIB-Out. Pure. */
@NullMarked
package org.bgpannouncer.announcement;

import org.jspecify.annotations.NullMarked;
