/** The process that scripts/soak holds a session with. */
@NullMarked
package org.bgpannouncer.daemon.soak;

import org.jspecify.annotations.NullMarked;
