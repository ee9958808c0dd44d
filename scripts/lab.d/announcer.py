"""ExaBGP with our daemon as its child, one per announcer box."""

import json
import os
import signal
import socket
import subprocess
from http.client import HTTPConnection
from pathlib import Path

import netns
import node
import process
from failure import BuildFailed, LabError
from topology import (
    ANNOUNCERS,
    OWN_AS,
    P2P_PORT,
    ROOT,
    RPC_PORT,
    SERVICE,
    SERVICE_PREFIX,
    Host,
    site_of,
)

INSTALLED = "run /usr/local/bin/announcer run --config /etc/bgp-announcer/site.yaml;"
BINARY = ROOT / "scripts/announcer"

# Shortened for the lab, where a minute of waiting proves nothing: the shipped defaults are interval 5s,
# fast-interval 1s, timeout 3s, rise 6, hold-down 60s, stall-down 120s.
HEALTH = {
    "interval": "1s",
    "fast-interval": "250ms",
    "timeout": "1s",
    "fall": 3,
    "rise": 2,
    "hold-down": "2s",
    "stall-down": "6s",
}
# The same for RPC: the defaults are liveness-timeout 2s, chain-interval 15s, chain-timeout 10s.
RPC_TIMERS = {"liveness-timeout": "1s", "chain-interval": "1s", "chain-timeout": "2s"}

# NETWORK and WITNESS; Bitcoin Core adds NETWORK_LIMITED (BIP 159), which bcoin does not know.
SERVICES = {"bcoin": "0x9", "bitcoind": "0x409"}


def site_file(announcer: Host) -> dict:
    site = site_of(announcer)
    # Each announcer of a site prefers another node, so that the router has two next hops and both
    # nodes serve; when one dies, its announcer moves to the other.
    first = site.announcers.index(announcer) % len(site.nodes)
    nodes = site.nodes[first:] + site.nodes[:first]
    return {
        "site": site.name,
        "local-as": OWN_AS,
        "speaker": {"type": "exabgp"},
        "allow": [SERVICE_PREFIX],
        "physical-range": site.physical,
        "control": {"socket": str(_control_socket(announcer))},
        "health": HEALTH,
        "hosts": [_host(n) for n in nodes],
        "services": [
            {
                "name": "bitcoin",
                "address": SERVICE,
                "port": P2P_PORT,
                "prefixes": [SERVICE_PREFIX],
                "next-hop": "host",
                "healthy": {"at-least": 1, "of": [n.name for n in nodes], "by": ["p2p"]},
            }
        ],
    }


def _host(host: Host) -> dict:
    entry = {
        "name": host.name,
        "address": host.address,
        "outbound": host.physical,
        "p2p": {"port": P2P_PORT, "network": "regtest", "required-services": SERVICES[node.kind()]},
        "rpc": {
            "port": RPC_PORT,
            "user": node.USER,
            "password-file": str(process.folder(host.name) / "rpc-password"),
            **RPC_TIMERS,
        },
    }
    if node.kind() == "bitcoind":
        endpoint = f"tcp://{host.address}:{node.ZMQ_PORT}"
        entry["zmq"] = [{"endpoint": endpoint, "topics": ["hashblock", "sequence"]}]
    return entry


def prepare() -> None:
    """Builds the daemon once, so that three launchers do not do it at the same time."""
    code = subprocess.run([BINARY, "--build-only"], check=False).returncode
    if code != 0:
        raise BuildFailed(f"{BINARY} --build-only: exit {code} (expected: 0)")


def start(announcer: Host) -> None:
    home = process.folder(announcer.name)
    for leftover in netns.pids(announcer.name):
        os.kill(leftover, signal.SIGKILL)
    # JSON is YAML.
    config = home / "site.yaml"
    config.write_text(json.dumps(site_file(announcer), indent=2) + "\n")
    site = site_of(announcer)
    number = 1 + site.announcers.index(announcer)
    template = ROOT / "bird-templates" / site.key / f"exabgp-announcer{number}.conf"
    text = template.read_text()
    if INSTALLED not in text:
        raise LabError(f"{template}: no line '{INSTALLED}'")
    exabgp = home / "exabgp.conf"
    exabgp.write_text(text.replace(INSTALLED, f"run {BINARY} run --config {config};"))
    process.start(
        announcer.name,
        announcer.name,
        ["exabgp", exabgp],
        {
            "exabgp_daemon_user": "root",
            "exabgp_api_cli": "false",
            "exabgp_log_destination": "stderr",
            "exabgp_tcp_bind": announcer.address,
            "exabgp_tcp_port": "179",
            "exabgp_reactor_speed": "2",
            # Where the daemon keeps the generation of its pipe; /tmp otherwise.
            "RUNTIME_DIRECTORY": str(home),
        },
    )


def ask(announcer: Host, path: str) -> dict:
    """An answer of the daemon's control socket; an OSError when it has none to give."""
    return _call(announcer, "GET", path, None)


def tell(announcer: Host, path: str, body: dict) -> dict:
    """The same, of a request that changes something."""
    return _call(announcer, "POST", path, json.dumps(body))


def _call(announcer: Host, method: str, path: str, body: str | None) -> dict:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(2.0)
        connection.connect(str(_control_socket(announcer)))
        http = HTTPConnection("localhost")
        http.sock = connection
        http.request(method, path, body)
        return json.loads(http.getresponse().read())


def _control_socket(announcer: Host) -> Path:
    return process.folder(announcer.name) / "control.sock"


def daemon_pid(announcer: Host) -> int | None:
    exabgp = process.pid(announcer.name)
    return None if exabgp is None else process.descendant(exabgp, "java")


def has_rehearsed(announcer: Host) -> bool:
    """Whether its daemon has logged how its rehearsal went, be it well or not."""
    return b" event=rehears" in (process.folder(announcer.name) / "log").read_bytes()


def start_all() -> None:
    for announcer in ANNOUNCERS:
        start(announcer)
