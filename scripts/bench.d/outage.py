"""Deaths without a FIN, and the death of our own process."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import threading
import time

from bench import Bench
from ear import Lost
from machine import node_namespace, run
from rows import Row
from speakers import Announcer

STOP = "stop/exabgp"
POWER_LOSS = "powerloss/exabgp"
RESTART = "restart"
START_UP = "start-up"
CASES = [STOP, POWER_LOSS, RESTART, START_UP]

STOP_NODES = [1, 2, 3]
POWER_NODES = [4, 5, 6, 7, 8]
# The MED that says DEGRADED.
DEGRADED_MED = 200
# Longer than the aims: a miss is to be seen as a figure, not as lost.
STOP_DEADLINE_SECONDS = 150
POWER_DEADLINE_SECONDS = 60
# ExaBGP's own patience with a dying child, and ours: 5 restarts in 60 s.
RESTART_PAUSE_SECONDS = 12


def measure(bench: Bench, wanted: set[str]) -> list[Row]:
    rows: list[Row] = []
    if START_UP in wanted:
        rows.append(_start_up(bench))
    if RESTART in wanted:
        rows.append(_restart(bench))
    silent = [_stop] if STOP in wanted else []
    silent += [_power_loss] if POWER_LOSS in wanted else []
    # Both wait most of the time, on nodes of their own.
    results: list[list[Row]] = [[] for _ in silent]
    threads = [
        threading.Thread(target=lambda i=i, row=row: results[i].extend(row(bench)))
        for i, row in enumerate(silent)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if not all(results):
        raise RuntimeError("a row failed: see the lines above")
    return [row for result in results for row in result] + rows


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


def _restart(bench: Bench) -> Row:
    """The third router hears of nothing: a sample is how many route changes it heard."""
    row = Row(RESTART, aim="no route change")
    node = bench.node(0)
    node.start()
    changes = 0
    with contextlib.closing(_announcer_of(bench, 14, "restart", [0])) as announcer:
        _await_all(bench, announcer, [0])
        time.sleep(2)
        position = bench.ear.position()
        for i in range(bench.samples(RESTART)):
            bench.say(f"restart: {i + 1}")
            killed = announcer.daemon()
            os.kill(killed, signal.SIGKILL)
            time.sleep(RESTART_PAUSE_SECONDS)
            if announcer.daemon() == killed:
                row.lost += 1
        heard = [e for e in bench.ear.since(position) if e.get("peer") == announcer.peer]
        changes = len([e for e in heard if e["event"] in ("announce", "withdraw", "ended")])
        row.extra["route changes"] = changes
        row.extra["restarts"] = bench.samples(RESTART)
        row.extra["route stands"] = bench.ear.holds(_prefix(0), announcer.peer)
    node.close()
    return row


def _start_up(bench: Bench) -> Row:
    """From the start of the process to its first SYN, as ExaBGP would start it."""
    row = Row(START_UP, aim="<= 700")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        host = bench.host("node0", "127.0.0.1")
        host["p2p"]["port"] = server.getsockname()[1]
        del host["rpc"]
        file = bench.announcer_file("start-up", [host], [bench.service("bitcoin", _prefix(0), ["node0"])])
        for i in range(bench.samples(START_UP)):
            bench.say(f"start-up: {i + 1}")
            start = time.monotonic_ns()
            with (bench.home / "start-up.log").open("ab") as log:
                process = subprocess.Popen(
                    [bench.root / "scripts/announcer", "run", "--config", file],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                )
            try:
                connection = server.accept()[0]
                row.samples.append((time.monotonic_ns() - start) / 1e6)
                connection.close()
            except TimeoutError:
                row.lost += 1
            finally:
                # The end of its stdin is the end of the daemon.
                process.stdin.close()
                process.stdout.close()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
    return row
