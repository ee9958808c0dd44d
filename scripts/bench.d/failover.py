"""bench failover: see scripts/bench for its use."""

import functools
import sys
from pathlib import Path

import kill
import lifecycle
import load
import outage
import runner
import wish
from bench import BCOIN_SERVICES, HEALTH, NODES, Bench, side_by_side
from rows import Row, to_table
from speakers import REACTOR_SPEED

# Every row and what it measures, in the order of the table.
CASES = {**kill.CASES, **wish.CASES, **lifecycle.CASES, **outage.CASES, **load.CASES}
# A row without the one it is compared with says nothing.
ALONG = {kill.OURS: {kill.FLOOR}}


def _settings() -> str:
    every_row, load_rows = (
        ", ".join(f"{key} {value}" for key, value in settings.items())
        for settings in (HEALTH, load.EVERY_SECOND)
    )
    return (
        f"Shipped defaults but for: {every_row}; required-services {BCOIN_SERVICES} for bcoin; in load/*,"
        f" on simulated nodes, {load_rows}; exabgp.reactor.speed {REACTOR_SPEED} for all.\n"
        "Clock: receipt at a raw BGP listener."
    )


def _alone(bench: Bench, wanted: set[str]) -> list:
    """Rows about milliseconds: one after the other, and nothing beside them."""
    measures = [
        functools.partial(group.measure, bench, mine)
        for group in (kill, wish)
        if (mine := wanted & set(group.CASES))
    ]
    if lifecycle.START_UP in wanted:
        measures.append(functools.partial(lifecycle.start_up, bench))
    return measures


def _waiting(bench: Bench, wanted: set[str]) -> list:
    """Rows that wait for seconds, or count what one process uses: side by side, on nodes of their own. What
    wakes up often does so in the minute in which load/1000 warms up."""
    singles = {
        lifecycle.RESTART: lifecycle.restart,
        outage.STOP: outage.stop,
        outage.POWER_LOSS: outage.power_loss,
    }
    measures = [functools.partial(each, bench) for case, each in singles.items() if case in wanted]
    if mine := wanted & set(load.CASES):
        measures.append(functools.partial(load.measure, bench, mine))
    return measures


def measure(root: Path, wanted: set[str], samples: int | None) -> list[Row]:
    bench = Bench(root, samples)
    try:
        for each in _alone(bench, wanted):
            each()
            runner.say(to_table(bench.rows))
        side_by_side(_waiting(bench, wanted))
    except BaseException:
        runner.say(f"logs: {bench.home}")
        raise
    finally:
        bench.close()
    runner.keep_or_remove(bench.home, bench.rows)
    return bench.rows


if __name__ == "__main__":
    sys.exit(runner.main("failover", CASES, measure, _settings, NODES, ALONG))
