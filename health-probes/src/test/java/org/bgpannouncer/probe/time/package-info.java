@NullMarked
package org.bgpannouncer.probe.time;

import org.jspecify.annotations.NullMarked;
