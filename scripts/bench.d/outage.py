"""Deaths without a FIN: a stopped process, a host without power."""

import contextlib
import random
import time

from bench import STOPPED_NODES, UNPLUGGED_NODES, Bench
from machine import node_namespace, run
from rows import Row, losing, part
from speakers import Announcer

STOP = "stop/exabgp"
POWER_LOSS = "powerloss/exabgp"
CASES = {
    STOP: "SIGSTOP of the node to DEGRADED, then to the withdraw, also with stall-down: 2s",
    POWER_LOSS: "the node's link down, without a FIN, to the withdraw",
}

# The MED that says DEGRADED.
DEGRADED_MED = 200
# Longer than the aims: a miss is to be seen as a figure, not as lost.
STOP_DEADLINE_SECONDS = 150
POWER_DEADLINE_SECONDS = 60


def _prefix(number: int) -> str:
    return f"203.0.113.{number}/32"


def _announcer_of(
    bench: Bench, number: int, name: str, nodes: list[int], health: dict | None = None
) -> Announcer:
    hosts = [bench.host(f"node{i}", bench.node(i).address) for i in nodes]
    services = [bench.service(f"bitcoin{i}", _prefix(i), [f"node{i}"]) for i in nodes]
    return bench.announcer(number, name, hosts, services, health)


@contextlib.contextmanager
def _started(bench: Bench, nodes: list[int], *rows: Row):
    """Those of the nodes that start; each other costs a sample."""
    started = []
    try:
        for i in nodes[: rows[0].wanted]:
            with losing(*rows):
                bench.node(i).start()
                started.append(i)
        yield started
    finally:
        for i in nodes:
            bench.node(i).close()


def _struck(bench: Bench, rows: list[Row], announcers: list[Announcer], nodes: list[int], strike) -> dict:
    """Strikes every node that all announce; position and time of it."""
    phase = random.Random(20261122)
    since = {}
    for i in nodes:
        with losing(*rows):
            for announcer in announcers:
                bench.ear.wait_held(_prefix(i), announcer.peer, 30)
            since[i] = None
    for i in since:
        time.sleep(phase.uniform(1, 4))
        position = bench.ear.position()
        since[i] = (position, strike(i))
        bench.say(f"{rows[0].case}: node {i}")
    return since


def _record(
    bench: Bench, row: Row, announcer: Announcer, node: int, since: tuple[int, int], seconds: float,
    med: int | None = None,
) -> None:
    """The first withdraw, or announcement with this MED, since a position and a time."""
    position, nanos = since
    event = "withdraw" if med is None else "announce"
    left = seconds - (time.monotonic_ns() - nanos) / 1e9
    with losing(row):
        heard = bench.ear.wait_change(event, _prefix(node), announcer.peer, position, max(0.0, left), med)
        row.take((heard - nanos) / 1e6)


def stop(bench: Bench) -> None:
    most = len(STOPPED_NODES)
    degraded = bench.row(STOP, "DEGRADED", "<= 16000", most)
    withdrawn = bench.row(STOP, "withdraw", "<= 130000", most)
    quick = bench.row(STOP, "withdraw, stall-down 2s", "<= 6000", most)
    rows = [degraded, withdrawn, quick]
    with contextlib.ExitStack() as stack, part(*rows):
        nodes = stack.enter_context(_started(bench, STOPPED_NODES, *rows))
        shipped = stack.enter_context(contextlib.closing(_announcer_of(bench, 11, "stop", nodes)))
        impatient = stack.enter_context(
            contextlib.closing(_announcer_of(bench, 12, "stop-2s", nodes, {"stall-down": "2s"}))
        )
        since = _struck(bench, rows, [shipped, impatient], nodes, lambda i: bench.node(i).stop())
        for i in since:
            _record(bench, quick, impatient, i, since[i], STOP_DEADLINE_SECONDS)
            _record(bench, degraded, shipped, i, since[i], STOP_DEADLINE_SECONDS, DEGRADED_MED)
        for i in since:
            _record(bench, withdrawn, shipped, i, since[i], STOP_DEADLINE_SECONDS)


def power_loss(bench: Bench) -> None:
    row = bench.row(POWER_LOSS, aim="<= 16000", most=len(UNPLUGGED_NODES))
    with contextlib.ExitStack() as stack, part(row):
        nodes = stack.enter_context(_started(bench, UNPLUGGED_NODES, row))
        announcer = stack.enter_context(contextlib.closing(_announcer_of(bench, 13, "power", nodes)))
        since = _struck(bench, [row], [announcer], nodes, _unplug)
        for i in since:
            _record(bench, row, announcer, i, since[i], POWER_DEADLINE_SECONDS)


def _unplug(node: int) -> int:
    nanos = time.monotonic_ns()
    run("ip", "-n", node_namespace(node), "link", "set", "eth0", "down")
    return nanos
