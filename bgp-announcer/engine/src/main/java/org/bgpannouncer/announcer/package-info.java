/** The façade to embed: a site configuration and a speaker in, events and a status out. */
@NullMarked
package org.bgpannouncer.announcer;

import org.jspecify.annotations.NullMarked;
