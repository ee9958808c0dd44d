/** Tests. */
@NullMarked
package org.bgpannouncer.cli;

import org.jspecify.annotations.NullMarked;
