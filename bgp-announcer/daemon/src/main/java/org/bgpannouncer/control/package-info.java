/**
 * The control socket: JSON over HTTP on a Unix-domain socket that only the daemon's user may open.
 * It needs no network and no name service, and asks the announcer; it decides nothing.
 */
@NullMarked
package org.bgpannouncer.control;

import org.jspecify.annotations.NullMarked;
