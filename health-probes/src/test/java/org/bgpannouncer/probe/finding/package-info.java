@NullMarked
package org.bgpannouncer.probe.finding;

import org.jspecify.annotations.NullMarked;
