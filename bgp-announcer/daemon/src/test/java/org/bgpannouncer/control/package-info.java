/** Tests. */
@NullMarked
package org.bgpannouncer.control;

import org.jspecify.annotations.NullMarked;
