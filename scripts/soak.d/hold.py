"""A session of hold time 3 s with a real BIRD, while much else goes on in its process."""

import contextlib
import datetime
import json
import re
import resource
import shutil
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from process import Failed, Result, class_path, running, say

HOLD_SECONDS = 3
AS, PEER_AS = 64496, 64500
# Each host has a P2P, an RPC and a ZMQ probe, and four connections: two processes of simulated nodes,
# because one would need more descriptors than a process usually may have.
HOSTS, FARMS = 3334, 2
FIRST_ADDRESS = (127, 77, 0, 0)
P2P_PORT, ZMQ_PORT, RPC_PORT = 18333, 28332, 18332
# The shipped heap is for a few hosts.
HEAP = "-Xmx320m"
UP_SECONDS = 180
MODULE = "bgp-announcer/daemon"
STAMP = "%Y-%m-%d %H:%M:%S.%f"
# BIRD reckons a time of day anew each time it is asked; a session cannot be back in less.
CLOCK = datetime.timedelta(seconds=0.1)


def run(root: Path, minutes: float) -> Result:
    home = root / ".soak/hold"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    path = class_path(root, MODULE)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with contextlib.ExitStack() as stack:
        for number in range(FARMS):
            _farm(stack, home, path, number)
        bird = Bird(stack, home)
        ours = Ours(stack, root, home, path, bird.port)
        say(f"hold: {ours.await_probes()} probes OK; holding for {minutes:g} min (logs: {home})")
        begin = datetime.datetime.now()
        failures = _watch(bird, ours, minutes)
    end = datetime.datetime.now()
    gaps = keepalive_gaps(bird.log.read_text(), begin, end)
    if not gaps:
        failures.append("BIRD heard no KEEPALIVE")
    collections = gc_pauses(ours.gc_log.read_text())
    done = (
        f"{ours.probes:,} probes on {HOSTS * 4:,} connections ({ours.least_ok:,} OK at least),"
        f" {len(collections):,} collections of {max(collections, default=0):.0f} ms at most,"
        f" {len(gaps) + 1:,} KEEPALIVEs, the largest gap {max(gaps, default=0):.3f} s"
    )
    return Result("hold 3 s, BIRD", minutes, done, "; ".join(failures))


def _watch(bird: "Bird", ours: "Ours", minutes: float) -> list[str]:
    """Asks BIRD each second, until the time is over or the session is."""
    deadline = time.monotonic() + 60 * minutes
    since = bird.established_since()
    if since is None:
        return ["BIRD: session over before it was held"]
    ours.begin()
    while time.monotonic() < deadline:
        time.sleep(1)
        now = bird.established_since()
        if now is None or abs(now - since) > CLOCK:
            return [f"BIRD: {bird.last_error() or 'session over'}; ours: {ours.ended or 'not over'}"]
        if ours.ended:
            return [f"ours: {ours.ended}"]
    return []


class Bird:
    """A real BIRD on loopback, waiting for us."""

    def __init__(self, stack: contextlib.ExitStack, home: Path) -> None:
        self.port = _free_port()
        self.log = home / "bird.log"
        self._socket = home / "bird.ctl"
        configuration = home / "bird.conf"
        configuration.write_text(
            f'log "{self.log}" all;\n'
            "timeformat log iso long us; timeformat protocol iso long us;\n"
            "router id 192.0.2.2;\n"
            "protocol bgp held {\n"
            f"  local 127.0.0.1 port {self.port} as {PEER_AS}; neighbor 127.0.0.1 as {AS};\n"
            f"  multihop; strict bind; passive; hold time {HOLD_SECONDS};\n"
            "  debug { states, events, packets };\n"
            "  ipv4 { import all; export none; };\n"
            "}\n"
        )
        command = ["bird", "-f", "-c", configuration, "-s", self._socket, "-P", home / "bird.pid"]
        stack.enter_context(running(command, home / "bird.out"))
        for _ in range(100):
            if self._socket.exists():
                return
            time.sleep(0.1)
        raise Failed(f"BIRD: did not start (expected: see {home}/bird.out)")

    def _ask(self) -> str:
        words = ["birdc", "-s", self._socket, "show", "protocols", "all", "held"]
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=10).stdout

    def established_since(self) -> datetime.datetime | None:
        return established_since(self._ask())

    def last_error(self) -> str:
        error = re.search(r"Last error:\s+(.*)", self._ask())
        return error[1].strip() if error else ""


def established_since(protocols: str) -> datetime.datetime | None:
    """When the session came up, as birdc's `show protocols all` says; None while it is not."""
    row = re.search(r"^held +BGP +\S+ +up +(\S+ \S+) +Established", protocols, re.M)
    return datetime.datetime.strptime(row[1], STAMP) if row else None


def keepalive_gaps(log: str, begin: datetime.datetime, end: datetime.datetime) -> list[float]:
    """Seconds between the KEEPALIVEs that BIRD's log tells of."""
    stamps = [
        datetime.datetime.strptime(stamp, STAMP)
        for stamp in re.findall(r"^(\S+ \S+) <TRACE> held: Got KEEPALIVE", log, re.M)
    ]
    heard = [stamp for stamp in stamps if begin <= stamp <= end]
    return [(later - earlier).total_seconds() for earlier, later in zip(heard, heard[1:])]


def gc_pauses(log: str) -> list[float]:
    """Milliseconds of each collection in a log of -Xlog:gc."""
    return [float(pause) for pause in re.findall(r"Pause .* ([0-9.]+)ms$", log, re.M)]


@dataclass
class Ours:
    """The process that holds the session; the flags are the shipped ones."""

    stack: contextlib.ExitStack
    root: Path
    home: Path
    path: str
    port: int
    probes: int = 0
    ok: int = 0
    least_ok: int = 0
    ended: str = ""
    _established: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gc_log = self.home / "gc.log"
        cookie = self.home / "cookie"
        cookie.write_text("__cookie__:soak")
        flags = [*shipped_flags(self.root), HEAP, f"-Xlog:gc:file={self.gc_log}"]
        main = "org.bgpannouncer.daemon.soak.HoldProcess"
        arguments = [self.port, HOSTS, _address(1), P2P_PORT, RPC_PORT, ZMQ_PORT, cookie]
        self._process = self.stack.enter_context(
            running(
                ["java", *flags, "-cp", self.path, main, *arguments],
                self.home / "ours.log",
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        )
        threading.Thread(target=self._listen, daemon=True).start()
        if not self._established.wait(30):
            raise Failed(f"our session: not established (expected: see {self.home}/ours.log)")

    def _listen(self) -> None:
        for line in self._process.stdout:
            if not line.startswith(b"{"):  # what the JVM says itself, e.g. that it has no memory left
                self.ended = line.decode(errors="replace").strip()
                continue
            told = json.loads(line)
            if told["event"] == "established":
                self._established.set()
            elif told["event"] == "ended":
                self.ended = self.ended or told["cause"]
            else:
                self.probes, self.ok = told["probes"], told["ok"]
                self.least_ok = min(self.least_ok, self.ok)
        self.ended = self.ended or "our process ended"

    def begin(self) -> None:
        self.least_ok = self.ok

    def await_probes(self) -> int:
        """Until every probe has been OK at its latest look."""
        deadline = time.monotonic() + UP_SECONDS
        while time.monotonic() < deadline and not self.ended:
            if self.probes and self.ok == self.probes:
                return self.ok
            time.sleep(0.5)
        raise Failed(f"{self.ok} of {self.probes} probes OK {self.ended} (logs: {self.home})")


def shipped_flags(root: Path) -> list[str]:
    """Those of the JVM in scripts/announcer, but for the archive of its classes."""
    text = (root / "scripts/announcer").read_text()
    return re.search(r"^flags=\((.*?)\)$", text, re.M | re.S)[1].split()


def _farm(stack: contextlib.ExitStack, home: Path, path: str, number: int) -> None:
    count = -(-HOSTS // FARMS)
    main = "org.bgpannouncer.testkit.bitcoin.SimulatedBitcoind"
    java = ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx700m", "-cp", path, main]
    first = _address(1 + number * count)
    log = home / f"farm{number}.log"
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    command = [*java, count, first, P2P_PORT, ZMQ_PORT, RPC_PORT]
    farm = stack.enter_context(running(command, log, **options))
    for line in farm.stdout:
        if json.loads(line)["event"] == "ready":
            return
    raise Failed(f"simulated nodes: did not start (expected: see {log})")


def _address(number: int) -> str:
    a, b, _, _ = FIRST_ADDRESS
    return f"{a}.{b}.{number // 256}.{number % 256}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
