/** What a probe makes of what it saw, before it is an observation. Not exported. */
@NullMarked
package org.bgpannouncer.probe.finding;

import org.jspecify.annotations.NullMarked;
