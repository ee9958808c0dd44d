"""bench failover: see scripts/bench for its use."""

import argparse
import functools
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
from bench import HEALTH, Bench, side_by_side
from rows import Row, to_json, to_table

# Which row is measured where; the order is that of the run and of the table.
GROUPS = [kill, wish, lifecycle, outage, load]
# These wait most of the time: side by side, when all that is about milliseconds is done.
WAITING = [outage, load]
# A row without the one it is compared with says nothing.
WITH = {"kill9/exabgp": {"floor"}}


def main() -> int:
    root = Path(sys.argv[1])
    cases = [case for group in GROUPS for case in group.CASES]
    parser = argparse.ArgumentParser(prog="scripts/bench failover")
    parser.add_argument("--only", metavar="CASE,...", default=",".join(cases))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--n", type=int, metavar="N")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(sys.argv[2:])
    if options.list:
        print("\n".join(cases))
        return 0
    wanted = set(options.only.split(","))
    unknown = wanted - set(cases)
    if unknown or (options.n is not None and options.n < 1):
        what = f"--only: {', '.join(sorted(unknown))}" if unknown else f"--n: {options.n}"
        print(f"{what} (expected: see --list; n at least 1)", file=sys.stderr)
        return 64
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
    changed = ", ".join(f"{key} {value}" for key, value in HEALTH.items())
    return f"Shipped defaults but for: {changed}. Clock: receipt at a raw BGP listener."


def _enter_site(root: Path) -> int:
    """Builds the namespaces and runs the rest inside one of them; cleans up whatever happens."""
    if os.geteuid() != 0:
        print("bench: not root (expected: root, for network namespaces)", file=sys.stderr)
        return 77
    machine.build_network(9)
    inside = [sys.executable, __file__, *sys.argv[1:], "--inside"]
    try:
        return machine.run_in_site(inside)
    finally:
        machine.remove_network()


def _run(root: Path, wanted: set[str], samples: int | None) -> list[Row]:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    bench = Bench(root, samples)
    rows: list[Row] = []
    start = time.monotonic()
    try:
        measures = {}
        for group in GROUPS:
            mine = wanted & set(group.CASES)
            if mine:
                measures[group] = functools.partial(group.measure, bench, mine)
        for group in [group for group in measures if group not in WAITING]:
            rows.extend(measures[group]())
            bench.say(to_table(rows))
        rows.extend(side_by_side([measures[group] for group in WAITING if group in measures]))
    except BaseException:
        bench.say(f"logs: {bench.home}")
        raise
    finally:
        bench.close()
    if os.environ.get("BENCH_KEEP"):
        bench.say(f"logs: {bench.home}")
    else:
        shutil.rmtree(bench.home)
    bench.say(f"measured in {time.monotonic() - start:.0f} s")
    return rows


if __name__ == "__main__":
    sys.exit(main())
