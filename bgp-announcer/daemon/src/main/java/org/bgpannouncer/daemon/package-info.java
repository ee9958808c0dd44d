/** The daemon: command line, configuration file, control socket, logs. */
@NullMarked
package org.bgpannouncer.daemon;

import org.jspecify.annotations.NullMarked;
