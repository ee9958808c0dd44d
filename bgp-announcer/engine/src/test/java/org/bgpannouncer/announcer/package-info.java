/** Tests of the package of the same name. */
@NullMarked
package org.bgpannouncer.announcer;

import org.jspecify.annotations.NullMarked;
