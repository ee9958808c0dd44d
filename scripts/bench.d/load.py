"""What many hosts cost: simulated nodes in another process, every aspect of each once a second."""

import contextlib
import ipaddress
import json
import resource
import subprocess
import time

from bench import Bench, side_by_side
from machine import JAVA, SITE, cpu_seconds, end, rss_mb, spawn
from nodes import RPC_PORT
from rows import Row
from speakers import Announcer

SIZES = {"load/1": 1, "load/100": 100, "load/1000": 1000}
CASES = list(SIZES)
# These two are small enough not to be in each other's way.
TOGETHER = [["load/1", "load/100"], ["load/1000"]]

FIRST_ADDRESS = ipaddress.IPv4Address("127.1.0.1")
P2P_PORT = 18333
ZMQ_PORT = 28332
WARM_UP_SECONDS = 60
WINDOW_SECONDS = 60


def measure(bench: Bench, wanted: set[str]) -> list[Row]:
    rows = {case: Row(case) for case in CASES}
    rows["load/100"].aim = "<= 30 ms/s, RSS <= 120 MB"
    measured: list[Row] = []
    with _farm(bench):
        for together in TOGETHER:
            cases = [case for case in together if case in wanted]
            measured += side_by_side([lambda row=rows[case]: _measure_one(bench, row) for case in cases])
    return measured


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
            raise RuntimeError(f"no simulated nodes (see {log})")
        yield
    finally:
        end(nodes)


def _measure_one(bench: Bench, row: Row) -> list[Row]:
    size = SIZES[row.case]
    number = 20 + CASES.index(row.case)
    prefix = f"203.0.113.{number}/32"
    with contextlib.closing(_announcer(bench, number, row.case, prefix)) as announcer:
        # Every host is needed, so the announcement says that every one is up.
        position = bench.ear.position()
        if not bench.ear.holds(prefix, announcer.peer):
            bench.ear.wait_change("announce", prefix, announcer.peer, position, 120)
        bench.say(f"{row.case}: {size} hosts up")
        time.sleep(WARM_UP_SECONDS)
        daemon = announcer.daemon()
        before, start = cpu_seconds([daemon]), time.monotonic()
        time.sleep(WINDOW_SECONDS)
        after, stop = cpu_seconds([daemon]), time.monotonic()
        row.rounds = 1
        row.cpu_ms_per_s = 1000 * (after - before) / (stop - start)
        row.extra["rss_mb"] = round(rss_mb(daemon))
        row.extra["hosts up"] = size if bench.ear.holds(prefix, announcer.peer) else "fewer"
    return [row]


def _announcer(bench: Bench, number: int, case: str, prefix: str) -> Announcer:
    size = SIZES[case]
    offset = sum(list(SIZES.values())[: CASES.index(case)])
    hosts = []
    for i in range(size):
        address = str(FIRST_ADDRESS + offset + i)
        host = bench.host(f"h{i}", address)
        host["p2p"] = {"port": P2P_PORT}
        host["zmq"] = [{"endpoint": f"tcp://{address}:{ZMQ_PORT}", "topics": ["hashblock", "sequence"]}]
        hosts.append(host)
    service = bench.service("bitcoin", prefix, [host["name"] for host in hosts])
    service["healthy"]["at-least"] = size
    every_second = {"interval": "1s", "fast-interval": "1s", "timeout": "1s"}
    return bench.announcer(number, case.replace("/", "-"), hosts, [service], every_second)
