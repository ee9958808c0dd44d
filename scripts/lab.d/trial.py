"""`lab test`: every promise of the lab as an assertion, and that nothing stays behind."""

import os
import signal
import sys
import time
import traceback

import announcer
import lab
import netns
import outside
import process
import site_file
import steps
from failure import LabError
from topology import GVA, HOSTS, PAR

STEPS = (
    ("each client reaches the nearest site", steps.nearest),
    ("one of two nodes dies: nothing moves", lambda: steps.one_node_dies(GVA.nodes[0])),
    ("every node of GVA dies: withdrawn", lambda: steps.last_node_dies(GVA.nodes[1])),
    ("one node heals: GVA comes back", lambda: steps.comes_back(GVA.nodes[0])),
    ("the other heals: nothing moves", lambda: steps.second_comes_back(GVA.nodes[1])),
    ("the one that serves dies: nothing moves", lambda: steps.one_node_dies(GVA.nodes[0])),
    ("it heals: nothing moves", lambda: steps.second_comes_back(GVA.nodes[0])),
    ("one of two nodes hangs: nothing moves", lambda: steps.one_node_stalls(GVA.nodes[1])),
    ("the nodes of GVA are restarted in turn: nothing moves", lambda: steps.rolling_restart(GVA)),
    ("the nodes of PAR are restarted in turn: nothing moves", lambda: steps.rolling_restart(PAR)),
    ("the nodes of PAR hang: PAR is left", lambda: steps.site_stalls(PAR)),
    ("an ExaBGP of GVA dies: nothing moves", lambda: steps.exabgp_dies(GVA.announcers[0])),
    ("a daemon of GVA dies: nothing moves", lambda: steps.daemon_dies(GVA.announcers[0])),
    ("the only daemon of PAR dies: nothing moves", lambda: steps.daemon_dies(PAR.announcers[0])),
    ("nodes peer by private addresses", steps.peers_use_private_addresses),
    ("a block crosses the private link", steps.block_crosses_private_link),
    ("the private link is cut: nothing moves", steps.private_link_is_cut),
    ("the doctor finds nothing on any machine", steps.doctor_finds_nothing),
    ("clients come in, and nodes go out, by the right address", steps.connections_are_pinned),
    ("a node that is pinned no more is told of", lambda: steps.pinning_is_forgotten(PAR.nodes[0])),
    ("its peers tell where NAT has it come from", lambda: steps.peers_vote_behind_nat(PAR.nodes[0])),
    ("a source on the service address hears no answer", lambda: steps.source_on_the_service_address(GVA.nodes[0])),
    ("RPC at the internal address", lambda: steps.internal_address_is_served(GVA.nodes[0])),
)


def run(bitcoind: str | None) -> int:
    failures = 0

    def tell(title, outcome, begun):
        print(f"[{time.monotonic() - begun:5.1f} s] {title}: {outcome}", flush=True)

    def attempt(title, step):
        nonlocal failures
        begun = time.monotonic()
        try:
            tell(title, step(), begun)
            return True
        except (LabError, OSError) as e:
            failures += 1
            tell(title, f"FAILED: {e}", begun)
            return False

    lab.require_down()
    announcer.prepare()
    before = outside.snapshot()
    print("the site files shorten the timers: " + _shortened(), flush=True)
    try:
        attempt("Ctrl-C during up leaves nothing", lambda: _broken_off(bitcoind, signal.SIGINT, before))
        attempt("down removes what a crash of up left", lambda: _broken_off(bitcoind, signal.SIGKILL, before))
        attempt(
            "the next command removes what a crash of up left",
            lambda: _broken_off(bitcoind, signal.SIGKILL, before, clean_up=lab.require_down),
        )
        if attempt("up", lambda: _up(bitcoind)):
            attempt("outside the lab nothing changes", lambda: _unchanged_while_up(before))
            for title, step in STEPS:
                if not attempt(title, step):
                    print("\n".join("    " + line for line in lab.status()))
                    attempt("healed for the next step", _heal_all)
    finally:
        lab.down()
    attempt("down leaves nothing", lambda: _unchanged(before))
    print(f"{failures} failed" if failures else "all held")
    return 1 if failures else 0


def _up(bitcoind: str | None) -> str:
    lab.up(bitcoind, say=lambda line: None)
    return "both clients are served"


def _broken_off(
    bitcoind: str | None, number: signal.Signals, before: outside.Snapshot, clean_up=lab.down
) -> str:
    """Starts `up` in a process of its own and ends that with the signal when half of it stands."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        # Whatever happens in it, the child goes no further than this: the rest of the test is the parent's.
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            lab.up(bitcoind, say=lambda line: None)
        except KeyboardInterrupt:
            os._exit(130)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    half = HOSTS["gva-btc2"].name
    if not process.until(lambda: process.pid(half) is not None, 30.0, 0.005):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        lab.down()
        raise LabError(f"{half} was never started")
    os.kill(child, number)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if number == signal.SIGKILL:
        if not netns.existing():
            raise LabError("the crash left nothing: it came too early or too late to prove anything")
        clean_up()
    elif code != 130:
        raise LabError(f"exit code {code} (expected: 130)")
    return _unchanged(before)


def _unchanged(before: outside.Snapshot) -> str:
    changed = outside.differences(before, outside.snapshot())
    if changed:
        raise LabError("; ".join(changed))
    return "no namespace, process, file, address, route, rule or nft table is left"


def _unchanged_while_up(before: outside.Snapshot) -> str:
    changed = outside.differences(before, outside.snapshot(), ignore=outside.LAB)
    if changed:
        raise LabError("; ".join(changed))
    return "files, addresses, routes, rules and nft are as before"


def _heal_all() -> str:
    for host in HOSTS.values():
        lab.heal(host)
    lab.private_link(True)
    lab.internet(True)
    lab.await_ready()
    return "done"


def _shortened() -> str:
    return ", ".join(f"{key} {value}" for key, value in (site_file.HEALTH | site_file.RPC_TIMERS).items())
