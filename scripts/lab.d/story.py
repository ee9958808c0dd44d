"""`lab demo`: the story of the talk, told while it happens."""

import time

import announcer
import lab
import site_file
import steps
from failure import LabError
from topology import GVA, PAR, SERVICE, SERVICE_PREFIX

LIMIT = 120.0  # seconds, of the story; building the announcer before it is not a part of it

INTRODUCTION = f"""\
Two sites of AS42275, Geneva (GVA) and Paris (PAR), share {SERVICE_PREFIX}. In each, two Bitcoin nodes
listen on {SERVICE}:8333, and a daemon tells the edge router, through ExaBGP, whether they serve. A
transit AS lies between the sites; near each there is a client. Every time below is the log of BIRD.
"""

CHAPTERS = (
    ("Each client reaches the nearest site.", steps.nearest),
    (
        "One of Geneva's two nodes dies. The site still serves, so the Internet must not notice.",
        lambda: steps.one_node_dies(GVA.nodes[0]),
    ),
    (
        "The other one dies too: nobody serves in Geneva. Its prefix is withdrawn, the Geneva client"
        " reaches Paris.",
        lambda: steps.last_node_dies(GVA.nodes[1]),
    ),
    (
        "One node heals. It must prove itself for a while; then Geneva is back.",
        lambda: steps.comes_back(GVA.nodes[0]),
    ),
    ("The other one heals.", lambda: steps.second_comes_back(GVA.nodes[1])),
    (
        "Our own parts die: one of Geneva's two ExaBGPs ...",
        lambda: steps.exabgp_dies(GVA.announcers[0]),
    ),
    ("... and a daemon below a living ExaBGP.", lambda: steps.daemon_dies(GVA.announcers[1])),
    (
        "The nodes of Paris hang: alive, listening, mute. No packet tells; only time does.",
        lambda: steps.site_stalls(PAR),
    ),
    (
        "The Internet side of both sites goes dark. The nodes still hear each other over the private"
        " link.",
        steps.block_crosses_private_link,
    ),
)


def tell(bitcoind: str | None) -> int:
    # Before the `finally` below: it must not take down a lab that somebody else brought up.
    lab.require_down()
    announcer.prepare()
    begun = time.monotonic()
    print(INTRODUCTION)
    try:
        lab.up(bitcoind, say=lambda line: print("  " + line, flush=True))
        print(
            "\nThe site files shorten the timers, so that the story is short: "
            + ", ".join(f"{key} {value}" for key, value in (site_file.HEALTH | site_file.RPC_TIMERS).items())
        )
        _show()
        for title, step in CHAPTERS:
            print(f"\n[{time.monotonic() - begun:3.0f} s] {title}", flush=True)
            print(f"      {step()}", flush=True)
        _show()
    finally:
        lab.down()
    took = time.monotonic() - begun
    print(f"\nTold in {took:.0f} s; nothing of it is left running.")
    if took >= LIMIT:
        raise LabError(f"the story took {took:.0f} s (expected: less than {LIMIT:.0f} s)")
    return 0


def _show() -> None:
    print()
    for line in lab.status():
        print("    " + line)
