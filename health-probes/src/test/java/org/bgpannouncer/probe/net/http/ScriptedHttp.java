package org.bgpannouncer.probe.net.http;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.net.DialFailure;
import org.bgpannouncer.probe.net.Dialer;
import org.bgpannouncer.probe.time.VirtualTime;
import org.jspecify.annotations.Nullable;

/** A dialer whose peer is a script; counts what a real peer would see. */
public final class ScriptedHttp implements Dialer<HttpMessage> {
  /** What the peer does with a request. */
  public interface Script {
    /** Called for each request. */
    void requested(Connection connection, HttpMessage.Request request);
  }

  private final VirtualTime time;
  private Script script;
  private @Nullable DialFailure failure;
  private boolean mute;
  private boolean closesAtOnce;
  private Consumer<Connection> onConnect = connection -> {};
  private int dials;
  private @Nullable InetAddress lastSource;
  private final List<Connection> open = new ArrayList<>();

  /** Answers with {@code script}. */
  public ScriptedHttp(VirtualTime time, Script script) {
    this.time = time;
    this.script = script;
  }

  /** Changes what the peer does from the next request on. */
  public void script(Script next) {
    this.script = next;
  }

  /** What the peer does with each new connection. */
  public void onConnect(Consumer<Connection> next) {
    onConnect = next;
  }

  /** Every dial from now on is refused. */
  public void refuse() {
    failure = new DialFailure(Outcome.HARD, Reason.REFUSED, "Connection refused");
  }

  /** Every dial from now on fails so. */
  public void failWith(DialFailure next) {
    failure = next;
  }

  /** Every dial from now on gets no answer. */
  public void dropSyn() {
    mute = true;
  }

  /** Dials succeed again. */
  public void accept() {
    failure = null;
    mute = false;
    closesAtOnce = false;
  }

  /** Every connection from now on is closed as soon as it stands. */
  public void closeAtOnce() {
    closesAtOnce = true;
  }

  /** How many dials there were, failed ones too. */
  public int dials() {
    return dials;
  }

  /** How many connections stand. */
  public int open() {
    return open.size();
  }

  /** The source address of the last dial. */
  public @Nullable InetAddress lastSource() {
    return lastSource;
  }

  /** Ends every standing connection. */
  public void closeAll(CloseCause cause) {
    for (Connection connection : List.copyOf(open)) {
      connection.close(cause);
    }
  }

  /** Sends a message that nobody asked for on every connection. */
  public void sayUnasked(HttpMessage message) {
    for (Connection connection : List.copyOf(open)) {
      connection.say(message);
    }
  }

  @Override
  public Dial dial(
      InetSocketAddress remote,
      @Nullable InetAddress source,
      long timeoutNanos,
      Handler<HttpMessage> handler) {
    dials++;
    lastSource = source;
    Connection connection = new Connection(handler);
    if (mute) {
      time.schedule(timeoutNanos, () -> connection.fail(DialFailure.timeout(timeoutNanos)));
      return connection;
    }
    DialFailure current = failure;
    time.execute(
        () -> {
          if (current != null) {
            connection.fail(current);
          } else {
            connection.establish();
          }
        });
    return connection;
  }

  /** One connection, seen from the peer. */
  public final class Connection implements Dial, Link<HttpMessage> {
    private final Handler<HttpMessage> handler;
    private boolean over;

    Connection(Handler<HttpMessage> handler) {
      this.handler = handler;
    }

    private void fail(DialFailure why) {
      if (!over) {
        over = true;
        handler.failed(why);
      }
    }

    private void establish() {
      if (!over) {
        open.add(this);
        handler.connected(this);
        onConnect.accept(this);
        if (closesAtOnce) {
          close(CloseCause.FIN);
        }
      }
    }

    /** Sends a whole answer now. */
    public void say(HttpMessage message) {
      time.execute(
          () -> {
            if (!over) {
              handler.received(message);
            }
          });
    }

    /** Sends 200 with {@code body}, keeping the connection. */
    public void answer(int status, String body) {
      say(new HttpMessage.Response(status, body, false, true));
    }

    /** Ends the connection. */
    public void close(CloseCause cause) {
      time.execute(
          () -> {
            if (!over) {
              over = true;
              open.remove(this);
              handler.closed(cause, "scripted " + cause);
            }
          });
    }

    @Override
    public void send(HttpMessage message) {
      if (!over && message instanceof HttpMessage.Request request) {
        time.execute(
            () -> {
              if (!over) {
                script.requested(this, request);
              }
            });
      }
    }

    @Override
    public void cancel() {
      over = true;
      open.remove(this);
    }
  }
}
