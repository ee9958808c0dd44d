"""The whole lab: up, down, one host dying and healing, the looking glass."""

import errno
import os
import shutil
import signal
import socket
import sys
from http.client import HTTPException

import announcer
import client
import netns
import node
import process
import program
import rendered
import router
from failure import LabError
from topology import (
    ANNOUNCERS,
    CLIENTS,
    HOSTS,
    INTERNAL_PREFIX,
    LOCK,
    NODES,
    OWNER,
    PRIVATE_LINK,
    SERVICE,
    SERVICE_PREFIX,
    SITES,
    STATE,
    Host,
    Site,
    plan,
    site_of,
)

START_PATIENCE = 60.0
# What ends a command, through its `finally`.
INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
UNIX_PATH_MAX = 107  # unix(7): sun_path, less its NUL


def lock() -> socket.socket:
    """One command at a time changes the lab; the lock falls with this process, however it ends."""
    held = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        held.bind(LOCK)
    except OSError as e:
        held.close()
        if e.errno == errno.EADDRINUSE:
            raise LabError("another lab command is at work") from None
        raise
    STATE.mkdir(exist_ok=True)
    return held


def is_up() -> bool:
    return bool(netns.existing())


def require_down() -> None:
    """No lab is up; what is left of one that nobody can use any more is taken down first."""
    if netns.existing() and (_lost_its_owner() or not netns.is_inhabited()):
        print("lab: removing what a killed command left", file=sys.stderr)
        down()
    if there := netns.existing():
        raise LabError(
            f"a lab is up already, or its remains are there: {' '.join(there[:3])} ..."
            "\nscripts/lab down removes it"
        )


def _lost_its_owner() -> bool:
    """Whether the command that would have taken it down was killed before it could."""
    return OWNER.exists() and process.recorded(OWNER) is None


def up(bitcoind: str | None, say=print) -> None:
    """The lab is this process's own, until it takes it down or says that it is left to the user."""
    require_down()
    longest = STATE / "gva-ann1" / "control.sock"
    if len(str(longest)) > UNIX_PATH_MAX:
        raise LabError(f"{longest}: {len(str(longest))} bytes (expected: at most {UNIX_PATH_MAX})")
    _fresh_state(bitcoind)
    process.remember(OWNER, os.getpid())
    say("building the announcer where sources have changed")
    announcer.prepare()
    say("laying the cables")
    lab = plan()
    try:
        netns.build(lab)
        say(f"rendering what their routers, ExaBGPs and hosts are told: {rendered.FOLDER}")
        rendered.write()
        rendered.tell_kernels()
        say(f"starting {len(SITES)} edge routers, 2 transit routers, {len(NODES)} {program.kind()} nodes")
        router.start_all()
        node.start_foreign()
        for host in NODES:
            node.start(host)
        say(f"starting {len(ANNOUNCERS)} ExaBGP, each with a daemon of ours")
        announcer.start_all()
        await_ready()
        _await_rehearsals()
    except BaseException:
        # Whoever interrupts the start, or whatever fails in it: half a lab is of no use.
        down()
        raise


def leave_to_user() -> None:
    """The lab that is up stays, also when this process has ended."""
    OWNER.unlink(missing_ok=True)


def down() -> None:
    # A second Ctrl-C must not leave half of it standing, nor a terminal that closes.
    handlers = {n: signal.signal(n, signal.SIG_IGN) for n in INTERRUPTS}
    try:
        netns.remove_all()
        node.remove_unit()
        OWNER.unlink(missing_ok=True)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def await_ready() -> None:
    """Until each client completes a handshake with a node of its own site."""
    for site in SITES:
        _await(lambda s=site: router.established(s.transit, "edge"), f"{site.edge} has no transit")
        for host in site.nodes:
            _await(lambda h=host: node.serves(h), f"{host.name} does not answer RPC")
    node.end_download()
    for site in SITES:
        for number, host in enumerate(site.announcers, 1):
            _await(
                lambda s=site, n=number: brings_route(s, n),
                f"{host.name} announced nothing to {site.edge}: see {STATE / host.name / 'log'}",
            )
    for site in SITES:
        _await(lambda s=site: served_by(s) == s.name, f"{site.client} does not reach {site.name}")


def _await_rehearsals() -> None:
    """Until each daemon has rehearsed a node's death: meanwhile they take the cores that a real one needs."""
    for host in ANNOUNCERS:
        _await(lambda h=host: announcer.has_rehearsed(h), f"{host.name} has not rehearsed a death")


def brings_route(site: Site, number: int) -> bool:
    """Whether that announcer's session brings both services to the edge router."""
    return all(
        prefix in router.birdc(site.edge, f"show route {prefix} protocol announcer_ann{number}")
        for prefix in (SERVICE_PREFIX, INTERNAL_PREFIX)
    )


def served_by(site: Site) -> str | None:
    """The site whose node answers the client near `site`, or None when none does."""
    try:
        return client.handshake(site.client).site
    except OSError:
        return None


def host_state(watcher: Host, host: Host) -> str:
    """What the daemon on `watcher` calls the host, or `unknown` when it does not answer."""
    try:
        hosts = announcer.ask(watcher, "/v1/hosts")["hosts"]
    except (OSError, HTTPException):
        return "unknown"
    return next(h["state"] for h in hosts if h["name"] == host.name)


def check(watcher: Host, host: Host, name: str) -> dict:
    """The last observation of that check that the daemon on `watcher` has of the host."""
    hosts = announcer.ask(watcher, "/v1/hosts")["hosts"]
    checks = next(h["checks"] for h in hosts if h["name"] == host.name)
    return next(c for c in checks if c["check"] == name)


def kill(host: Host) -> float:
    return process.send(host.name, signal.SIGKILL)


def stop(host: Host) -> float:
    return process.send(host.name, signal.SIGSTOP)


def heal(host: Host) -> str:
    """Continues a stopped process, starts a dead one; answers what it did."""
    match process.state(host.name):
        case "stopped":
            process.send(host.name, signal.SIGCONT)
            return "continued"
        case "dead":
            (node.start if host.runs_node else announcer.start)(host)
            return "started again"
    return "was healthy"


def drain(host: Host, drained: bool = True) -> None:
    """Has every daemon of the host's site drain it, or no more, and waits until the edge router knows."""
    for watcher in site_of(host).announcers:
        body = {"host": host.name} | ({"reason": "restart"} if drained else {})
        answer = announcer.tell(watcher, "/v1/drain" if drained else "/v1/undrain", body)
        if not answer.get("accepted"):
            raise LabError(f"{watcher.name}: {answer}")
        if not process.until(lambda w=watcher: _is_settled(w), 10.0, 0.02):
            raise LabError(f"{watcher.name}: its routes are not acknowledged within 10 s")


def _is_settled(watcher: Host) -> bool:
    return all(route["phase"] == "SETTLED" for route in announcer.ask(watcher, "/v1/routes")["routes"])


def internet(up_again: bool) -> None:
    """The sites' uplinks, both."""
    for site in SITES:
        netns.set_link(site.edge, "uplink", up_again)


def private_link(up_again: bool) -> None:
    netns.set_link(PRIVATE_LINK.a[0], PRIVATE_LINK.a[1], up_again)


def status() -> list[str]:
    """The looking glass, as lines."""
    lines = []
    for site in SITES:
        lines.append(f"{site.name}")
        for host in site.nodes:
            seen = ", ".join(f"{host_state(w, host)} to {w.name}" for w in site.announcers)
            lines.append(f"  {host.name:<9} {process.state(host.name):<8} {host.address}, {seen}")
        for number, host in enumerate(site.announcers, 1):
            does = "announces" if brings_route(site, number) else "announces nothing"
            lines.append(f"  {host.name:<9} {process.state(host.name):<8} {does}")
        lines.append(f"  {site.edge:<11} {SERVICE_PREFIX} {router.best_path(site.edge)}")
    for site in SITES:
        lines.append(f"{site.transit:<13} {SERVICE_PREFIX} {router.best_path(site.transit)}")
    for name in CLIENTS:
        lines.append(f"{name:<13} {reach(name)}")
    return lines


def reach(name: str) -> str:
    """Who answers that client at the service address, as a line."""
    try:
        answer = client.handshake(name)
    except OSError as e:
        return f"{SERVICE}:8333 does not answer ({e})"
    return (
        f"{SERVICE}:8333 is {answer.host} at {answer.site}"
        f" ({answer.agent}, {1000 * answer.seconds:.1f} ms)"
    )


def host(name: str) -> Host:
    if name not in HOSTS:
        raise LabError(f"HOST: {name} (expected: {', '.join(HOSTS)})")
    return HOSTS[name]


def _fresh_state(bitcoind: str | None) -> None:
    for entry in STATE.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    if bitcoind:
        (STATE / "bitcoind").write_text(bitcoind + "\n")


def _await(condition, otherwise: str) -> None:
    if not process.until(condition, START_PATIENCE, 0.1):
        raise LabError(f"{otherwise} (waited {START_PATIENCE:.0f} s)")
