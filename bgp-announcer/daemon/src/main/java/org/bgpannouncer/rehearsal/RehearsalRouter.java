package org.bgpannouncer.rehearsal;

import java.io.IOException;
import org.bgpannouncer.speaker.Speaker;

/** Who hears the announcer of the rehearsal, at the other end of a speaker. */
interface RehearsalRouter extends AutoCloseable {
  /** The announcer's end, not started; once. */
  Speaker speaker() throws IOException;

  @Override
  void close() throws IOException;
}
