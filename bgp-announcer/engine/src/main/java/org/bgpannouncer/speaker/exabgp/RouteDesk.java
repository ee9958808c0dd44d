package org.bgpannouncer.speaker.exabgp;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.RibUpdate;
import org.bgpannouncer.speaker.SpeakerEvent;

/**
 * The wish, what of it is said when, and what became of it. Withdraws first and at once; announces
 * within the window and only when told that a session can take them. Not thread-safe.
 */
final class RouteDesk {
  /** Unanswered commands beyond which announces wait: what is queued delays an urgent withdraw. */
  static final int WINDOW = 8;

  /** The same for withdraws, which go first: reached only when ExaBGP does not answer at all. */
  static final int URGENT_WINDOW = 32;

  /** How often a refused withdraw is said again at the end, when nobody else does. */
  private static final int LAST_RETRIES = 3;

  private final AnswerQueue answers;
  private final Sessions sessions;
  private final Effects effects;
  private final Outbox outbox = new Outbox();

  /** Every path we may have announced, beside the target: what is not wished must be down. */
  private final Set<Nlri> owned;

  /** Answered, but some neighbours have still to be told the same. */
  private final List<Command> unfinished = new ArrayList<>();

  private Rib target = Rib.EMPTY;
  private boolean wished;
  private boolean closing;
  private int retriesLeft = LAST_RETRIES;
  private boolean refused;

  RouteDesk(Set<Nlri> owned, AnswerQueue answers, Sessions sessions, Effects effects) {
    this.owned = new LinkedHashSet<>(owned);
    this.answers = answers;
    this.sessions = sessions;
    this.effects = effects;
  }

  /**
   * States the wish; {@link #pump} says it.
   *
   * @param truthKnown whether the target is whole: before the truth is known it lacks what may
   *     still be adopted, and {@link #resend} must not withdraw that
   */
  void apply(RibUpdate update, boolean truthKnown) {
    if (closing) {
      return;
    }
    wished |= truthKnown;
    target = update.target();
    // Not the whole target: its size must not stand before a withdraw.
    for (RouteChange change : update.changes()) {
      owned.add(change.nlri());
      outbox.put(change);
    }
  }

  /** From now on everything shall be down, and nothing else can be wished. */
  void withdrawAll() {
    wished = true;
    closing = true;
    owned.addAll(target.routes().keySet());
    target = Rib.EMPTY;
    outbox.dropAnnounces();
    owned.forEach(nlri -> outbox.put(new RouteChange.Withdraw(nlri)));
  }

  /** Nothing can be said any more. */
  void end() {
    refused |= !outbox.isEmpty();
    outbox.clear();
    outbox.settleAll();
    unfinished.clear();
  }

  /** Whether nothing is left to say or to wait for. */
  boolean isSettled() {
    return outbox.isEmpty();
  }

  /** Whether ExaBGP has acknowledged every withdraw of {@link #withdrawAll}. */
  boolean isWithdrawn() {
    return closing && !refused && outbox.isEmpty();
  }

  /**
   * Says the whole wish again: what was said while the session was down may come out wrong, and a
   * withdraw of something else than the truth costs one UPDATE. That includes what is unanswered:
   * ExaBGP may have carried it out just before.
   */
  void resend() {
    if (!wished) {
      return;
    }
    owned.addAll(target.routes().keySet());
    for (Nlri nlri : owned) {
      Route route = target.routes().get(nlri);
      outbox.putAgain(
          route == null ? new RouteChange.Withdraw(nlri) : new RouteChange.Announce(route));
    }
  }

  /** Takes the answer to a command that carried changes. */
  void receipt(Command command, Answer answer) {
    if (answer.end() == Answer.End.DONE && !command.rest().isEmpty()) {
      unfinished.add(command);
    } else if (answer.end() == Answer.End.DONE) {
      outbox.settle(command.changes());
      command.changes().forEach(change -> effects.emit(new SpeakerEvent.Acknowledged(change)));
    } else {
      reject(command.changes(), answer.reason());
    }
  }

  /**
   * Takes the answers to what was in doubt when a marker was written.
   *
   * @return whether each got one
   */
  boolean judge(AnswerQueue.Match.Aligned aligned) {
    List<Command> suspects = aligned.suspects();
    if (aligned.answers().isEmpty()) {
      reject(
          suspects.stream().flatMap(command -> command.changes().stream()).toList(),
          "no answer within 2 s");
      return false;
    }
    for (int i = 0; i < suspects.size(); i++) {
      if (!suspects.get(i).changes().isEmpty()) {
        receipt(suspects.get(i), aligned.answers().get().get(i));
      }
    }
    return true;
  }

  /** The changes are not known to be true. */
  void reject(List<RouteChange> changes, String reason) {
    outbox.settle(changes);
    changes.forEach(change -> effects.emit(new SpeakerEvent.Rejected(change, reason)));
    if (closing && !changes.isEmpty()) {
      if (retriesLeft-- > 0) {
        changes.forEach(change -> outbox.put(new RouteChange.Withdraw(change.nlri())));
      } else {
        refused = true;
      }
    }
  }

  /**
   * Says what can be said now.
   *
   * @param announces whether ExaBGP's state is known, so that announces may follow
   */
  void pump(boolean announces, long nowNanos) {
    reconsider(announces);
    while (answers.unansweredChanges() < URGENT_WINDOW) {
      List<RouteChange> changes =
          outbox.takeWithdraws(!answers.isWaitingFor(Command.Kind.WITHDRAW_BULK));
      if (changes.isEmpty()) {
        break;
      }
      withdraw(changes, nowNanos);
    }
    if (!announces || answers.isAligning() || !sessions.isAnyUp()) {
      return;
    }
    unfinished.forEach(command -> send(command.continued(nowNanos)));
    unfinished.clear();
    while (answers.unansweredChanges() < WINDOW) {
      List<RouteChange> changes =
          outbox.takeAnnounces(!answers.isWaitingFor(Command.Kind.ANNOUNCE_BULK));
      if (changes.isEmpty()) {
        break;
      }
      announce(changes, nowNanos);
    }
  }

  /**
   * Gives up telling the rest of the neighbours what is not wished any more, so that a withdraw
   * need not wait for that; and begins anew when ExaBGP may have lost what the others were told.
   */
  private void reconsider(boolean stateKnown) {
    for (Command command : List.copyOf(unfinished)) {
      List<RouteChange> wanted =
          command.changes().stream().filter(change -> !outbox.isReplaced(change)).toList();
      if (!stateKnown || wanted.size() < command.changes().size()) {
        unfinished.remove(command);
        outbox.settle(command.changes());
        wanted.forEach(outbox::put);
      }
    }
  }

  private void withdraw(List<RouteChange> changes, long nowNanos) {
    boolean one = changes.size() == 1;
    RouteChange first = changes.get(0);
    send(
        new Command(
            one ? Command.Kind.WITHDRAW : Command.Kind.WITHDRAW_BULK,
            one
                ? CommandText.withdraw(first.nlri())
                : CommandText.withdraw(
                    changes.stream().map(RouteChange::prefix).toList(), first.prefix().isIpv4()),
            changes,
            nowNanos));
  }

  private void announce(List<RouteChange> changes, long nowNanos) {
    Route first = ((RouteChange.Announce) changes.get(0)).route();
    var refusal = sessions.refusal(first);
    if (refusal.isPresent()) {
      reject(changes, refusal.get());
      return;
    }
    boolean one = changes.size() == 1;
    List<String> texts = new ArrayList<>();
    for (Audience audience : sessions.audiences(first.attributes())) {
      texts.add(
          one
              ? CommandText.announce(first, audience)
              : CommandText.announce(
                  changes.stream().map(RouteChange::prefix).toList(),
                  first.nextHop(),
                  first.attributes(),
                  audience));
    }
    int longest = texts.stream().mapToInt(String::length).max().orElseThrow();
    if (longest > CommandText.MAX_LINE_BYTES) {
      reject(
          changes,
          "route: "
              + longest
              + " characters (expected: a command of at most "
              + CommandText.MAX_LINE_BYTES
              + "; fewer communities)");
      return;
    }
    send(
        new Command(
            one ? Command.Kind.ANNOUNCE : Command.Kind.ANNOUNCE_BULK,
            texts.get(0),
            changes,
            nowNanos,
            texts.subList(1, texts.size())));
  }

  private void send(Command command) {
    answers.add(command);
    effects.write(command.text());
  }
}
