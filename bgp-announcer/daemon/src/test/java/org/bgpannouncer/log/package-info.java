/** Tests. */
@NullMarked
package org.bgpannouncer.log;

import org.jspecify.annotations.NullMarked;
