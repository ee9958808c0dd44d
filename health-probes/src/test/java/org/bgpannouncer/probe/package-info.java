@NullMarked
package org.bgpannouncer.probe;

import org.jspecify.annotations.NullMarked;
