/** The {@link org.bgpannouncer.speaker.Speaker} that speaks BGP itself. */
@NullMarked
package org.bgpannouncer.speaker.embedded;

import org.jspecify.annotations.NullMarked;
