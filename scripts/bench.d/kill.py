"""kill -9 of the node: ours, the floor, and ExaBGP's own healthcheck, in turns on the same node."""

import contextlib
import random
import socket
import struct
import time

from bench import KILLED_NODE, Bench
from machine import cpu_ms_per_s
from nodes import P2P_PORT
from rows import Lost, Row, losing, part
from speakers import Announcer, Healthcheck, Told, bare_pipe

OURS = "kill9/exabgp"
FLOOR = "floor"
DEFAULT = "kill9/exabgp-healthcheck-default"
FASTEST = "kill9/exabgp-healthcheck-fastest"
CASES = {
    OURS: "kill -9 of the last healthy node to the withdraw at the router",
    FLOOR: "the same kill to FIN or RST at an idle client, plus one bare command to its UPDATE",
    DEFAULT: "the same kill, told by ExaBGP's own healthcheck as shipped",
    FASTEST: "the same, with checks back to back",
}
PROFILES = {DEFAULT: "default", FASTEST: "fastest"}

PREFIX = "203.0.113.0/24"
BARE_PREFIX = "198.51.100.1/32"
# Long enough for three probes of the shipped interval.
CPU_WINDOW_SECONDS = 16
WITHDRAW_SECONDS = 30
# After a kill nothing is done here for so long: the cores belong to those that are measured.
QUIET_SECONDS = 0.1


def measure(bench: Bench, wanted: set[str]) -> None:
    aims = {
        OURS: "median <= floor + 1.5, p95 <= floor p95 + 10",
        DEFAULT: "ours >= 500x faster",
        FASTEST: "ours faster, <= 1/50 of its CPU",
    }
    rows = {case: bench.row(case, aim=aims.get(case, "")) for case in CASES if case in wanted}
    with contextlib.ExitStack() as stack, part(*rows.values()):
        stack.callback(bench.node(KILLED_NODE).close)
        bench.node(KILLED_NODE).start()
        takers = []
        mine = [rows[case] for case in (OURS, FLOOR) if case in rows]
        if mine:
            with part(*mine):
                takers.append(_ours(bench, stack, rows.get(OURS), rows[FLOOR]))
        for case in PROFILES:
            if case in rows:
                with part(rows[case]):
                    takers.append(_rival(bench, stack, rows[case]))
        phase = random.Random(20261122)
        for i in range(max(row.wanted for row in rows.values())):
            bench.say(f"kill9: round {i + 1}")
            for take in takers:
                take(phase)


def _ours(bench: Bench, stack: contextlib.ExitStack, ours: Row | None, floor: Row):
    """Sets ours and the bare pipe up; what is returned takes a sample of both."""
    bare = stack.enter_context(contextlib.closing(bare_pipe(bench.home, bench.ear)))
    announcer = None
    if ours is not None:
        hosts = [bench.host("node0", bench.node(KILLED_NODE).address)]
        services = [bench.service("bitcoin", PREFIX, ["node0"])]
        announcer = stack.enter_context(
            contextlib.closing(bench.announcer(10, "kill", hosts, services))
        )
        bench.ear.wait_held(PREFIX, announcer.peer, 30)
        announcer.wait_rehearsed()
        ours.cpu_ms_per_s = cpu_ms_per_s(announcer.process.pid, CPU_WINDOW_SECONDS)

    def take(phase: random.Random) -> None:
        if floor.due or (ours is not None and ours.due):
            _sample_ours(bench, ours, announcer, floor, bare, phase)

    return take


def _rival(bench: Bench, stack: contextlib.ExitStack, row: Row):
    """Likewise for one of ExaBGP's healthchecks, which stands still while it is not measured."""
    node = bench.node(KILLED_NODE)
    rival = stack.enter_context(
        contextlib.closing(
            Healthcheck(bench.home, bench.ear, PROFILES[row.case], node.address, P2P_PORT)
        )
    )
    bench.ear.wait_held(rival.prefix, rival.peer, 30)
    row.cpu_ms_per_s = cpu_ms_per_s(rival.process.pid, CPU_WINDOW_SECONDS)
    rival.pause()

    def take(phase: random.Random) -> None:
        if row.due:
            with losing(row):
                _sample_rival(bench, row, rival, phase)

    return take


def _sample_ours(
    bench: Bench,
    ours: Row | None,
    announcer: Announcer | None,
    floor: Row,
    bare: Told,
    phase: random.Random,
) -> None:
    both = [floor] if ours is None else [ours, floor]
    killed = None
    with losing(*both):
        bench.node(KILLED_NODE).start()
        if announcer is not None:
            bench.ear.wait_held(PREFIX, announcer.peer, 30)
        bare.tell(f"announce route {BARE_PREFIX} next-hop 127.0.1.1")
        bench.ear.wait_held(BARE_PREFIX, bare.peer, 10)
        with _idle_client(bench.node(KILLED_NODE).address) as idle:
            # At a random phase of the daemon's timers, and when the node has had time to settle.
            time.sleep(phase.uniform(0.5, 1.5))
            position = bench.ear.position()
            killed = bench.node(KILLED_NODE).kill()
            ended = _await_end(idle)
            time.sleep(QUIET_SECONDS)
    if killed is None:
        return
    if ours is not None and announcer is not None:
        with losing(ours):
            _record(bench, ours, PREFIX, announcer.peer, position, killed)
    with losing(floor):
        position = bench.ear.position()
        written = bare.tell(f"withdraw route {BARE_PREFIX} next-hop 127.0.1.1")
        heard = bench.ear.wait_change("withdraw", BARE_PREFIX, bare.peer, position, 10)
        if ended is None:
            raise Lost("no FIN and no RST at the idle client")
        floor.take((ended - killed + heard - written) / 1e6)


def _idle_client(address: str) -> socket.socket:
    """Connected while the node lives, as a client is; one in the queue of accept would be told earlier."""
    idle = socket.create_connection((address, P2P_PORT), 5)
    # The kernel's own time limit: a time limit of Python's would poll before each read.
    idle.settimeout(None)
    limit = struct.pack("ll", WITHDRAW_SECONDS, 0)
    idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    return idle


def _await_end(idle: socket.socket) -> int | None:
    """When FIN or RST reached an idle client; None when neither did."""
    try:
        while idle.recv(4096):
            pass
    except ConnectionResetError:
        pass
    except BlockingIOError:
        return None
    return time.monotonic_ns()


def _sample_rival(bench: Bench, row: Row, rival: Healthcheck, phase: random.Random) -> None:
    # Ours goes on: it costs the rival next to nothing, and would take a node that has died and come
    # back behind its back for one that throws it out, and keep away for a while.
    bench.node(KILLED_NODE).start()
    rival.resume()
    try:
        bench.ear.wait_held(rival.prefix, rival.peer, 30)
        time.sleep(phase.uniform(0.5, 1.5))
        position = bench.ear.position()
        killed = bench.node(KILLED_NODE).kill()
        time.sleep(QUIET_SECONDS)
        _record(bench, row, rival.prefix, rival.peer, position, killed)
    finally:
        rival.pause()


def _record(bench: Bench, row: Row, prefix: str, peer: str, position: int, since: int) -> None:
    heard = bench.ear.wait_change("withdraw", prefix, peer, position, WITHDRAW_SECONDS)
    row.take((heard - since) / 1e6)
