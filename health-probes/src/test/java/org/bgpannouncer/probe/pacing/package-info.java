/** The pacing package in virtual time. */
@NullMarked
package org.bgpannouncer.probe.pacing;

import org.jspecify.annotations.NullMarked;
