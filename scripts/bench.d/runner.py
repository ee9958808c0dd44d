"""The command line of a benchmark, the site that it runs in, and what is left of it."""

import argparse
import gc
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import machine
from rows import Row, to_json, to_table

EX_USAGE = 64
EX_NOPERM = 77

Measure = Callable[[Path, set[str], int | None], list[Row]]


class Parser(argparse.ArgumentParser):
    def error(self, message: str):
        print(message, file=sys.stderr)
        sys.exit(EX_USAGE)


def main(
    name: str,
    cases: dict[str, str],
    measure: Measure,
    settings: Callable[[], str],
    nodes: int,
    along: dict[str, set[str]] | None = None,
) -> int:
    """Runs `measure`, inside the site, for the cases that were asked for.

    `cases` says what each measures, `along` which a case cannot do without; `nodes` real ones need a
    namespace each.
    """
    root = Path(sys.argv[1])
    parser = Parser(prog=f"scripts/bench {name}")
    parser.add_argument("--only", metavar="CASE,...", default=",".join(cases))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--n", type=int, metavar="N")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(sys.argv[2:])
    if options.list:
        width = max(map(len, cases))
        print("\n".join(f"{case.ljust(width)}  {what}" for case, what in cases.items()))
        return 0
    wanted = set(options.only.split(","))
    unknown = wanted - set(cases)
    if unknown:
        parser.error(f"--only: {', '.join(sorted(unknown))} (expected: see --list)")
    if options.n is not None and options.n < 1:
        parser.error(f"--n: {options.n} (expected: at least 1)")
    for case in list(wanted):
        wanted |= (along or {}).get(case, set())
    if not options.inside:
        return _enter_site(nodes)
    rows = _run(measure, root, wanted, options.n)
    order = list(cases)
    rows.sort(key=lambda row: order.index(row.case))
    if options.json:
        print(to_json(rows))
    else:
        print(f"{machine.description()}\n{settings()}\n\n{to_table(rows)}")
    return 0


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _enter_site(nodes: int) -> int:
    """Builds the namespaces and runs the rest inside one of them; cleans up whatever happens."""
    if os.geteuid() != 0:
        print("bench: not root (expected: root, for network namespaces)", file=sys.stderr)
        return EX_NOPERM
    machine.build_network(nodes)
    inside = [sys.executable, *sys.argv, "--inside"]
    try:
        return machine.run_in_site(inside)
    finally:
        machine.remove_network(nodes)


def _run(measure: Measure, root: Path, wanted: set[str], samples: int | None) -> list[Row]:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    # No pause of the harness between a kill and its receipt; there is hardly a cycle to collect.
    gc.disable()
    start = time.monotonic()
    rows = measure(root, wanted, samples)
    say(f"measured in {time.monotonic() - start:.0f} s")
    for row in rows:
        row.give_up()
    return rows


def keep_or_remove(home: Path, rows: list[Row]) -> None:
    """What was logged stays where a sample was lost."""
    if os.environ.get("BENCH_KEEP") or any(row.lost for row in rows):
        say(f"logs: {home}")
    else:
        shutil.rmtree(home)
