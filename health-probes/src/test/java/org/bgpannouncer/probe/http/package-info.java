/** The http package in virtual time. */
@NullMarked
package org.bgpannouncer.probe.http;

import org.jspecify.annotations.NullMarked;
