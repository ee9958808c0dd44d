package org.bgpannouncer.testkit.bgp;

import java.util.ArrayDeque;
import java.util.Locale;
import org.bgpannouncer.bgp.session.BgpSession;
import org.bgpannouncer.bgp.session.SessionEvent;

/** The latest messages of all sessions in words, for the text of a failure. Not thread-safe. */
final class Conversation {
  private static final int LINES = 200;

  private final ArrayDeque<String> lines = new ArrayDeque<>();
  private final long startNanos;

  Conversation(long startNanos) {
    this.startNanos = startNanos;
  }

  void add(BgpSession session, SessionEvent event, long nowNanos) {
    if (lines.size() == LINES) {
      lines.removeFirst();
    }
    lines.add(
        String.format(
            Locale.ROOT,
            "%10.3f ms #%d %s",
            (at(event, nowNanos) - startNanos) / 1e6,
            session.id(),
            event));
  }

  private static long at(SessionEvent event, long nowNanos) {
    if (event instanceof SessionEvent.Received received) {
      return received.nanos();
    }
    return event instanceof SessionEvent.Sent sent ? sent.nanos() : nowNanos;
  }

  @Override
  public String toString() {
    return lines.isEmpty() ? "  nobody connected" : "  " + String.join("\n  ", lines);
  }
}
