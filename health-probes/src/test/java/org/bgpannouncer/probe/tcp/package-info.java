/** The tcp package in virtual time. */
@NullMarked
package org.bgpannouncer.probe.tcp;

import org.jspecify.annotations.NullMarked;
