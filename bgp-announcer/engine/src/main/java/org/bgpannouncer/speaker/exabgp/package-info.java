/**
 * ExaBGP as the speaker, over its process pipe or its named pipes.
 *
 * <p>{@link org.bgpannouncer.speaker.exabgp.ExaBgpSpeaker} owns the threads; the state machine
 * beneath it is {@code ExaBgpSession}, fed with lines, wishes and the time, and pure otherwise.
 */
@NullMarked
package org.bgpannouncer.speaker.exabgp;

import org.jspecify.annotations.NullMarked;
