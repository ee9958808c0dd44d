"""Our own process: its sudden death, and how soon it is at work."""

import contextlib
import os
import signal
import socket
import subprocess
import time

from bench import KILLED_NODE, Bench
from rows import Lost, Row, losing, part

RESTART = "restart"
START_UP = "start-up"
CASES = {
    START_UP: "start of the process to the first SYN of a probe",
    RESTART: "kill -9 of our process beside a healthy node: route changes at the router",
}

PREFIX = "203.0.113.0/32"
# ExaBGP's patience with a dying child, and the launcher's: 5 restarts in 60 s.
RESTART_PAUSE_SECONDS = 12


def restart(bench: Bench) -> None:
    """What the router hears of it."""
    row = bench.row(RESTART, aim="no route change")
    node = bench.node(KILLED_NODE)
    hosts = [bench.host("node0", node.address)]
    services = [bench.service("bitcoin", PREFIX, ["node0"])]
    with part(row), contextlib.closing(node):
        node.start()
        with contextlib.closing(bench.announcer(14, "restart", hosts, services)) as announcer:
            bench.ear.wait_held(PREFIX, announcer.peer, 90)
            time.sleep(2)
            position = bench.ear.position()
            while row.due:
                bench.say(f"restart: {row.n + 1}")
                with losing(row):
                    killed = announcer.daemon()
                    os.kill(killed, signal.SIGKILL)
                    time.sleep(RESTART_PAUSE_SECONDS)
                    if announcer.daemon() == killed:
                        raise Lost(f"process {killed} lives on")
                    row.rounds += 1
            heard = [e for e in bench.ear.since(position) if e.get("peer") == announcer.peer]
            changes = [e for e in heard if e["event"] in ("announce", "withdraw", "ended")]
            row.extra["route_changes"] = len(changes)
            row.extra["route_stands"] = bench.ear.holds(PREFIX, announcer.peer)


def start_up(bench: Bench) -> None:
    """As ExaBGP would start it."""
    row = bench.row(START_UP, aim="<= 700")
    with part(row):
        while row.due:
            bench.say(f"start-up: {row.n + 1}")
            with losing(row):
                _start(bench, row)


def _start(bench: Bench, row: Row) -> None:
    # A port of its own each time: the one before may have left a connection in the queue.
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        host = bench.host("node0", "127.0.0.1")
        host["p2p"]["port"] = server.getsockname()[1]
        del host["rpc"]
        service = bench.service("bitcoin", PREFIX, ["node0"])
        file = bench.announcer_file("start-up", [host], [service])
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
            row.take((time.monotonic_ns() - start) / 1e6)
            connection.close()
        finally:
            _end(process)


def _end(process: subprocess.Popen) -> None:
    """The end of its stdin is the end of the daemon."""
    process.stdin.close()
    process.stdout.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
