/** Scripted HTTP peers in virtual time. */
@NullMarked
package org.bgpannouncer.probe.net.http;

import org.jspecify.annotations.NullMarked;
