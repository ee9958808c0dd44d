"""kill -9 of the node: ours, the floor, and ExaBGP's own healthcheck, in turns on the same node.

The embedded speaker takes no turns: all that it is compared with, the FIN at an idle client, is of the same
kill, so nothing has to stand between two of them."""

import contextlib
import functools
import random
import socket
import struct
import time
from dataclasses import dataclass

from bench import KILLED_NODE, Bench
from ear import Ear
from machine import cpu_ms_per_s
from nodes import P2P_PORT
from rows import Lost, Row, losing, part
from speakers import Announcer, EmbeddedAnnouncer, ExaBgp, Healthcheck, Told, bare_pipe

OURS = "kill9/exabgp"
EMBEDDED = "kill9/embedded"
FLOOR = "floor"
# The part of it that a speaker without a pipe has too.
FIN = "FIN"
DEFAULT = "kill9/exabgp-healthcheck-default"
FASTEST = "kill9/exabgp-healthcheck-fastest"
CASES = {
    OURS: "kill -9 of the last healthy node to the withdraw at the router",
    EMBEDDED: "the same kill, told by our own speaker",
    FLOOR: "the same kill to FIN or RST at an idle client; plus one bare command to its UPDATE",
    DEFAULT: "the same kill, told by ExaBGP's own healthcheck as shipped",
    FASTEST: "the same, with checks back to back",
}
PROFILES = {DEFAULT: "default", FASTEST: "fastest"}
# How long after a rival's announcement, at most, its node is killed. As shipped a check comes every 5 s
# from there on, so that is every phase of it; checks back to back have none to speak of.
PHASE_SECONDS = {DEFAULT: 5.0, FASTEST: 1.0}
# Before it the node has time to settle.
SETTLE_SECONDS = 0.5

PREFIX = "203.0.113.0/24"
BARE_PREFIX = "198.51.100.1/32"
# The compilers are busy for some seconds after a rehearsal, once.
CPU_WARM_UP_SECONDS = 5
# Long enough for three probes of the shipped interval.
CPU_WINDOW_SECONDS = 16
WITHDRAW_SECONDS = 30
# After a kill nothing is done here for so long: the cores belong to those that are measured.
QUIET_SECONDS = 0.1


def measure(bench: Bench, wanted: set[str]) -> None:
    aims = {
        OURS: "median <= floor + 1.5, p95 <= floor p95 + 10",
        EMBEDDED: "median <= floor FIN + 0.7",
        DEFAULT: "ours >= 500x faster",
        FASTEST: "ours faster, <= 1/50 of its CPU",
    }
    rows = {case: bench.row(case, aim=aims.get(case, "")) for case in CASES if case in wanted}
    with contextlib.ExitStack() as stack, part(*rows.values()):
        stack.callback(bench.node(KILLED_NODE).close)
        takers = []
        phase = random.Random(20261122)
        watchers: list[Watcher] = []
        if EMBEDDED in rows:
            fin = bench.row(FLOOR, FIN)
            with part(rows[EMBEDDED], fin):
                _measure_embedded(bench, rows[EMBEDDED], fin, phase)
        mine = [rows[case] for case in (OURS, FLOOR) if case in rows]
        with part(*mine):
            ours = None
            if OURS in rows:
                ours = _watcher(bench, stack, rows[OURS], functools.partial(bench.announcer, 10))
                watchers.append(ours)
            if mine:
                takers.append(_floor(bench, stack, ours, rows[FLOOR], watchers, phase))
        for case in PROFILES:
            if case in rows:
                with part(rows[case]):
                    takers.append(_rival(bench, stack, rows[case], watchers, phase))
        in_turns = [row.wanted for case, row in rows.items() if case != EMBEDDED]
        for i in range(max(in_turns, default=0)):
            bench.say(f"kill9: round {i + 1}")
            for take in takers:
                take()


def spread(phase: random.Random, samples: int, seconds: float) -> list[float]:
    """A random time in each of as many equal parts, in random order: few samples, and yet all phases."""
    parts = list(range(samples))
    phase.shuffle(parts)
    return [(each + phase.random()) * seconds / samples for each in parts]


@dataclass(frozen=True)
class Watcher:
    """A daemon of ours, and the row that what it misses is lost to."""

    row: Row
    announcer: Announcer | EmbeddedAnnouncer

    @contextlib.contextmanager
    def standing_still(self, ear: Ear):
        """While another is measured, this daemon does not react to the same death on the same cores. It does
        afterwards, before the node lives again: a death like any other, and not a node that throws it out."""
        position = ear.position()
        held = ear.holds(PREFIX, self.announcer.peer)
        with self.announcer.paused():
            yield
        if held:
            with losing(self.row):
                ear.wait_change("withdraw", PREFIX, self.announcer.peer, position, WITHDRAW_SECONDS)


@contextlib.contextmanager
def _still(ear: Ear, watchers: list[Watcher], but: Watcher | None = None):
    """All of them stand still, but for the one that is measured."""
    with contextlib.ExitStack() as stack:
        for watcher in watchers:
            if watcher is not but:
                stack.enter_context(watcher.standing_still(ear))
        yield


def _watcher(bench: Bench, stack: contextlib.ExitStack, row: Row, start) -> Watcher:
    bench.node(KILLED_NODE).start()
    name = row.case.replace("/", "-")
    hosts = [bench.host("node0", bench.node(KILLED_NODE).address)]
    services = [bench.service("bitcoin", PREFIX, ["node0"])]
    announcer = stack.enter_context(contextlib.closing(start(name, hosts, services)))
    bench.ear.wait_held(PREFIX, announcer.peer, 30)
    announcer.wait_rehearsed()
    row.cpu_ms_per_s = _cpu_at_rest(announcer)
    return Watcher(row, announcer)


def _cpu_at_rest(speaker: ExaBgp | EmbeddedAnnouncer) -> float:
    """Of a process and all below it: of ExaBGP too, where that speaks."""
    time.sleep(CPU_WARM_UP_SECONDS)
    return cpu_ms_per_s(speaker.process.pid, CPU_WINDOW_SECONDS)


def _floor(
    bench: Bench,
    stack: contextlib.ExitStack,
    ours: Watcher | None,
    floor: Row,
    watchers: list[Watcher],
    phase: random.Random,
):
    """Sets the bare pipe up; what is returned takes a sample of the floor, and of ours at the same kill."""
    bare = stack.enter_context(contextlib.closing(bare_pipe(bench.home, bench.ear)))
    # What ExaBGP itself needs is in the figures of all.
    floor.cpu_ms_per_s = _cpu_at_rest(bare)

    def take() -> None:
        if floor.due or (ours is not None and ours.row.due):
            _sample_ours(bench, ours, floor, bare, watchers, phase.uniform(0, 1))

    return take


def _rival(
    bench: Bench,
    stack: contextlib.ExitStack,
    row: Row,
    watchers: list[Watcher],
    phase: random.Random,
):
    """Likewise for one of ExaBGP's healthchecks, which stands still while it is not measured."""
    phases = iter(spread(phase, row.wanted, PHASE_SECONDS[row.case]))
    node = bench.node(KILLED_NODE)
    node.start()
    rival = stack.enter_context(
        contextlib.closing(
            Healthcheck(bench.home, bench.ear, PROFILES[row.case], node.address, P2P_PORT)
        )
    )
    bench.ear.wait_held(rival.prefix, rival.peer, 30)
    row.cpu_ms_per_s = _cpu_at_rest(rival)
    rival.pause()

    def take() -> None:
        if row.due:
            with losing(row):
                _sample_rival(bench, row, rival, watchers, next(phases))

    return take


def _sample_ours(
    bench: Bench,
    ours: Watcher | None,
    floor: Row,
    bare: Told,
    watchers: list[Watcher],
    phase: float,
) -> None:
    both = [floor] if ours is None else [ours.row, floor]
    death = None
    with losing(*both):
        bench.node(KILLED_NODE).start()
        if ours is not None:
            bench.ear.wait_held(PREFIX, ours.announcer.peer, 30)
        bare.tell(f"announce route {BARE_PREFIX} next-hop 127.0.1.1")
        bench.ear.wait_held(BARE_PREFIX, bare.peer, 10)
        death = _kill(bench, watchers, ours, phase)
    if death is None:
        return
    if ours is not None:
        with losing(ours.row):
            _record(bench, ours.row, PREFIX, ours.announcer.peer, death)
    with losing(floor):
        position = bench.ear.position()
        written = bare.tell(f"withdraw route {BARE_PREFIX} next-hop 127.0.1.1")
        heard = bench.ear.wait_change("withdraw", BARE_PREFIX, bare.peer, position, 10)
        floor.take((death.until_end() + heard - written) / 1e6)


def _measure_embedded(bench: Bench, row: Row, fin: Row, phase: random.Random) -> None:
    with contextlib.ExitStack() as stack:
        embedded = _watcher(bench, stack, row, bench.embedded)
        while row.due:
            bench.say(f"kill9/embedded: kill {row.n + 1}")
            with losing(row, fin):
                bench.node(KILLED_NODE).start()
                bench.ear.wait_held(PREFIX, embedded.announcer.peer, 30)
                death = _kill(bench, [], embedded, phase.uniform(0, 1))
                _record(bench, row, PREFIX, embedded.announcer.peer, death)
                fin.take(death.until_end() / 1e6)


@dataclass(frozen=True)
class Death:
    """A kill: the ear's position before it, its time, and when an idle client was told, in nanoseconds."""

    position: int
    killed: int
    ended: int | None

    def until_end(self) -> int:
        if self.ended is None:
            raise Lost("no FIN and no RST at the idle client")
        return self.ended - self.killed


def _kill(bench: Bench, watchers: list[Watcher], measured: Watcher | None, phase: float) -> Death:
    with _idle_client(bench.node(KILLED_NODE).address) as idle:
        time.sleep(SETTLE_SECONDS + phase)
        position = bench.ear.position()
        with _still(bench.ear, watchers, measured):
            killed = bench.node(KILLED_NODE).kill()
            ended = _await_end(idle)
            time.sleep(QUIET_SECONDS)
    return Death(position, killed, ended)


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


def _sample_rival(
    bench: Bench, row: Row, rival: Healthcheck, watchers: list[Watcher], phase: float
) -> None:
    bench.node(KILLED_NODE).start()
    rival.resume()
    try:
        bench.ear.wait_held(rival.prefix, rival.peer, 30)
        time.sleep(SETTLE_SECONDS + phase)
        position = bench.ear.position()
        with _still(bench.ear, watchers):
            killed = bench.node(KILLED_NODE).kill()
            time.sleep(QUIET_SECONDS)
            _record(bench, row, rival.prefix, rival.peer, Death(position, killed, None))
    finally:
        rival.pause()


def _record(bench: Bench, row: Row, prefix: str, peer: str, death: Death) -> None:
    heard = bench.ear.wait_change("withdraw", prefix, peer, death.position, WITHDRAW_SECONDS)
    row.take((heard - death.killed) / 1e6)
