"""Processes, namespaces and CPU time, by what the kernel says."""

import contextlib
import os
import platform
import signal
import subprocess
import threading
import time
from pathlib import Path

SITE = "bench-site"
SWITCH = "bench-switch"
SITE_ADDRESS = "10.98.0.1"
# For the processes of the benchmark itself; the daemon is started by its own script.
JAVA = [
    "java",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    f"-Dlogback.configurationFile={Path(__file__).with_name('logback.xml')}",
]
TICKS = os.sysconf("SC_CLK_TCK")
# What the measuring has to end in, once it was told to.
END_SECONDS = 10.0


def node_namespace(number: int) -> str:
    return f"bench-node{number}"


def node_address(number: int) -> str:
    return f"10.98.0.{10 + number}"


def namespaces(nodes: int) -> list[str]:
    return [SITE, SWITCH, *(node_namespace(i) for i in range(nodes))]


def run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def build_network(nodes: int) -> None:
    """The site and each node in a namespace, one switch between them: a node that loses its link
    takes nobody's carrier away, as a machine without power behind a real switch."""
    remove_network(nodes)
    for name in namespaces(nodes):
        run("ip", "netns", "add", name)
        run("ip", "-n", name, "link", "set", "lo", "up")
    run("ip", "-n", SWITCH, "link", "add", "br0", "type", "bridge")
    run("ip", "-n", SWITCH, "link", "set", "br0", "up")
    _plug(SITE, SITE_ADDRESS, "site")
    for i in range(nodes):
        _plug(node_namespace(i), node_address(i), f"node{i}")


def _plug(namespace: str, address: str, port: str) -> None:
    run("ip", "-n", SWITCH, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", namespace)
    run("ip", "-n", SWITCH, "link", "set", port, "master", "br0")
    run("ip", "-n", SWITCH, "link", "set", port, "up")
    run("ip", "-n", namespace, "address", "add", f"{address}/24", "dev", "eth0")
    run("ip", "-n", namespace, "link", "set", "eth0", "up")


def remove_network(nodes: int) -> None:
    """Ends what runs in our namespaces and removes them; by whole names, for others may begin likewise."""
    listed = subprocess.run(["ip", "netns", "list"], check=True, capture_output=True, text=True)
    there = {line.split()[0] for line in listed.stdout.splitlines() if line}
    for name in namespaces(nodes):
        if name in there:
            for pid in _pids_in(name):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            # Gone meanwhile is as good.
            subprocess.run(["ip", "netns", "delete", name], check=False)


def _pids_in(namespace: str) -> list[int]:
    listed = subprocess.run(["ip", "netns", "pids", namespace], capture_output=True, text=True)
    return [int(pid) for pid in listed.stdout.split() if int(pid) != os.getpid()]


def run_in_site(command: list[str]) -> int:
    """Runs a command in the site's namespace; signals reach it first, and it has 10 s to end."""
    child = None
    told = False

    def interrupted(*_):
        nonlocal told
        told = True
        if child is not None:
            _end_soon(child)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    child = subprocess.Popen(["ip", "netns", "exec", SITE, *command])
    # What came while it was started found nobody to pass it on to.
    if told:
        _end_soon(child)
    code = child.wait()
    return code if code >= 0 else 1


def _end_soon(child: subprocess.Popen) -> None:
    child.terminate()
    killer = threading.Timer(END_SECONDS, child.kill)
    killer.daemon = True
    killer.start()


def spawn(namespace: str, command: list[str], log: Path, **options) -> subprocess.Popen:
    """Starts a process in a namespace; its pid is that of the command itself, for ip(8) execs it."""
    environment = {**os.environ, **options.pop("env", {})}
    with log.open("ab") as errors:
        return subprocess.Popen(
            ["ip", "netns", "exec", namespace, *map(str, command)],
            env=environment,
            stderr=errors,
            stdin=options.pop("stdin", subprocess.DEVNULL),
            stdout=options.pop("stdout", errors),
            start_new_session=True,
            **options,
        )


def descendants(pid: int) -> list[int]:
    """A process and everything below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for each in found:
        found.extend(children.get(each, []))
    return found


def child_named(pid: int, program: str, text: str) -> int | None:
    """The first process below `pid` that runs `program` with `text` in its command line."""
    for each in descendants(pid)[1:]:
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{each}/cmdline").read_text().replace("\0", " ")
            # The launcher has the daemon's command line as its arguments: the program tells them apart.
            if Path(f"/proc/{each}/comm").read_text().strip() == program and text in command:
                return each
    return None


def end(process: subprocess.Popen) -> None:
    """SIGTERM, two seconds, then SIGKILL, for it and everything it started."""
    family = descendants(process.pid)
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(2)
    for pid in family:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def cpu_seconds(pids: list[int]) -> float:
    """CPU time of living processes, and of their reaped children."""
    total = 0.0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += process_seconds(pid) + (int(fields[13]) + int(fields[14])) / TICKS
    return total


def cpu_ms_per_s(pid: int, seconds: float) -> float:
    """What a process and its descendants use, children that come and go included."""
    before, start = cpu_seconds(descendants(pid)), time.monotonic()
    time.sleep(seconds)
    after, end_ = cpu_seconds(descendants(pid)), time.monotonic()
    return 1000 * (after - before) / (end_ - start)


def process_seconds(pid: int) -> float:
    """utime and stime of a process, those of its threads that have ended included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def rss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no VmRSS for {pid}")


def description() -> str:
    memory = next(
        int(line.split()[1]) // (1 << 20)
        for line in Path("/proc/meminfo").read_text().splitlines()
        if line.startswith("MemTotal")
    )
    java = subprocess.run(["java", "-version"], capture_output=True, text=True).stderr.splitlines()[0]
    node = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    exabgp = subprocess.run(
        ["exabgp", "--version"], capture_output=True, text=True
    ).stdout.split("\n")[0].rpartition(":")[2].strip()
    return (
        f"{os.cpu_count()} cores, {memory} GiB, Linux {platform.release().partition('-')[0]}, {java},"
        f" ExaBGP {exabgp}, node {node}, bcoin 1.0.2 (regtest)"
    )
