/** Tests of a pure room: plain numbers for time. */
@NullMarked
package org.bgpannouncer.decision;

import org.jspecify.annotations.NullMarked;
