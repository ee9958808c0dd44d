/** Tests of the engine: scenarios and simulations in virtual time. */
@NullMarked
package org.bgpannouncer.engine;

import org.jspecify.annotations.NullMarked;
