"""Network namespaces: build what topology.plan() says, enter one, and leave nothing behind."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from pathlib import Path

from failure import LabError
from topology import PREFIX, Plan, plan

CLONE_NEWNET = 0x40000000
# How often the namespaces are removed before that is given up.
ROUNDS = 20
_libc = ctypes.CDLL(None, use_errno=True)


def name(short: str) -> str:
    return PREFIX + short


def existing() -> list[str]:
    """The lab's namespaces that exist, by their short names."""
    there = everyone()
    # By whole names: the prefix of another lab may begin with ours.
    return [n for n in plan().namespaces if name(n) in there]


def everyone() -> set[str]:
    """The machine's namespaces, by their full names."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    return {line.split()[0] for line in listed.stdout.splitlines() if line}


def build(lab: Plan) -> None:
    _batch(f"netns add {name(n)}" for n in lab.namespaces)
    _batch(
        f"link add name {a[1]} netns {name(a[0])} type veth peer name {b[1]} netns {name(b[0])}"
        for a, b in ((c.a, c.b) for c in lab.cables)
    )
    inside: dict[str, list[str]] = {n: ["link set dev lo up"] for n in lab.namespaces}
    for namespace, address in lab.bridges:
        inside[namespace] += [
            "link add name lan type bridge",
            f"addr add {address} dev lan",
            "link set dev lan up",
        ]
    for cable in lab.cables:
        for namespace, interface, addresses in (cable.a, cable.b):
            if not addresses:
                inside[namespace].append(f"link set dev {interface} master lan")
            inside[namespace] += [f"addr add {a} dev {interface}" for a in addresses]
            inside[namespace].append(f"link set dev {interface} up")
    for namespace, route in lab.routes:
        inside[namespace].append(f"route add {route}")
    for namespace, commands in inside.items():
        _batch(commands, namespace)
    for router in lab.routers:
        # Flows, not packets, are spread over the hosts (RFC 4786, 4.4.3).
        sysctl(router, ip_forward=1, fib_multipath_hash_policy=1)
        # Who asks from the LAN would be told to go straight to one of the hosts, and all its flows would.
        with entered(router):
            interfaces = os.listdir("/proc/sys/net/ipv4/conf")
        sysctl(router, **{f"conf/{interface}/send_redirects": 0 for interface in interfaces})


def remove_all(patience: float = 3.0) -> None:
    """Ends every process in the lab's namespaces, then removes them with all that is in them."""
    # Again until there is none: a command that a crashed `up` had begun may still be adding one.
    for _ in range(ROUNDS):
        namespaces = existing()
        if not namespaces:
            return
        _end_all(namespaces, patience)
        for namespace in namespaces:
            # Another clean-up may be at it: Ctrl-C reaches every process of the terminal.
            subprocess.run(["ip", "netns", "del", name(namespace)], check=False, stderr=subprocess.DEVNULL)
    if namespaces := existing():
        raise LabError(f"not removed in {ROUNDS} rounds: {' '.join(namespaces)}")


def _end_all(namespaces: list[str], patience: float) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + patience
        _signal_all(namespaces, number)
        while _pids(namespaces) and time.monotonic() < deadline:
            time.sleep(0.05)


@contextlib.contextmanager
def entered(namespace: str):
    """This thread is inside the namespace: sockets it opens are there."""
    with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{name(namespace)}") as target:
        _setns(target.fileno())
        try:
            yield
        finally:
            _setns(home.fileno())


def set_link(namespace: str, interface: str, up: bool) -> None:
    _batch([f"link set dev {interface} {'up' if up else 'down'}"], namespace)


def batch_file(namespace: str, file: Path) -> None:
    """As a host does at boot."""
    _run(["ip", "-n", name(namespace), "-batch", file])


def nft_file(namespace: str, file: Path) -> None:
    run_in(namespace, ["nft", "-f", file])


def run_in(namespace: str, command: list) -> None:
    _run(["ip", "netns", "exec", name(namespace), *command])


def has_rule(namespace: str, preference: int) -> bool:
    listed = subprocess.run(
        ["ip", "-n", name(namespace), "-4", "rule", "show", "pref", str(preference)],
        capture_output=True,
        text=True,
        check=True,
    )
    return bool(listed.stdout.strip())


def route(namespace: str, arguments: str) -> None:
    _batch([f"route replace {arguments}"], namespace)


def remove_route(namespace: str, destination: str) -> None:
    """If it is there."""
    _batch([f"route flush exact {destination}"], namespace)


def connections(namespace: str, *more_states: str) -> list[tuple[str, str]]:
    """The TCP connections there that are established, or in one of these states: this end, the other end."""
    states = [word for state in ("established", *more_states) for word in ("state", state)]
    command = ["ip", "netns", "exec", name(namespace), "ss", "-tnH", *states]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    # With several states their names stand before.
    return [(line.split()[-2], line.split()[-1]) for line in listed.splitlines()]


def _run(command: list) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")


def is_inhabited() -> bool:
    """Whether a process lives in any of the lab's namespaces."""
    return bool(_pids(existing()))


def pids(namespace: str) -> list[int]:
    return _pids([namespace])


def _pids(namespaces: list[str]) -> list[int]:
    found = []
    for namespace in namespaces:
        listed = subprocess.run(
            ["ip", "netns", "pids", name(namespace)], capture_output=True, text=True, check=False
        )
        found += [int(pid) for pid in listed.stdout.split() if int(pid) != os.getpid()]
    return found


def _signal_all(namespaces: list[str], number: signal.Signals) -> None:
    for pid in _pids(namespaces):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
            # A stopped process does not act on SIGTERM before it is continued.
            os.kill(pid, signal.SIGCONT)


def _batch(commands, namespace: str | None = None) -> None:
    where = ["-n", name(namespace)] if namespace else []
    done = subprocess.run(
        ["ip", *where, "-batch", "-"],
        input="\n".join(commands) + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise LabError(f"ip -batch in {namespace or 'the lab'}: {done.stderr.strip()}")


def _setns(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def sysctl(namespace: str, **settings: int) -> None:
    """Of IPv4, by their paths."""
    # /proc/sys/net shows the network namespace of the thread that opens it.
    with entered(namespace):
        for path, value in settings.items():
            Path(f"/proc/sys/net/ipv4/{path}").write_text(f"{value}\n")
