"""What `announcer render` makes of the lab's sites: its routers, ExaBGPs and hosts run with nothing else."""

import json
import subprocess
from pathlib import Path

import netns
import site_file
from failure import BuildFailed, LabError
from topology import NODES, PINNING, ROOT, SERVICE, SITES, STATE, Host, Site, site_of

BINARY = ROOT / "scripts/announcer"
TARGETS = ("bird", "bitcoin", "exabgp4", "iproute2", "nft")
FOLDER = STATE / "rendered"
EXCEPTION_PREFERENCE, RULE_PREFERENCE = 999, 1000
_LOAD_FOR_UNIT = 'mount -t cgroup2 none /sys/fs/cgroup; nft -f "$0"'


def write() -> None:
    """Renders every target for every site."""
    for site in SITES:
        folder = FOLDER / site.key
        folder.mkdir(parents=True)
        config = site_file_of(site)
        # JSON is YAML.
        config.write_text(json.dumps(site_file.with_deployment(site), indent=2) + "\n")
        running = {
            target: subprocess.Popen(
                [BINARY, "render", target, "--config", config, "--out", folder],
                stdout=subprocess.DEVNULL,
            )
            for target in TARGETS
        }
        failed = [target for target, command in running.items() if command.wait() != 0]
        if failed:
            raise BuildFailed(f"announcer render {failed[0]} --config {config}: it failed")


def site_file_of(site: Site) -> Path:
    return FOLDER / site.key / "site.yaml"


def edge(site: Site) -> Path:
    return FOLDER / site.key / "edge.bird.conf"


def name(host: Host) -> str:
    """What the site file calls it."""
    site = site_of(host)
    return f"ann{1 + site.announcers.index(host)}" if host in site.announcers else host.name


def exabgp(host: Host) -> Path:
    return FOLDER / site_of(host).key / f"{name(host)}.exabgp4.conf"


def bitcoin(host: Host) -> Path:
    return _of(host, "bitcoin.conf")


def unit_table(host: Host) -> Path:
    """The table of nftables that bitcoind's unit loads."""
    return _of(host, "nft-unit.conf")


def _table(host: Host) -> Path:
    return _of(host, "nft.conf")


def _of(host: Host, name: str) -> Path:
    return FOLDER / site_of(host).key / f"{host.name}.{name}"


def tell_kernels() -> None:
    """Gives each edge router its own address, and each node its addresses, its route and its table of nftables."""
    for site in SITES:
        netns.batch_file(site.edge, FOLDER / site.key / "edge.iproute2.batch")
    for host in NODES:
        tell_host(host)


def tell_host(host: Host) -> None:
    netns.batch_file(host.name, _of(host, "iproute2.batch"))
    if PINNING == "uid" and not netns.has_rule(host.name, RULE_PREFERENCE):
        netns.batch_file(host.name, _of(host, "iproute2-rule4.batch"))
    netns.nft_file(host.name, _table(host))
    # As bird-templates/README.md says beside them.
    netns.sysctl(host.name, **{"conf/lan/arp_ignore": 1, "conf/lan/arp_announce": 2})


def forget(host: Host) -> None:
    """Takes the node's pinning away, and has the default route leave from the service address."""
    match PINNING:
        case "uid":
            for preference in (EXCEPTION_PREFERENCE, RULE_PREFERENCE):
                netns.run_in(host.name, ["ip", "-4", "rule", "del", "pref", str(preference)])
        case "snat":
            netns.run_in(host.name, ["nft", "delete", "table", "inet", "bgp_announcer"])
        case "cgroup":
            netns.run_in(host.name, ["nft", "delete", "table", "inet", "bgp_announcer_unit"])
    netns.route(host.name, f"default via {site_of(host).gateway} dev lan src {SERVICE}")


def translate_to(host: Host, address: str) -> None:
    """As NAT does that is somebody else's: the node leaves from another address than the site file has."""
    rule, other = f" snat ip to {host.physical}\n", f" snat ip to {address}\n"
    table = (unit_table if PINNING == "cgroup" else _table)(host)
    text = table.read_text()
    if rule not in text:
        raise LabError(f"{table}: no rule with{rule.rstrip()}")
    elsewhere = table.with_suffix(".elsewhere")
    elsewhere.write_text(text.replace(rule, other))
    _load(host, elsewhere)


def _load(host: Host, table: Path) -> None:
    if PINNING == "cgroup":
        netns.run_in(host.name, ["unshare", "--mount", "sh", "-ec", _LOAD_FOR_UNIT, table])
    else:
        netns.nft_file(host.name, table)


def tell_again(host: Host) -> None:
    """Undoes that."""
    if PINNING != "source-route":
        netns.route(host.name, f"default via {site_of(host).gateway} dev lan")
    tell_host(host)
    if PINNING == "cgroup":
        _load(host, unit_table(host))
