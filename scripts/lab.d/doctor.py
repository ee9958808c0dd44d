"""`announcer doctor` on the lab's machines: what it finds there, and what its commands do."""

import json
import subprocess

import announcer
import netns
import rendered
from failure import LabError
from topology import Site


def machines(site: Site) -> list[tuple[str, str]]:
    """Each of the site's machines: its namespace, and its name in the site file."""
    return [
        (site.edge, "edge"),
        *((host.name, host.name) for host in site.nodes),
        *((host.name, rendered.name(host)) for host in site.announcers),
    ]


def examine(site: Site, wanted: list[tuple[str, str]]) -> dict[str, list[dict]]:
    """What there is to mend on each of these machines, by their names in the site file."""
    begun = {name: _begin(site, namespace, name) for namespace, name in wanted}
    found = {}
    for name, doctor in begun.items():
        out, _ = doctor.communicate()
        if doctor.returncode not in (0, 1):
            raise LabError(f"announcer doctor --host {name}: exit {doctor.returncode} (expected: 0 or 1)")
        found[name] = [finding for finding in json.loads(out)["findings"] if "mend" in finding]
    return found


def mend(namespace: str, finding: dict) -> None:
    """Runs the command that the doctor has printed."""
    netns.run_in(namespace, ["sh", "-ec", finding["mend"]])


def _begin(site: Site, namespace: str, name: str) -> subprocess.Popen:
    command = [
        *("ip", "netns", "exec", netns.name(namespace), rendered.BINARY, "doctor", "--json"),
        *("--config", rendered.site_file_of(site), "--host", name),
    ]
    for host in (h for h in site.announcers if h.name == namespace):
        command += ["--exabgp", announcer.configuration(host)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
