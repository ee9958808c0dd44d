/** Tests of a pure room: plain numbers for time. */
@NullMarked
package org.bgpannouncer.health;

import org.jspecify.annotations.NullMarked;
