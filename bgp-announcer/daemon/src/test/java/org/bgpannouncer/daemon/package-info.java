/** Tests. */
@NullMarked
package org.bgpannouncer.daemon;

import org.jspecify.annotations.NullMarked;
