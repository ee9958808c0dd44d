/**
 * {@code announcer doctor}: what of a machine, its router and its nodes does not fit the site file,
 * why that matters, and the command that mends it. Reads, and changes nothing.
 */
@NullMarked
package org.bgpannouncer.doctor;

import org.jspecify.annotations.NullMarked;
