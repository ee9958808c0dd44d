package org.bgpannouncer.bgp.interop;

import java.io.IOException;
import java.util.List;
import org.bgpannouncer.route.Prefix;

/**
 * A BGP daemon that is not ours, started with one session with us. What it answers comes from its
 * own tool, never from our side of the session.
 */
interface Implementation extends AutoCloseable {
  /** Whether it says that the session is established. */
  boolean isUp() throws IOException;

  /** The paths that it holds of a prefix of ours. */
  List<HeldRoute> held(Prefix prefix) throws IOException;

  /** How many IPv4 routes it holds of us. */
  long count() throws IOException;

  /** How many UPDATEs with IPv4 routes it has received, or routes in them where it counts those. */
  long updates() throws IOException;

  /** What it says of the end of the last session; empty when it says nothing. */
  String lastEnd() throws IOException;

  /** Lets it ask us for all IPv4 routes once more. */
  void askRefresh() throws IOException;

  /** Its process. */
  Daemon daemon();

  @Override
  default void close() throws IOException {
    daemon().close();
  }
}
