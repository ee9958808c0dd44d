/** The wiring of one daemon: configuration, speaker, announcer, control socket, signals. */
@NullMarked
package org.bgpannouncer.daemon;

import org.jspecify.annotations.NullMarked;
