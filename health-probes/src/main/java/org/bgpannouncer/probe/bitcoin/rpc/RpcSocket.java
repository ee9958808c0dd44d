package org.bgpannouncer.probe.bitcoin.rpc;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bgpannouncer.probe.Observation.StageTiming;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.net.DialFailure;
import org.bgpannouncer.probe.net.Dialer;
import org.bgpannouncer.probe.net.http.HttpMessage;
import org.bgpannouncer.probe.time.Loop;
import org.jspecify.annotations.Nullable;

/**
 * One kept-alive connection to bitcoind's HTTP server with at most one call on it.
 *
 * <p>A call that is overdue stays where it is: a client that hangs up does not stop the server's
 * worker (bitcoin#16979), so asking again on a new connection would only take another of its few
 * workers. The call ends with its answer, with the connection (see {@link
 * org.bgpannouncer.probe.net.DeadPath}), or after {@link #GIVE_UP}. A connection that ends under a
 * call in time is replaced once: the server closes idle ones (-rpcservertimeout, 30 s), and the
 * call may have crossed that.
 *
 * <p>Confined to its loop.
 */
final class RpcSocket {
  /** When even an overdue call is abandoned: a proxy may have lost the node behind it. */
  static final Duration GIVE_UP = Duration.ofHours(2);

  private final Loop loop;
  private final Dialer<HttpMessage> dialer;
  private final LoginFile logins;
  private final Target target;
  private final String hostHeader;
  private final Runnable onIdleLoss;

  private Dialer.@Nullable Dial dial;
  private Dialer.@Nullable Link<HttpMessage> link;
  private @Nullable Exchange exchange;
  private long lastId;

  /**
   * Where and how to connect.
   *
   * @param address the server
   * @param source our address, or null
   * @param connectNanos deadline of the TCP handshake, and of reading the login
   */
  record Target(InetSocketAddress address, @Nullable InetAddress source, long connectNanos) {}

  /** Called on the loop. */
  interface Call {
    /** The call has ended; called once. */
    void done(RpcAnswer answer, List<StageTiming> stages);

    /** The deadline has passed, the call goes on; called at most once, before {@link #done}. */
    void overdue();
  }

  /**
   * @param onIdleLoss called when the connection ends while no call is on it
   */
  RpcSocket(
      Loop loop, Dialer<HttpMessage> dialer, LoginFile logins, Target target, Runnable onIdleLoss) {
    this.loop = loop;
    this.dialer = dialer;
    this.logins = logins;
    this.target = target;
    this.hostHeader = hostHeader(target.address());
    this.onIdleLoss = onIdleLoss;
  }

  /** Whether a call is under way. */
  boolean busy() {
    return exchange != null;
  }

  /**
   * Starts a call; none may be under way.
   *
   * @param timeoutNanos deadline of the answer, counted from the sending
   */
  void call(String method, long timeoutNanos, Call call) {
    if (exchange != null) {
      throw new IllegalStateException("call: " + method + " (expected: no call under way)");
    }
    Exchange next = new Exchange(method, timeoutNanos, call);
    exchange = next;
    if (link == null) {
      connect(next);
    } else {
      next.reused = true;
      next.askForLogin();
    }
  }

  /** Closes the connection; a call under way ends without a word. */
  void close() {
    Exchange current = exchange;
    exchange = null;
    if (current != null) {
      current.cancelTimers();
    }
    disconnect();
  }

  private void connect(Exchange forWhom) {
    disconnect();
    forWhom.stageStartNanos = loop.nanoTime();
    dial = dialer.dial(target.address(), target.source(), target.connectNanos(), new Receiver());
  }

  private void disconnect() {
    Dialer.Dial current = dial;
    dial = null;
    link = null;
    if (current != null) {
      current.cancel();
    }
  }

  /** One connection's events; those of a connection that was given up no longer count. */
  private final class Receiver implements Dialer.Handler<HttpMessage> {
    @Override
    public void connected(Dialer.Link<HttpMessage> established) {
      link = established;
      Exchange current = exchange;
      if (current != null) {
        current.stage("connect");
        current.askForLogin();
      }
    }

    @Override
    public void failed(DialFailure failure) {
      dial = null;
      finish(RpcAnswer.of(failure));
    }

    @Override
    public void received(HttpMessage message) {
      Exchange current = exchange;
      if (current == null || !current.sent || !(message instanceof HttpMessage.Response response)) {
        disconnect(); // nobody asked
        return;
      }
      if (!response.keepAlive()) {
        disconnect();
      }
      current.answered(response);
    }

    @Override
    public void closed(Dialer.CloseCause cause, String detail) {
      dial = null;
      link = null;
      Exchange current = exchange;
      if (current == null) {
        onIdleLoss.run();
      } else {
        current.interrupted(cause, detail);
      }
    }
  }

  private void finish(RpcAnswer answer) {
    Exchange current = exchange;
    exchange = null;
    if (current != null) {
      current.cancelTimers();
      if (answer.reason() == Reason.BAD_ANSWER) {
        disconnect(); // who knows what else is on the way
      }
      current.call.done(answer, List.copyOf(current.stages));
    }
  }

  /** One call from its first connection to its end. */
  private final class Exchange {
    private final String method;
    private final long timeoutNanos;
    private final Call call;
    private final List<StageTiming> stages = new ArrayList<>();
    private Loop.@Nullable Timer deadline;
    private Loop.@Nullable Timer giveUp;
    private @Nullable Login login;
    private long id;
    private long stageStartNanos = loop.nanoTime();
    private boolean reused;
    private boolean sent;
    private boolean overdue;
    private boolean loginKnown;
    private boolean loginReadAgain;

    Exchange(String method, long timeoutNanos, Call call) {
      this.method = method;
      this.timeoutNanos = timeoutNanos;
      this.call = call;
    }

    void stage(String name) {
      long nowNanos = loop.nanoTime();
      stages.add(new StageTiming(name, nowNanos - stageStartNanos));
      stageStartNanos = nowNanos;
    }

    void askForLogin() {
      loginKnown = logins.known() != null;
      logins.get(target.connectNanos(), new LoginReceiver(this, false));
    }

    void send(Login with) {
      Dialer.Link<HttpMessage> current = link;
      if (current == null) {
        connect(this);
        return;
      }
      login = with;
      sent = true;
      id = ++lastId;
      stageStartNanos = loop.nanoTime();
      if (deadline == null) {
        deadline = loop.schedule(timeoutNanos, this::passedDeadline);
        giveUp = loop.schedule(GIVE_UP.toNanos(), this::giveUp);
      }
      current.send(request(with));
    }

    private HttpMessage.Request request(Login with) {
      Map<String, String> headers = new LinkedHashMap<>();
      headers.put("Host", hostHeader);
      headers.put("Authorization", with.header());
      headers.put("Content-Type", "application/json");
      return new HttpMessage.Request(
          "POST",
          "/",
          headers,
          "{\"jsonrpc\":\"1.0\",\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":[]}");
    }

    void answered(HttpMessage.Response response) {
      sent = false;
      RpcAnswer answer = RpcAnswer.of(response, id);
      if (answer.reason() == Reason.UNAUTHORIZED && !loginReadAgain) {
        loginReadAgain = true;
        logins.read(target.connectNanos(), new LoginReceiver(this, true));
        return;
      }
      stage(method);
      Login used = login;
      finish(
          used == null
              ? answer
              : new RpcAnswer(
                  answer.outcome(),
                  answer.reason(),
                  used.hideIn(answer.detail()),
                  answer.result()));
    }

    void interrupted(Dialer.CloseCause cause, String detail) {
      if (reused && sent && !overdue && cause != Dialer.CloseCause.PROTOCOL_ERROR) {
        reused = false;
        sent = false;
        connect(this);
        return;
      }
      if (!sent && !overdue) {
        return; // waiting for the login file: send() connects again
      }
      finish(afterClose(cause, detail));
    }

    private RpcAnswer afterClose(Dialer.CloseCause cause, String detail) {
      return switch (cause) {
        case FIN -> RpcAnswer.failure(Outcome.SOFT, Reason.SATURATED, "closed without an answer");
        case RST -> RpcAnswer.failure(Outcome.SOFT, Reason.RESET, detail);
        case PROTOCOL_ERROR -> RpcAnswer.badAnswer(detail);
        case ERROR -> RpcAnswer.failure(Outcome.SOFT, Reason.CLOSED, detail);
        case OURS -> RpcAnswer.failure(Outcome.UNKNOWN, Reason.INTERNAL_ERROR, detail);
      };
    }

    private void passedDeadline() {
      overdue = true;
      call.overdue();
    }

    private void giveUp() {
      disconnect();
      finish(
          RpcAnswer.failure(
              Outcome.SOFT, Reason.STALL, "no answer within " + GIVE_UP.toHours() + " h"));
    }

    void cancelTimers() {
      if (deadline != null) {
        deadline.cancel();
      }
      if (giveUp != null) {
        giveUp.cancel();
      }
    }
  }

  /** Sends the call with the login, unless it is one the node has just refused. */
  private final class LoginReceiver implements LoginFile.Receiver {
    private final Exchange asking;
    private final boolean refused;

    LoginReceiver(Exchange asking, boolean refused) {
      this.asking = asking;
      this.refused = refused;
    }

    @Override
    public void login(Login login) {
      if (exchange != asking) {
        return;
      }
      Login before = asking.login;
      if (refused && before != null && before.sameAs(login)) {
        finish(
            RpcAnswer.failure(
                Outcome.UNKNOWN,
                Reason.UNAUTHORIZED,
                "HTTP 401, and the file still holds the login that was refused"));
        return;
      }
      if (refused || !asking.loginKnown) {
        asking.stage("login");
      }
      asking.send(login);
    }

    @Override
    public void noLogin(RpcAnswer why) {
      if (exchange == asking) {
        finish(why);
      }
    }
  }

  private static String hostHeader(InetSocketAddress address) {
    String host =
        address.getAddress() == null
            ? address.getHostString()
            : address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}
