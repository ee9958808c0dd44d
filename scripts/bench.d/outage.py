"""Deaths without a FIN: a stopped process, a host without power."""

import contextlib
import random
import time

from bench import Bench, side_by_side
from ear import Lost
from machine import node_namespace, run
from rows import Row
from speakers import Announcer

STOP = "stop/exabgp"
POWER_LOSS = "powerloss/exabgp"
CASES = [STOP, POWER_LOSS]

STOP_NODES = [1, 2, 3]
POWER_NODES = [4, 5, 6, 7, 8]
# The MED that says DEGRADED.
DEGRADED_MED = 200
# Longer than the aims: a miss is to be seen as a figure, not as lost.
STOP_DEADLINE_SECONDS = 150
POWER_DEADLINE_SECONDS = 60


def measure(bench: Bench, wanted: set[str]) -> list[Row]:
    """Stop and power loss wait most of the time, on nodes of their own: side by side."""
    measures = {STOP: _stop, POWER_LOSS: _power_loss}
    return side_by_side([lambda row=row: row(bench) for case, row in measures.items() if case in wanted])


def _prefix(number: int) -> str:
    return f"203.0.113.{number}/32"


def _announcer_of(
    bench: Bench, number: int, name: str, nodes: list[int], health: dict | None = None
) -> Announcer:
    hosts = [bench.host(f"node{i}", bench.node(i).address) for i in nodes]
    services = [bench.service(f"bitcoin{i}", _prefix(i), [f"node{i}"]) for i in nodes]
    return bench.announcer(number, name, hosts, services, health)


def _await_all(bench: Bench, announcer: Announcer, nodes: list[int]) -> None:
    for i in nodes:
        position = bench.ear.position()
        if not bench.ear.holds(_prefix(i), announcer.peer):
            bench.ear.wait_change("announce", _prefix(i), announcer.peer, position, 90)


def _record(
    bench: Bench, row: Row, announcer: Announcer, node: int, since: tuple[int, int], seconds: float,
    med: int | None = None,
) -> None:
    """The first withdraw, or announcement with this MED, since a position and a time."""
    position, nanos = since
    event = "withdraw" if med is None else "announce"
    left = seconds - (time.monotonic_ns() - nanos) / 1e9
    try:
        heard = bench.ear.wait_change(event, _prefix(node), announcer.peer, position, max(0.0, left), med)
        row.samples.append((heard - nanos) / 1e6)
    except Lost:
        row.lost += 1


def _stop(bench: Bench) -> list[Row]:
    degraded = Row(STOP, "DEGRADED", aim="<= 16000")
    withdrawn = Row(STOP, "withdraw", aim="<= 130000")
    quick = Row(STOP, "withdraw, stall-down 2s", aim="<= 6000")
    nodes = STOP_NODES[: bench.samples(STOP)]
    for i in nodes:
        bench.node(i).start()
    with contextlib.ExitStack() as stack:
        shipped = stack.enter_context(contextlib.closing(_announcer_of(bench, 11, "stop", nodes)))
        impatient = stack.enter_context(
            contextlib.closing(_announcer_of(bench, 12, "stop-2s", nodes, {"stall-down": "2s"}))
        )
        _await_all(bench, shipped, nodes)
        _await_all(bench, impatient, nodes)
        phase = random.Random(20261122)
        since = {}
        for i in nodes:
            time.sleep(phase.uniform(1, 4))
            position = bench.ear.position()
            since[i] = (position, bench.node(i).stop())
            bench.say(f"stop: node {i}")
        for i in nodes:
            _record(bench, quick, impatient, i, since[i], STOP_DEADLINE_SECONDS)
            _record(bench, degraded, shipped, i, since[i], STOP_DEADLINE_SECONDS, DEGRADED_MED)
        for i in nodes:
            _record(bench, withdrawn, shipped, i, since[i], STOP_DEADLINE_SECONDS)
    for i in nodes:
        bench.node(i).close()
    return [degraded, withdrawn, quick]


def _power_loss(bench: Bench) -> list[Row]:
    row = Row(POWER_LOSS, aim="<= 16000")
    nodes = POWER_NODES[: bench.samples(POWER_LOSS)]
    for i in nodes:
        bench.node(i).start()
    with contextlib.closing(_announcer_of(bench, 13, "power", nodes)) as announcer:
        _await_all(bench, announcer, nodes)
        phase = random.Random(20261122)
        since = {}
        for i in nodes:
            time.sleep(phase.uniform(1, 4))
            position = bench.ear.position()
            since[i] = (position, time.monotonic_ns())
            run("ip", "-n", node_namespace(i), "link", "set", "eth0", "down")
            bench.say(f"powerloss: node {i}")
        for i in nodes:
            _record(bench, row, announcer, i, since[i], POWER_DEADLINE_SECONDS)
    for i in nodes:
        bench.node(i).close()
    return [row]
