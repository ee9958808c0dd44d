"""bench failover: see scripts/bench for its use."""

import argparse
import functools
import gc
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import kill
import lifecycle
import load
import machine
import outage
import wish
from bench import BCOIN_SERVICES, HEALTH, NODES, Bench, side_by_side
from rows import Row, to_json, to_table
from speakers import REACTOR_SPEED

# Every row and what it measures, in the order of the table.
CASES = {**kill.CASES, **wish.CASES, **lifecycle.CASES, **outage.CASES, **load.CASES}
# A row without the one it is compared with says nothing.
WITH = {"kill9/exabgp": {"floor"}}

EX_USAGE = 64
EX_NOPERM = 77


class Parser(argparse.ArgumentParser):
    def error(self, message: str):
        print(message, file=sys.stderr)
        sys.exit(EX_USAGE)


def main() -> int:
    root = Path(sys.argv[1])
    parser = Parser(prog="scripts/bench failover")
    parser.add_argument("--only", metavar="CASE,...", default=",".join(CASES))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--n", type=int, metavar="N")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(sys.argv[2:])
    if options.list:
        width = max(map(len, CASES))
        print("\n".join(f"{case.ljust(width)}  {what}" for case, what in CASES.items()))
        return 0
    wanted = set(options.only.split(","))
    unknown = wanted - set(CASES)
    if unknown:
        parser.error(f"--only: {', '.join(sorted(unknown))} (expected: see --list)")
    if options.n is not None and options.n < 1:
        parser.error(f"--n: {options.n} (expected: at least 1)")
    for case in list(wanted):
        wanted |= WITH.get(case, set())
    if not options.inside:
        return _enter_site(root)
    rows = _run(root, wanted, options.n)
    if options.json:
        print(to_json(rows))
    else:
        print(f"{machine.description()}\n{_settings()}\n\n{to_table(rows)}")
    return 0


def _settings() -> str:
    every_row, load_rows = (
        ", ".join(f"{key} {value}" for key, value in settings.items())
        for settings in (HEALTH, load.EVERY_SECOND)
    )
    return (
        f"Shipped defaults but for: {every_row}; required-services {BCOIN_SERVICES} for bcoin; in load/*,"
        f" on simulated nodes, {load_rows}; exabgp.reactor.speed {REACTOR_SPEED} for all.\nClock: receipt at a raw BGP listener."
    )


def _enter_site(root: Path) -> int:
    """Builds the namespaces and runs the rest inside one of them; cleans up whatever happens."""
    if os.geteuid() != 0:
        print("bench: not root (expected: root, for network namespaces)", file=sys.stderr)
        return EX_NOPERM
    machine.build_network(NODES)
    inside = [sys.executable, __file__, *sys.argv[1:], "--inside"]
    try:
        return machine.run_in_site(inside)
    finally:
        machine.remove_network(NODES)


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


def _run(root: Path, wanted: set[str], samples: int | None) -> list[Row]:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    # No pause of the harness between a kill and its receipt; there is hardly a cycle to collect.
    gc.disable()
    bench = Bench(root, samples)
    start = time.monotonic()
    try:
        for measure in _alone(bench, wanted):
            measure()
            bench.say(to_table(bench.rows))
        side_by_side(_waiting(bench, wanted))
    except BaseException:
        bench.say(f"logs: {bench.home}")
        raise
    finally:
        bench.close()
    for row in bench.rows:
        row.give_up()
    if os.environ.get("BENCH_KEEP") or any(row.lost for row in bench.rows):
        bench.say(f"logs: {bench.home}")
    else:
        shutil.rmtree(bench.home)
    bench.say(f"measured in {time.monotonic() - start:.0f} s")
    order = list(CASES)
    return sorted(bench.rows, key=lambda row: order.index(row.case))


if __name__ == "__main__":
    sys.exit(main())
