/** Tests of what is announced. */
@NullMarked
package org.bgpannouncer.announcement;

import org.jspecify.annotations.NullMarked;
