/** The command line. Only here: picocli, and standard output. */
@NullMarked
package org.bgpannouncer.cli;

import org.jspecify.annotations.NullMarked;
