@NullMarked
package org.bgpannouncer.bgp.speaker;

import org.jspecify.annotations.NullMarked;
