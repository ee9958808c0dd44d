"""The lab's site files, as `announcer` reads them."""

from pathlib import Path

import process
import program
from topology import (
    INTERNAL,
    INTERNAL_PREFIX,
    P2P_PORT,
    PRIVATE_LINK,
    RPC_PORT,
    SERVICE,
    NODE_UID,
    PINNING,
    SERVICE_PREFIX,
    SITES,
    TRANSIT_AS,
    UNIT,
    Host,
    Site,
    site_of,
)

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
# As an operator watches his node's connections: the default is 60s.
SLOW_INTERVAL = {"slow-interval": "5s"}

# NETWORK and WITNESS; Bitcoin Core adds NETWORK_LIMITED (BIP 159), which bcoin does not know.
SERVICES = {"bcoin": "0x9", "bitcoind": "0x409"}


def of(announcer: Host) -> dict:
    """What the daemon on that box runs with."""
    site = site_of(announcer)
    # Each announcer of a site prefers another node, so that the router has two next hops and both
    # nodes serve; when one dies, its announcer moves to the other.
    first = site.announcers.index(announcer) % len(site.nodes)
    nodes = site.nodes[first:] + site.nodes[:first]
    names = [n.name for n in nodes]
    by = ["rpc", "zmq"] if program.kind() == "bitcoind" else ["rpc"]
    return {
        "site": site.name,
        "local-as": site.own_as,
        "speaker": {"type": "exabgp"},
        "allow": [SERVICE_PREFIX, {"prefix": INTERNAL_PREFIX, "scope": "internal"}],
        "physical-range": site.physical,
        "pinning": _pinning(site),
        "control": {"socket": str(control_socket(announcer))},
        "health": HEALTH,
        "hosts": [_host(n) for n in nodes],
        "services": [
            {
                "name": "bitcoin",
                "address": SERVICE,
                "port": P2P_PORT,
                "prefixes": [SERVICE_PREFIX],
                "next-hop": "hosts" if spreads(site) else "host",
                "healthy": {"at-least": 1, "of": names, "by": ["p2p"]},
            },
            {
                "name": "bitcoin-rpc",
                "address": INTERNAL,
                "prefixes": [INTERNAL_PREFIX],
                "next-hop": "hosts",
                "healthy": {"at-least": 1, "of": names, "by": by},
            },
        ],
    }


def _pinning(site: Site) -> dict:
    who = {"uid": {"uid": NODE_UID}, "snat": {"uid": NODE_UID}, "cgroup": {"cgroup": UNIT}}
    return {"method": PINNING, "interface": "lan", "gateway": site.gateway, **who.get(PINNING, {})}


def spreads(site: Site) -> bool:
    """Whether each announcer has a path for each node, as the one of PAR has; GVA has two with one path each."""
    return len(site.announcers) == 1


def _host(host: Host) -> dict:
    entry = {
        "name": host.name,
        "address": host.address,
        "outbound": host.physical,
        "p2p": {"port": P2P_PORT, "network": "regtest", "required-services": SERVICES[program.kind()]},
        "rpc": {
            "port": RPC_PORT,
            "user": program.USER,
            "password-file": str(process.folder(host.name) / "rpc-password"),
            **RPC_TIMERS,
            **SLOW_INTERVAL,
        },
    }
    if program.kind() == "bitcoind":
        endpoint = f"tcp://{host.address}:{program.ZMQ_PORT}"
        entry["zmq"] = [{"endpoint": endpoint, "topics": ["hashblock", "sequence"]}]
    return entry


def with_deployment(site: Site) -> dict:
    """The same, and how the site's machines are set up: what `announcer render` reads."""
    far = next(other for other in SITES if other != site)
    ends = (PRIVATE_LINK.a, PRIVATE_LINK.b)
    there = next(addresses[0] for name, _, addresses in ends if name == far.edge)
    return of(site.announcers[0]) | {
        "announcers": [
            {"name": f"ann{number}", "address": host.address}
            for number, host in enumerate(site.announcers, 1)
        ],
        "router": {
            "router-id": site.edge_address,
            "lans": [{"network": site.lan, "address": site.gateway}],
            "sources": [site.edge_address],
            "private-links": [{"network": far.lan, "via": there.split("/")[0]}],
            "neighbors": [
                {
                    "name": "transit1",
                    "address": site.transit_address,
                    "local-address": site.uplink_address,
                    "as": TRANSIT_AS,
                    "ttl-security": True,
                }
            ],
        },
    }


def control_socket(announcer: Host) -> Path:
    return process.folder(announcer.name) / "control.sock"
