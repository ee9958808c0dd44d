"""Our own process: its sudden death, and how soon it is at work."""

import contextlib
import os
import signal
import socket
import subprocess
import time

from bench import Bench
from rows import Row

RESTART = "restart"
START_UP = "start-up"
CASES = [RESTART, START_UP]

PREFIX = "203.0.113.0/32"
# ExaBGP's patience with a dying child, and the launcher's: 5 restarts in 60 s.
RESTART_PAUSE_SECONDS = 12


def measure(bench: Bench, wanted: set[str]) -> list[Row]:
    measures = {RESTART: _restart, START_UP: _start_up}
    return [row(bench) for case, row in measures.items() if case in wanted]


def _restart(bench: Bench) -> Row:
    """kill -9 of the daemon beside a healthy node: what the router hears of it."""
    row = Row(RESTART, aim="no route change")
    node = bench.node(0)
    node.start()
    changes = 0
    hosts = [bench.host("node0", node.address)]
    services = [bench.service("bitcoin", PREFIX, ["node0"])]
    with contextlib.closing(bench.announcer(14, "restart", hosts, services)) as announcer:
        position = bench.ear.position()
        if not bench.ear.holds(PREFIX, announcer.peer):
            bench.ear.wait_change("announce", PREFIX, announcer.peer, position, 90)
        time.sleep(2)
        position = bench.ear.position()
        for i in range(bench.samples(RESTART)):
            bench.say(f"restart: {i + 1}")
            killed = announcer.daemon()
            os.kill(killed, signal.SIGKILL)
            time.sleep(RESTART_PAUSE_SECONDS)
            row.rounds += announcer.daemon() != killed
            row.lost += announcer.daemon() == killed
        heard = [e for e in bench.ear.since(position) if e.get("peer") == announcer.peer]
        changes = len([e for e in heard if e["event"] in ("announce", "withdraw", "ended")])
        row.extra["route changes"] = changes
        row.extra["route stands"] = bench.ear.holds(PREFIX, announcer.peer)
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
        file = bench.announcer_file("start-up", [host], [bench.service("bitcoin", PREFIX, ["node0"])])
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
