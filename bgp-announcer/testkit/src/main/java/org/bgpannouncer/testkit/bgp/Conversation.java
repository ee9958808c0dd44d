package org.bgpannouncer.testkit.bgp;

import java.util.ArrayDeque;
import java.util.Locale;
import org.bgpannouncer.bgp.session.SessionEvent;

/** What was said on all sessions lately, for the text of a failure. Not thread-safe. */
final class Conversation {
  private static final int LINES = 200;

  private final ArrayDeque<String> lines = new ArrayDeque<>();
  private final long startNanos;
  private long dropped;

  Conversation(long startNanos) {
    this.startNanos = startNanos;
  }

  void add(CableConnection connection, SessionEvent event, long nowNanos) {
    if (event instanceof SessionEvent.Connected) {
      note(connection, "connected with " + connection.remote(), nowNanos);
    } else if (event instanceof SessionEvent.Received received) {
      note(connection, "<- " + received.message(), received.nanos());
    } else if (event instanceof SessionEvent.Sent sent) {
      note(connection, "-> " + sent.message(), sent.nanos());
    } else if (event instanceof SessionEvent.Established) {
      note(connection, "established", nowNanos);
    } else if (event instanceof SessionEvent.Ended ended) {
      note(connection, "ended, " + ended.cause() + ": " + ended.text(), nowNanos);
    }
  }

  void note(CableConnection connection, String text, long nanos) {
    if (lines.size() == LINES) {
      lines.removeFirst();
      dropped++;
    }
    lines.add(
        String.format(
            Locale.ROOT, "%10.3f ms #%d %s", (nanos - startNanos) / 1e6, connection.id(), text));
  }

  @Override
  public String toString() {
    if (lines.isEmpty()) {
      return "  nobody connected";
    }
    String before = dropped == 0 ? "" : "  (" + dropped + " earlier lines)\n";
    return before + "  " + String.join("\n  ", lines);
  }
}
