"""BIRD as edge and transit routers, and what their logs say about the service prefix."""

import datetime
import re
import subprocess
from dataclasses import dataclass

import process
import rendered
from topology import GVA, PAR, SERVICE_PREFIX, SITES, TRANSIT_AS, Site

# BIRD's own log, with microseconds, is the clock of every time the lab reports.
LOGGING = """\
log "{log}" all;
timeformat log iso long us;
debug protocols {{ states, routes }};
"""

TRANSIT = """\
router id {own};

protocol device {{
	scan time 10;
}}

protocol direct {{
	ipv4;
}}

protocol kernel {{
	ipv4 {{
		import none;
		export where source = RTS_BGP;
	}};
}}

# The customer: an anycast site.
protocol bgp edge {{
	local {edge_local} as {transit_as};
	neighbor {edge_peer} as {own_as};
	ttl security yes;
	hold time 30;
	connect delay time 1;
	connect retry time 2;
	error wait time 1, 4;
	error forget time 30;
	ipv4 {{
		import filter {{
			if net ~ [ 85.208.68.0/22{{24,24}} ] then accept;
			reject;
		}};
		# Its customers shall reach this transit's clients, and nothing else.
		export where source = RTS_DEVICE || proto = "core";
	}};
}}

# The other router of this AS.
protocol bgp core {{
	local {core_local} as {transit_as};
	neighbor {core_peer} as {transit_as};
	direct;
	connect delay time 1;
	connect retry time 2;
	ipv4 {{
		next hop self;
		import all;
		export where proto = "edge" || source = RTS_DEVICE;
	}};
}}
"""


def start_edge(site: Site) -> None:
    _start(site.edge, f'include "{rendered.edge(site)}";\n')


def start_transit(site: Site) -> None:
    index = SITES.index(site)
    _start(
        site.transit,
        TRANSIT.format(
            own=f"192.0.2.{9 + index}",
            own_as=site.own_as,
            transit_as=TRANSIT_AS,
            edge_local=site.transit_address,
            edge_peer=site.uplink_address,
            core_local=f"192.0.2.{9 + index}",
            core_peer=f"192.0.2.{10 - index}",
        ),
    )


def birdc(router: str, command: str) -> str:
    socket = process.folder(router) / "bird.ctl"
    done = subprocess.run(
        ["birdc", "-s", str(socket), *command.split()], capture_output=True, text=True, check=False
    )
    return done.stdout


def established(router: str, protocol: str) -> bool:
    return bool(re.search(rf"^{protocol}\s.*Established", birdc(router, "show protocols"), re.M))


def best_path(router: str) -> str | None:
    """The AS path, next hop and MED of the service prefix's best route there; None when it has none."""
    text = birdc(router, f"show route {SERVICE_PREFIX} primary all")
    if SERVICE_PREFIX not in text:
        return None
    source = re.search(r"\[(\S+) ", text)
    attributes = dict(re.findall(r"BGP\.(\w+): (.*)", text))
    hops = re.findall(r"via (\S+) on (\S+)", text)
    return "via {} AS path {} med {} from {}".format(
        " and ".join(hop for hop, _ in hops) or "?",
        attributes.get("as_path", "").strip() or "(empty)",
        attributes.get("med", "-"),
        source.group(1) if source else "?",
    )


def next_hops(router: str, prefix: str) -> set[str]:
    """Where it would send what goes there."""
    return set(re.findall(r"via (\S+) on", birdc(router, f"show route {prefix} all")))


def ever_heard(router: str, prefix: str) -> bool:
    """Whether its log, which has every route, names the prefix."""
    return f" {prefix} " in (process.folder(router) / "bird.log").read_text()


@dataclass(frozen=True)
class Change:
    at: float  # wall clock, seconds
    protocol: str
    verb: str  # added (new, or with other attributes) or removed
    best: bool  # it became the best of the router's routes
    line: str


class Watch:
    """The changes of the service prefix in a router's table since the watch was made.

    Only what a neighbour changed counts: an UPDATE that repeats what is known is logged as `ignored`.
    """

    _LINE = re.compile(
        r"^(\S+ \S+) <TRACE> (\w+)\.ipv4 > (\w+)(?: \[(\w+)\])? " + re.escape(SERVICE_PREFIX) + " "
    )

    def __init__(self, router: str):
        self.router = router
        self._path = process.folder(router) / "bird.log"
        self._offset = self._path.stat().st_size

    def changes(self, protocol: str | None = None) -> list[Change]:
        with open(self._path, encoding="utf-8") as file:
            file.seek(self._offset)
            lines = file.read().splitlines()
        found = []
        for line in lines:
            match = self._LINE.match(line)
            if match and match[3] in ("added", "removed"):
                at = datetime.datetime.strptime(match[1], "%Y-%m-%d %H:%M:%S.%f").timestamp()
                found.append(Change(at, match[2], match[3], match[4] == "best", line))
        return [c for c in found if protocol is None or c.protocol.startswith(protocol)]

    def wait(self, protocol: str, fits, patience: float) -> Change | None:
        """The first change by that protocol that fits, or None when none comes in time."""

        def first():
            return next((c for c in self.changes(protocol) if fits(c)), None)

        return first() if process.until(first, patience) else None


def _start(router: str, configuration: str) -> None:
    home = process.folder(router)
    log = home / "bird.log"
    log.write_text("")
    (home / "bird.conf").write_text(LOGGING.format(log=log) + configuration)
    process.start(
        router,
        router,
        ["bird", "-f", "-c", home / "bird.conf", "-s", home / "bird.ctl", "-P", home / "bird.pid"],
    )


def start_all() -> None:
    for site in (GVA, PAR):
        start_transit(site)
        start_edge(site)
