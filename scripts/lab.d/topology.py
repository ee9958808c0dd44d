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

OWN_AS = 42275
TRANSIT_AS = 64500  # RFC 5398
SERVICE = "85.208.69.13"
SERVICE_PREFIX = "85.208.69.0/24"
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


def _site(name, number, physical, announcers, client_address) -> Site:
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
    )


GVA = _site("GVA", 1, "85.208.70.0/24", 2, "203.0.113.2")
PAR = _site("PAR", 2, "85.208.68.0/24", 1, "198.51.100.2")
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
    service_hosts: list[str] = field(default_factory=list)
    routers: list[str] = field(default_factory=list)


PRIVATE_LINK = Cable(
    (GVA.edge, "private", ("10.0.0.1/30",)), (PAR.edge, "private", ("10.0.0.2/30",))
)


def plan() -> Plan:
    lab = Plan()
    for index, site in enumerate(SITES):
        uplink = f"192.0.2.{4 * index}"
        uplink_net = ipaddress.ip_network(f"{uplink}/30")
        client_net = ipaddress.ip_network(f"{site.client_address}/24", strict=False)
        lab.routers += [site.edge, site.transit]
        lab.namespaces += [site.edge, site.transit, site.client]
        lab.cables += [
            Cable(
                (site.transit, site.edge, (f"{uplink_net[1]}/30",)),
                (site.edge, "uplink", (f"{uplink_net[2]}/30",)),
            ),
            Cable(
                (site.transit, site.client, (f"{client_net[1]}/24",)),
                (site.client, "uplink", (f"{site.client_address}/24",)),
            ),
        ]
        lab.routes.append((site.client, f"default via {client_net[1]}"))
        lab.bridges.append((site.edge, f"{site.gateway}/24"))
        for host in site.nodes + site.announcers:
            lab.namespaces.append(host.name)
            addresses = (f"{host.address}/24",)
            # Private destinations are reached from the private address, over the private link; all
            # others from the site's physical range: what leaves never carries the service address.
            lab.routes.append((host.name, f"10.0.0.0/8 via {site.gateway} src {host.address}"))
            if host.runs_node:
                addresses += (f"{host.physical}/32",)
                lab.routes.append((host.name, f"default via {site.gateway} src {host.physical}"))
                lab.service_hosts.append(host.name)
            lab.cables.append(Cable((site.edge, host.name, ()), (host.name, "lan", addresses)))
    lab.cables.append(PRIVATE_LINK)
    lab.cables.append(
        Cable((GVA.transit, "core", ("192.0.2.9/30",)), (PAR.transit, "core", ("192.0.2.10/30",)))
    )
    return lab
