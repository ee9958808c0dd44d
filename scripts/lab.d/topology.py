"""What the lab consists of: names, addresses and cables. docs/lab.md draws it."""

import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_DEFAULT = "bgplab"
_LAB = os.environ.get("LAB_PREFIX", _DEFAULT)
PREFIX = _LAB + "-"
STATE = ROOT / (".lab" if _LAB == _DEFAULT else f".lab-{_LAB}")
# Namespaces are the machine's: so is what says who works on them, whichever clone they are from.
LOCK = f"\0{PREFIX}lock"  # unix(7): an abstract socket, which leaves no file
OWNER = Path(f"/run/{PREFIX}owner")

OWN_AS = 42275
# One site can be of another AS: the prefix has two origins then.
PAR_AS = int(os.environ.get("LAB_PAR_AS", OWN_AS))
TRANSIT_AS = 64500  # RFC 5398
SERVICE = "85.208.69.13"
SERVICE_PREFIX = "85.208.69.0/24"
# RPC, and hashblock where the nodes are Bitcoin Core's: for the inside alone, at every site.
INTERNAL = "10.255.0.13"
INTERNAL_PREFIX = f"{INTERNAL}/32"
# Nodes that belong to nobody here, in PAR's neighbourhood, each in a network of its own. With bcoin there is
# one: it takes three to vote on an address behind NAT, and bcoin is told of none.
ABROAD = "9.9.9.9"
OTHERS_ABROAD = ("8.8.8.8", "4.4.4.4")
# How the nodes are pinned: pinning.method of the site files, but for netns, which each of the lab's hosts is.
PINNING = os.environ.get("LAB_PINNING", "source-route")
TRANSLATING = PINNING in ("snat", "cgroup")
NODE_UID = 830
UNIT = f"{_LAB}.slice/bitcoind.service"
P2P_PORT = 8333
RPC_PORT = 8332


@dataclass(frozen=True)
class Host:
    """A machine on a site's LAN: runs a Bitcoin node, or an ExaBGP with our daemon."""

    name: str
    site: str
    address: str
    physical: str | None = None  # where its own connections leave from; nodes have one

    @property
    def runs_node(self) -> bool:
        return self.physical is not None


@dataclass(frozen=True)
class Site:
    name: str
    lan: str  # the edge router is the first address of it
    physical: str
    nodes: tuple[Host, ...]
    announcers: tuple[Host, ...]
    client: str
    client_address: str
    own_as: int = OWN_AS

    @property
    def key(self) -> str:
        return self.name.lower()

    @property
    def edge(self) -> str:
        return f"edge-{self.key}"

    @property
    def transit(self) -> str:
        return f"transit-{self.key}"

    @property
    def gateway(self) -> str:
        return str(ipaddress.ip_network(self.lan)[1])

    @property
    def edge_address(self) -> str:
        """The edge router's own in the physical range."""
        return str(ipaddress.ip_network(self.physical)[1])

    @property
    def transit_address(self) -> str:
        return str(_uplink(self)[1])

    @property
    def uplink_address(self) -> str:
        return str(_uplink(self)[2])


def _uplink(site: Site) -> ipaddress.IPv4Network:
    return ipaddress.IPv4Network(f"192.0.2.{4 * SITES.index(site)}/30")


def _site(name, number, physical, announcers, client_address, own_as=OWN_AS) -> Site:
    key = name.lower()
    lan = f"10.{number}.0"
    outbound = physical.rsplit(".", 1)[0]
    return Site(
        name=name,
        lan=f"{lan}.0/24",
        physical=physical,
        nodes=tuple(
            Host(f"{key}-btc{i}", name, f"{lan}.{10 + i}", f"{outbound}.{10 + i}") for i in (1, 2)
        ),
        announcers=tuple(
            Host(f"{key}-ann{i}", name, f"{lan}.{20 + i}") for i in range(1, announcers + 1)
        ),
        client=f"client-{key}",
        client_address=client_address,
        own_as=own_as,
    )


GVA = _site("GVA", 1, "85.208.70.0/24", 2, "203.0.113.2")
PAR = _site("PAR", 2, "85.208.68.0/24", 1, "198.51.100.2", PAR_AS)
SITES = (GVA, PAR)
NODES = tuple(node for site in SITES for node in site.nodes)
ANNOUNCERS = tuple(announcer for site in SITES for announcer in site.announcers)
HOSTS = {host.name: host for host in NODES + ANNOUNCERS}
CLIENTS = {site.client: site for site in SITES}


def site_of(host: Host) -> Site:
    return next(site for site in SITES if site.name == host.site)


@dataclass(frozen=True)
class Cable:
    """A veth pair: (namespace, interface, addresses) at either end. No address means a bridge port."""

    a: tuple[str, str, tuple[str, ...]]
    b: tuple[str, str, tuple[str, ...]]


@dataclass
class Plan:
    namespaces: list[str] = field(default_factory=list)
    bridges: list[tuple[str, str]] = field(default_factory=list)  # (namespace, address)
    cables: list[Cable] = field(default_factory=list)
    routes: list[tuple[str, str]] = field(default_factory=list)  # (namespace, ip route arguments)
    routers: list[str] = field(default_factory=list)


PRIVATE_LINK = Cable(
    (GVA.edge, "private", ("10.0.0.1/30",)), (PAR.edge, "private", ("10.0.0.2/30",))
)


def _abroad(site: Site, number: int | None = None) -> tuple[str, ...]:
    """The foreign nodes' addresses in the networks that they share with PAR's transit router, or that of their
    networks with this number."""
    return tuple(
        f"{address if number is None else ipaddress.ip_network(f'{address}/24', strict=False)[number]}/24"
        for address in (ABROAD, *OTHERS_ABROAD)
        if site is PAR
    )


def plan() -> Plan:
    lab = Plan()
    for site in SITES:
        client_net = ipaddress.ip_network(f"{site.client_address}/24", strict=False)
        lab.routers += [site.edge, site.transit]
        lab.namespaces += [site.edge, site.transit, site.client]
        lab.cables += [
            Cable(
                (site.transit, site.edge, (f"{site.transit_address}/30",)),
                (site.edge, "uplink", (f"{site.uplink_address}/30",)),
            ),
            Cable(
                (site.transit, site.client, (f"{client_net[1]}/24", *_abroad(site, 1))),
                (site.client, "uplink", (f"{site.client_address}/24", *_abroad(site))),
            ),
        ]
        lab.routes.append((site.client, f"default via {client_net[1]}"))
        lab.bridges.append((site.edge, f"{site.gateway}/24"))
        for host in site.nodes + site.announcers:
            lab.namespaces.append(host.name)
            if not host.runs_node or PINNING != "source-route":
                lab.routes.append((host.name, f"default via {site.gateway}"))
            lab.cables.append(
                Cable((site.edge, host.name, ()), (host.name, "lan", (f"{host.address}/24",)))
            )
    lab.cables.append(PRIVATE_LINK)
    lab.cables.append(
        Cable((GVA.transit, "core", ("192.0.2.9/30",)), (PAR.transit, "core", ("192.0.2.10/30",)))
    )
    return lab
