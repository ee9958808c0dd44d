"""What many hosts cost: simulated nodes in another process, every aspect of each once a second."""

import contextlib
import ipaddress
import json
import resource
import subprocess
import time

from bench import Bench
from ear import Ear
from machine import JAVA, SITE, end, process_seconds, rss_mb, spawn
from nodes import RPC_PORT
from rows import Lost, Row, part
from speakers import Announcer

SIZES = {"load/1": 1, "load/100": 100, "load/1000": 1000}
CASES = {case: f"CPU time and memory of the daemon, hosts: {size}" for case, size in SIZES.items()}
# The largest first: while one row is measured the next one warms up beside it, and the small ones do that
# without being noticed.
ORDER = ["load/1000", "load/1", "load/100"]

EVERY_SECOND = {"interval": "1s", "fast-interval": "1s", "timeout": "1s"}

FIRST_ADDRESS = ipaddress.IPv4Address("127.1.0.1")
P2P_PORT = 18333
ZMQ_PORT = 28332
UP_SECONDS = 120
WARM_UP_SECONDS = 60
WINDOW_SECONDS = 60


def measure(bench: Bench, wanted: set[str]) -> None:
    # One sample each, whatever else was asked for: it is a mean over a minute.
    rows = {case: bench.row(case, most=1) for case in CASES if case in wanted}
    if "load/100" in rows:
        rows["load/100"].aim = "<= 30 ms/s, RSS <= 120 MB"
    with part(*rows.values()), _farm(bench):
        current = None
        for row in [*(rows[case] for case in ORDER if case in rows), None]:
            if current is not None:
                current.open_window()
            following = None
            if row is not None:
                with part(row):
                    following = _Daemon(bench, row)
            if current is not None:
                current.close_window()
            current = following


class _Daemon:
    """A daemon of one size: all of its hosts are up, and it warms up from now on."""

    def __init__(self, bench: Bench, row: Row) -> None:
        self._bench = bench
        self._row = row
        self._prefix = f"203.0.113.{20 + list(CASES).index(row.case)}/32"
        self._announcer = _announcer(bench, row.case, self._prefix)
        with self._announcer.closed_on_failure():
            # Every host is needed, so the announcement says that every one is up.
            bench.ear.wait_held(self._prefix, self._announcer.peer, UP_SECONDS)
            self._pid = self._announcer.daemon()
        bench.say(f"{row.case}: {SIZES[row.case]} hosts up")
        self._warm = time.monotonic() + WARM_UP_SECONDS

    def open_window(self) -> None:
        with part(self._row), self._announcer.closed_on_failure():
            time.sleep(max(0.0, self._warm - time.monotonic()))
            self._position = self._bench.ear.position()
            self._start, self._before = time.monotonic(), process_seconds(self._pid)

    def close_window(self) -> None:
        row = self._row
        if not row.due:
            return
        with part(row), contextlib.closing(self._announcer):
            time.sleep(max(0.0, self._start + WINDOW_SECONDS - time.monotonic()))
            after, stop = process_seconds(self._pid), time.monotonic()
            _require_all_up(self._bench.ear, self._prefix, self._announcer.peer, self._position)
            row.rounds = 1
            row.cpu_ms_per_s = 1000 * (after - self._before) / (stop - self._start)
            row.extra["rss_mb"] = round(rss_mb(self._pid))


def _require_all_up(ear: Ear, prefix: str, peer: str, position: int) -> None:
    """Fewer hosts cost less: a minute in which not all were up is no sample."""
    lost = [e for e in ear.since(position) if e.get("peer") == peer and e["event"] in ("withdraw", "ended")]
    if lost or not ear.holds(prefix, peer):
        raise Lost(f"not every host was up all the time: {lost[:1]}")


@contextlib.contextmanager
def _farm(bench: Bench):
    """All nodes of all sizes, in one process."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    main = "org.bgpannouncer.testkit.bitcoin.SimulatedBitcoind"
    java = [*JAVA, "-Xmx1g", "-cp", bench.classpath, main]
    arguments = [sum(SIZES.values()), FIRST_ADDRESS, P2P_PORT, ZMQ_PORT, RPC_PORT]
    log = bench.home / "farm.log"
    nodes = spawn(SITE, [*java, *arguments], log, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        for line in nodes.stdout:
            if json.loads(line)["event"] == "ready":
                break
        else:
            raise Lost(f"no simulated nodes (see {log})")
        yield
    finally:
        end(nodes)


def _announcer(bench: Bench, case: str, prefix: str) -> Announcer:
    size = SIZES[case]
    offset = sum(list(SIZES.values())[: list(SIZES).index(case)])
    hosts = []
    for i in range(size):
        address = str(FIRST_ADDRESS + offset + i)
        host = bench.host(f"h{i}", address)
        host["p2p"] = {"port": P2P_PORT}
        host["zmq"] = [{"endpoint": f"tcp://{address}:{ZMQ_PORT}", "topics": ["hashblock", "sequence"]}]
        hosts.append(host)
    service = bench.service("bitcoin", prefix, [host["name"] for host in hosts])
    service["healthy"]["at-least"] = size
    number = 20 + list(SIZES).index(case)
    return bench.announcer(number, case.replace("/", "-"), hosts, [service], EVERY_SECOND)
