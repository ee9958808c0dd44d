"""What the daemon's own speaker does with ExaBGP when much is wished at once."""

import contextlib
import random
import time

from bench import Bench
from ear import Lost
from rows import Row
from speakers import Told, wish_process

BULK = "bulk/exabgp"
URGENT = "urgent/exabgp"
CASES = [BULK, URGENT]

URGENT_PREFIX = "203.0.113.13/32"
LOAD = 5000


def measure(bench: Bench, wanted: set[str]) -> list[Row]:
    rows = []
    with contextlib.closing(wish_process(bench.home, bench.ear, bench.classpath)) as wish:
        # The first wish pays for class loading; a daemon has done that when it matters.
        _announce(bench, wish, 1000)
        _clear(bench, wish, 1000)
        if BULK in wanted:
            for prefixes, aim in [(1000, "<= 50"), (10_000, "<= 426")]:
                row = Row(BULK, f"{prefixes} prefixes", aim=aim)
                for i in range(bench.samples(BULK)):
                    bench.say(f"bulk: {prefixes} prefixes, {i + 1}")
                    with _counting_lost(row):
                        row.samples.append(_announce(bench, wish, prefixes))
                    _clear(bench, wish, prefixes)
                rows.append(row)
        if URGENT in wanted:
            row = Row(URGENT, f"in a load of {LOAD}", aim="median <= 3")
            phase = random.Random(20261122)
            while row.n < bench.samples(URGENT):
                bench.say(f"urgent: {row.n + 1}")
                with _counting_lost(row):
                    _urgent(bench, wish, row, phase.uniform(0.005, 0.06))
            rows.append(row)
    return rows


@contextlib.contextmanager
def _counting_lost(row: Row):
    try:
        yield
    except Lost:
        row.lost += 1


def _announce(bench: Bench, wish: Told, prefixes: int) -> float:
    """From the wish to the last UPDATE, in milliseconds."""
    position = bench.ear.position()
    wished = wish.tell(f"announce {prefixes}")
    return (_await_last(bench, wish, "announce", prefixes, position) - wished) / 1e6


def _clear(bench: Bench, wish: Told, prefixes: int) -> None:
    position = bench.ear.position()
    wish.tell("clear")
    _await_last(bench, wish, "withdraw", prefixes, position)


def _await_last(bench: Bench, wish: Told, event: str, prefixes: int, position: int) -> int:
    """When the last of so many different prefixes was heard of."""
    seen: set[str] = set()

    def is_last(e: dict) -> bool:
        if e["event"] == event and e["peer"] == wish.peer and e["prefix"].startswith("10."):
            seen.add(e["prefix"])
        return len(seen) == prefixes

    return bench.ear.wait(is_last, position, 60)["nanos"]


def _urgent(bench: Bench, wish: Told, row: Row, after_seconds: float) -> None:
    position = bench.ear.position()
    wish.tell(f"add {URGENT_PREFIX}")
    bench.ear.wait_change("announce", URGENT_PREFIX, wish.peer, position, 10)
    position = bench.ear.position()
    wish.tell(f"announce {LOAD}")
    time.sleep(after_seconds)
    wished = wish.tell(f"remove {URGENT_PREFIX}")
    heard = bench.ear.wait_change("withdraw", URGENT_PREFIX, wish.peer, position, 20)
    last = _await_last(bench, wish, "announce", LOAD, position)
    _clear(bench, wish, LOAD)
    # A withdraw that was wished when the load was over is no sample of this row.
    if last > wished:
        row.samples.append((heard - wished) / 1e6)
