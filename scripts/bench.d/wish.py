"""What a whole announcer does with ExaBGP when much is wished at once; its observations are made up."""

import contextlib
import random
import time

from bench import Bench
from rows import Row, losing, part
from speakers import Told, wish_process

BULK = "bulk/exabgp"
URGENT = "urgent/exabgp"
CASES = {
    BULK: "an observation that brings 1,000 and 10,000 prefixes up to the last UPDATE",
    URGENT: "the proof of a death during a load of 5,000 routes to its UPDATE",
}

BULKS = {1000: "<= 50", 10_000: "<= 426"}
URGENT_PREFIX = "203.0.113.13/32"
LOAD = 5000


def measure(bench: Bench, wanted: set[str]) -> None:
    bulks = {}
    if BULK in wanted:
        bulks = {size: bench.row(BULK, f"{size} prefixes", aim=aim) for size, aim in BULKS.items()}
    urgent = bench.row(URGENT, f"in a load of {LOAD}", aim="median <= 3") if URGENT in wanted else None
    with part(*bulks.values(), *([] if urgent is None else [urgent])):
        with contextlib.closing(wish_process(bench.home, bench.ear, bench.root, bench.classpath)) as wish:
            # The first wish pays for class loading; a daemon has done that when it matters.
            _announce(bench, wish, 1000)
            for size, row in bulks.items():
                while row.due:
                    bench.say(f"bulk: {size} prefixes, {row.n + 1}")
                    with losing(row):
                        _clear(bench, wish)
                        row.take(_announce(bench, wish, size))
            if urgent is not None:
                _measure_urgent(bench, wish, urgent)


def _measure_urgent(bench: Bench, wish: Told, row: Row) -> None:
    phase = random.Random(20261122)
    # A withdraw that was wished when the load was over is no sample: some more tries than samples.
    for _ in range(2 * row.wanted):
        if row.due:
            bench.say(f"urgent: {row.n + 1}")
            with losing(row):
                _urgent(bench, wish, row, phase.uniform(0.005, 0.06))


def _announce(bench: Bench, wish: Told, prefixes: int) -> float:
    """From the wish to the last UPDATE, in milliseconds."""
    position = bench.ear.position()
    wished = wish.tell(f"announce {prefixes}")
    return (_await_last(bench, wish, "announce", prefixes, position) - wished) / 1e6


def _clear(bench: Bench, wish: Told) -> None:
    """Withdraws what stands: the last load, or what is left of one that was lost."""
    position = bench.ear.position()
    standing = sum(prefix.startswith("10.") for prefix in bench.ear.held(wish.peer))
    wish.tell("clear")
    if standing > 0:
        _await_last(bench, wish, "withdraw", standing, position)
    bench.ear.forget()


def _await_last(bench: Bench, wish: Told, event: str, prefixes: int, position: int) -> int:
    """When the last of so many different prefixes was heard of."""
    seen: set[str] = set()

    def is_last(e: dict) -> bool:
        if e["event"] == event and e["peer"] == wish.peer and e["prefix"].startswith("10."):
            seen.add(e["prefix"])
        return len(seen) == prefixes

    return bench.ear.wait(is_last, position, 60, at_least=prefixes)["nanos"]


def _urgent(bench: Bench, wish: Told, row: Row, after_seconds: float) -> None:
    _clear(bench, wish)
    wish.tell(f"add {URGENT_PREFIX}")
    bench.ear.wait_held(URGENT_PREFIX, wish.peer, 10)
    position = bench.ear.position()
    wish.tell(f"announce {LOAD}")
    time.sleep(after_seconds)
    wished = wish.tell(f"remove {URGENT_PREFIX}")
    last = _await_last(bench, wish, "announce", LOAD, position)
    heard = bench.ear.wait_change("withdraw", URGENT_PREFIX, wish.peer, position, 20)
    if last > wished:
        row.take((heard - wished) / 1e6)
