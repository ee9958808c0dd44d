/** Tests of the rehearsal. */
@NullMarked
package org.bgpannouncer.rehearsal;

import org.jspecify.annotations.NullMarked;
