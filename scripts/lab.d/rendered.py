"""What `announcer render` makes of the lab's sites: its routers, ExaBGPs and hosts run with nothing else."""

import json
import subprocess
from pathlib import Path

import netns
import site_file
from failure import BuildFailed
from topology import NODES, ROOT, SITES, STATE, Host, Site, site_of

BINARY = ROOT / "scripts/announcer"
TARGETS = ("bird", "exabgp4", "iproute2", "nft")
FOLDER = STATE / "rendered"


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


def tell_hosts() -> None:
    """Gives every node's kernel its addresses, its route and its table of nftables."""
    for host in NODES:
        tell_host(host)


def tell_host(host: Host) -> None:
    folder = FOLDER / site_of(host).key
    netns.batch_file(host.name, folder / f"{host.name}.iproute2.batch")
    netns.nft_file(host.name, folder / f"{host.name}.nft.conf")
    # As bird-templates/README.md says beside them.
    netns.sysctl(host.name, **{"conf/lan/arp_ignore": 1, "conf/lan/arp_announce": 2})
