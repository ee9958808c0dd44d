/** What every speaker must do, and what its tests share. */
@NullMarked
package org.bgpannouncer.speaker.contract;

import org.jspecify.annotations.NullMarked;
