@NullMarked
package org.bgpannouncer.speaker.embedded;

import org.jspecify.annotations.NullMarked;
