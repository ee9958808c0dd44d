"""kill -9 of the node: ours, the floor, and ExaBGP's own healthcheck, in turns on the same node."""

import contextlib
import random
import socket
import time

from bench import Bench
from ear import Lost
from machine import cpu_ms_per_s
from nodes import P2P_PORT
from rows import Row
from speakers import Announcer, Healthcheck, Told, bare_pipe

OURS = "kill9/exabgp"
FLOOR = "floor"
DEFAULT = "kill9/exabgp-healthcheck-default"
FASTEST = "kill9/exabgp-healthcheck-fastest"
CASES = [OURS, FLOOR, DEFAULT, FASTEST]

PREFIX = "203.0.113.0/24"
BARE_PREFIX = "198.51.100.1/32"
# Long enough for three probes of the shipped interval.
CPU_WINDOW_SECONDS = 16


def measure(bench: Bench, wanted: set[str]) -> list[Row]:
    rows = {
        OURS: Row(OURS, aim="median <= floor + 1.5, p95 <= floor p95 + 10"),
        FLOOR: Row(FLOOR),
        DEFAULT: Row(DEFAULT, aim="ours >= 500x faster"),
        FASTEST: Row(FASTEST, aim="ours faster, <= 1/50 of its CPU"),
    }
    node = bench.node(0)
    node.start()
    random_phase = random.Random(20261122)
    with contextlib.ExitStack() as stack:
        ours = bare = None
        rivals: dict[str, Healthcheck] = {}
        if wanted & {OURS, FLOOR}:
            bare = stack.enter_context(contextlib.closing(bare_pipe(bench.home, bench.ear)))
        if OURS in wanted:
            ours = stack.enter_context(contextlib.closing(_announcer(bench, node.address)))
            _await_announced(bench, PREFIX, ours.peer)
            rows[OURS].cpu_ms_per_s = cpu_ms_per_s(ours.process.pid, CPU_WINDOW_SECONDS)
        for case, profile in [(DEFAULT, "default"), (FASTEST, "fastest")]:
            if case in wanted:
                rival = Healthcheck(bench.home, bench.ear, profile, node.address, P2P_PORT)
                rivals[case] = stack.enter_context(contextlib.closing(rival))
                _await_announced(bench, rival.prefix, rival.peer)
                rows[case].cpu_ms_per_s = cpu_ms_per_s(rival.process.pid, CPU_WINDOW_SECONDS)
                rival.pause()
        for i in range(max(bench.samples(case) for case in wanted)):
            bench.say(f"kill9: round {i + 1}")
            if bare is not None and i < max(bench.samples(OURS), bench.samples(FLOOR)):
                _sample_ours(bench, rows, ours, bare, random_phase)
            for case, rival in rivals.items():
                if i < bench.samples(case):
                    _sample_rival(bench, rows[case], rival, random_phase)
    node.close()
    return [rows[case] for case in CASES if case in wanted]


def _announcer(bench: Bench, address: str) -> Announcer:
    hosts = [bench.host("node0", address)]
    services = [bench.service("bitcoin", PREFIX, ["node0"])]
    return bench.announcer(10, "kill", hosts, services)


def _await_announced(bench: Bench, prefix: str, peer: str) -> None:
    position = bench.ear.position()
    if not bench.ear.holds(prefix, peer):
        bench.ear.wait_change("announce", prefix, peer, position, 30)


def _is_announced(bench: Bench, row: Row, prefix: str, peer: str) -> bool:
    """Waits for the announcement without which there is nothing to measure: it is lost then."""
    try:
        _await_announced(bench, prefix, peer)
        return True
    except Lost:
        row.lost += 1
        return False


def _revive(bench: Bench) -> None:
    bench.node(0).reap()
    bench.node(0).start()


def _sample_ours(
    bench: Bench, rows: dict[str, Row], ours: Announcer | None, bare: Told, phase: random.Random
) -> None:
    if ours is not None and not _is_announced(bench, rows[OURS], PREFIX, ours.peer):
        return
    position = bench.ear.position()
    bare.tell(f"announce route {BARE_PREFIX} next-hop 127.0.1.1")
    bench.ear.wait_change("announce", BARE_PREFIX, bare.peer, position, 10)
    # At a random phase of the daemon's timers, and when the node has had time to settle.
    time.sleep(phase.uniform(0.5, 1.5))
    with socket.create_connection((bench.node(0).address, P2P_PORT)) as idle:
        position = bench.ear.position()
        killed = bench.node(0).kill()
        fin = _await_end(idle)
    if ours is not None:
        _record(bench, rows[OURS], PREFIX, ours.peer, position, killed)
    time.sleep(0.1)
    position = bench.ear.position()
    written = bare.tell(f"withdraw route {BARE_PREFIX} next-hop 127.0.1.1")
    heard = bench.ear.wait_change("withdraw", BARE_PREFIX, bare.peer, position, 10)
    rows[FLOOR].samples.append((fin - killed + heard - written) / 1e6)
    _revive(bench)


def _await_end(idle: socket.socket) -> int:
    """When FIN or RST reached an idle client."""
    with contextlib.suppress(ConnectionResetError):
        while idle.recv(4096):
            pass
    return time.monotonic_ns()


def _sample_rival(bench: Bench, row: Row, rival: Healthcheck, phase: random.Random) -> None:
    # Ours goes on: it costs the rival next to nothing, and would take a node that has died and come
    # back behind its back for one that throws it out, and keep away for a while.
    rival.resume()
    if _is_announced(bench, row, rival.prefix, rival.peer):
        time.sleep(phase.uniform(0.5, 1.5))
        position = bench.ear.position()
        killed = bench.node(0).kill()
        _record(bench, row, rival.prefix, rival.peer, position, killed)
        rival.pause()
        _revive(bench)
    else:
        rival.pause()


def _record(bench: Bench, row: Row, prefix: str, peer: str, position: int, since: int) -> None:
    try:
        heard = bench.ear.wait_change("withdraw", prefix, peer, position, 30)
        row.samples.append((heard - since) / 1e6)
    except Lost:
        row.lost += 1
