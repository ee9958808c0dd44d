package org.bgpannouncer.bgp.session;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Whether the peer takes what we send. Octets are counted from the start of the connection; "taken"
 * is as far as the caller can see it: acknowledged by the peer's kernel where ours tells, taken by
 * ours otherwise. A withdraw has {@link #WITHDRAW_LIMIT}, everything else the send hold time (RFC
 * 9687) without any progress. Pure.
 */
final class SendWatch {
  /** How long a withdraw may be under way: longer, and the peer must lose our routes otherwise. */
  static final Duration WITHDRAW_LIMIT = Duration.ofSeconds(10);

  /** Withdraws within this time are watched as one. */
  private static final long MERGED_NANOS = Duration.ofMillis(100).toNanos();

  private static final class Withdraw {
    private final long sinceNanos;
    private long end;

    Withdraw(long end, long sinceNanos) {
      this.end = end;
      this.sinceNanos = sinceNanos;
    }
  }

  private final ArrayDeque<Withdraw> withdraws = new ArrayDeque<>();
  private Duration sendHold = Duration.ZERO;
  private long queued;
  private long taken;
  private @Nullable Long progressNanos;

  /** From here on; zero for none. */
  void setSendHold(Duration time) {
    sendHold = time;
  }

  /** A message was queued, and ends at {@code end}. */
  void queued(long end, boolean isWithdraw, long nowNanos) {
    if (taken == queued) {
      progressNanos = nowNanos;
    }
    queued = end;
    if (isWithdraw) {
      Withdraw last = withdraws.peekLast();
      if (last != null && nowNanos - last.sinceNanos < MERGED_NANOS) {
        last.end = end;
      } else {
        withdraws.add(new Withdraw(end, nowNanos));
      }
    }
  }

  /** Everything up to {@code position} is taken. */
  void taken(long position, long nowNanos) {
    if (position > taken) {
      taken = Math.min(position, queued);
      progressNanos = nowNanos;
    }
    while (!withdraws.isEmpty() && withdraws.element().end <= taken) {
      withdraws.remove();
    }
  }

  /** When to look at what is taken, and then at {@link #stall}; empty when nothing waits. */
  OptionalLong deadlineNanos() {
    Withdraw oldest = withdraws.peek();
    Long withdraw = oldest == null ? null : oldest.sinceNanos + WITHDRAW_LIMIT.toNanos();
    Long progress = progressNanos;
    Long hold =
        taken == queued || sendHold.isZero() || progress == null
            ? null
            : progress + sendHold.toNanos();
    return Deadlines.earliest(withdraw, hold);
  }

  /** What the peer did not take in time, if so. */
  Optional<String> stall(long nowNanos) {
    Withdraw oldest = withdraws.peek();
    if (oldest != null && nowNanos - oldest.sinceNanos >= WITHDRAW_LIMIT.toNanos()) {
      return Optional.of(
          "withdraw: not taken for " + WITHDRAW_LIMIT.toSeconds() + " s (expected: taken)");
    }
    OptionalLong deadline = deadlineNanos();
    return deadline.isPresent() && nowNanos - deadline.getAsLong() >= 0
        ? Optional.of("send hold: nothing taken for " + sendHold.toSeconds() + " s")
        : Optional.empty();
  }
}
