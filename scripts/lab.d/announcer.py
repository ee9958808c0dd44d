"""ExaBGP with our daemon as its child, one per announcer box."""

import json
import os
import signal
import socket
import subprocess
from http.client import HTTPConnection
from pathlib import Path

import netns
import process
import rendered
import site_file
from failure import BuildFailed, LabError
from rendered import BINARY
from topology import ANNOUNCERS, Host

INSTALLED = "run /usr/local/bin/announcer run --config /etc/bgp-announcer/site.yaml --site {site};"


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
    config.write_text(json.dumps(site_file.of(announcer), indent=2) + "\n")
    template = rendered.exabgp(announcer)
    text = template.read_text()
    installed = INSTALLED.format(site=announcer.site)
    if installed not in text:
        raise LabError(f"{template}: no line '{installed}'")
    exabgp = configuration(announcer)
    exabgp.write_text(text.replace(installed, f"run {BINARY} run --config {config};"))
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


def configuration(announcer: Host) -> Path:
    """ExaBGP's."""
    return process.folder(announcer.name) / "exabgp.conf"


def ask(announcer: Host, path: str) -> dict:
    """An answer of the daemon's control socket; an OSError when it has none to give."""
    return _call(announcer, "GET", path, None)


def tell(announcer: Host, path: str, body: dict) -> dict:
    """The same, of a request that changes something."""
    return _call(announcer, "POST", path, json.dumps(body))


def _call(announcer: Host, method: str, path: str, body: str | None) -> dict:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(2.0)
        connection.connect(str(site_file.control_socket(announcer)))
        http = HTTPConnection("localhost")
        http.sock = connection
        http.request(method, path, body)
        return json.loads(http.getresponse().read())


def daemon_pid(announcer: Host) -> int | None:
    exabgp = process.pid(announcer.name)
    return None if exabgp is None else process.descendant(exabgp, "java")


def has_rehearsed(announcer: Host) -> bool:
    """Whether its daemon has logged how its rehearsal went, be it well or not."""
    return b" event=rehears" in (process.folder(announcer.name) / "log").read_bytes()


def start_all() -> None:
    for announcer in ANNOUNCERS:
        start(announcer)
