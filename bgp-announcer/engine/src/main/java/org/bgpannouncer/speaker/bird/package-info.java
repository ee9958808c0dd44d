/**
 * BIRD 2 and 3 as the speaker, over its control socket and a file that its configuration includes.
 *
 * <p>{@link org.bgpannouncer.speaker.bird.BirdSpeaker} owns the threads, the socket and the file;
 * the state machine beneath it is {@code BirdSession}, fed with lines, wishes and the time, and
 * pure otherwise. Only BIRD's reply codes and the columns below them are read, never its prose.
 */
@NullMarked
package org.bgpannouncer.speaker.bird;

import org.jspecify.annotations.NullMarked;
