/** Folds host states into one state per service, each with a reason. Pure; time is handed in. */
@NullMarked
package org.bgpannouncer.decision;

import org.jspecify.annotations.NullMarked;
