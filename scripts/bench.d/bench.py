"""What every row needs: a place, the ear, the nodes, and how many samples."""

import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import runner
from ear import AS, PORT, Ear
from nodes import RPC_KEY, RPC_PORT, P2P_PORT, Node
from rows import Row
from speakers import OUR_AS, Announcer, EmbeddedAnnouncer

# Rows whose samples take long, or are many at once; all others take 30.
SAMPLES = {
    "kill9/exabgp-healthcheck-default": 7,
    "bulk/exabgp": 5,
    "stop/exabgp": 3,
    "powerloss/exabgp": 5,
    "restart": 5,
    "start-up": 10,
}
# Which real node dies how; each is a namespace.
KILLED_NODE = 0
STOPPED_NODES = [1, 2, 3]
UNPLUGGED_NODES = [4, 5, 6, 7, 8]
NODES = 1 + len(STOPPED_NODES) + len(UNPLUGGED_NODES)

# The shipped defaults but for these, which every table says.
HEALTH = {"rise": 1, "hold-down": "0s"}
# What bcoin offers: NETWORK and WITNESS, not NETWORK_LIMITED.
BCOIN_SERVICES = "0x9"


class Bench:
    def __init__(self, root: Path, samples: int | None) -> None:
        self.root = root
        self.home = Path(tempfile.mkdtemp(prefix="bench-"))
        self._samples = samples
        self.rows: list[Row] = []
        self.say("building")
        self.classpath = build(root)
        entry = subprocess.run(
            [root / "scripts/tools/bcoin"], check=True, capture_output=True, text=True
        ).stdout.strip()
        (self.home / "rpc-password").write_text(RPC_KEY + "\n")
        (self.home / "rpc-password").chmod(0o600)
        self._nodes = [Node(self.home, entry, i) for i in range(NODES)]
        self.ear = Ear(self.classpath, self.home / "ear.log")

    say = staticmethod(runner.say)

    def row(self, case: str, detail: str = "", aim: str = "", most: int | None = None) -> Row:
        """A new row of the table; `most` where there are no more nodes for it, or no more time."""
        wanted = self._samples or SAMPLES.get(case, 30)
        row = Row(case, detail, aim, wanted if most is None else min(wanted, most))
        self.rows.append(row)
        return row

    def node(self, number: int) -> Node:
        return self._nodes[number]

    def host(self, name: str, address: str) -> dict:
        return {
            "name": name,
            "address": address,
            "p2p": {"port": P2P_PORT, "network": "regtest", "required-services": BCOIN_SERVICES},
            "rpc": {
                "port": RPC_PORT,
                "user": "bitcoinrpc",
                "password-file": str(self.home / "rpc-password"),
            },
        }

    @staticmethod
    def service(name: str, prefix: str, hosts: list[str]) -> dict:
        return {
            "name": name,
            "prefixes": [prefix],
            "next-hop": "self",
            "healthy": {"at-least": 1, "of": hosts, "by": ["p2p"]},
        }

    def announcer(
        self, number: int, name: str, hosts: list[dict], services: list[dict], health: dict | None = None
    ) -> Announcer:
        """Our daemon under an ExaBGP of its own; `health` beside what every row changes."""
        file = self.announcer_file(name, hosts, services, health)
        return Announcer(self.home, self.ear, self.root, number, name, file)

    def embedded(self, name: str, hosts: list[dict], services: list[dict]) -> EmbeddedAnnouncer:
        """Our daemon that speaks BGP itself."""
        neighbor = {
            "address": "127.0.0.1",
            "port": PORT,
            "as": AS,
            "local-address": EmbeddedAnnouncer.peer,
        }
        speaker = {"type": "embedded", "neighbors": [neighbor]}
        file = self.announcer_file(name, hosts, services, speaker=speaker)
        return EmbeddedAnnouncer(self.home, self.ear, self.root, name, file)

    def announcer_file(
        self,
        name: str,
        hosts: list[dict],
        services: list[dict],
        health: dict | None = None,
        speaker: dict | None = None,
    ) -> Path:
        folder = self.home / name
        folder.mkdir(parents=True, exist_ok=True)
        config = {
            "site": "BENCH",
            "local-as": OUR_AS,
            "speaker": speaker or {"type": "exabgp"},
            "allow": [prefix for service in services for prefix in service["prefixes"]],
            "health": {**HEALTH, **(health or {})},
            "control": {"socket": str(folder / "control.sock")},
            "hosts": hosts,
            "services": services,
        }
        # JSON is YAML.
        file = folder / "site.yaml"
        file.write_text(json.dumps(config, indent=2) + "\n")
        return file

    def close(self) -> None:
        self.ear.close()
        for node in self._nodes:
            node.close()


def side_by_side(measures: list) -> None:
    # No one waits for these threads when the run is interrupted.
    threads = [threading.Thread(target=measure, daemon=True) for measure in measures]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def build(root: Path) -> str:
    """Compiles the daemon and the test classes the benchmarks run; their class path."""
    subprocess.run([root / "scripts/announcer", "--build-only"], check=True, stdout=sys.stderr)
    module = root / "bgp-announcer/daemon"
    output = module / "target/bench.classpath"
    # Newer than the tests means: newer than the classes they are compiled against too.
    if not output.exists() or _newest(root) > output.stat().st_mtime:
        maven = ["mvn", "-q", "-B", "-pl", "bgp-announcer/daemon", "-am", "test-compile"]
        maven += ["dependency:build-classpath", f"-Dmdep.outputFile={output}", "-Dmdep.includeScope=test"]
        # Offline when the local repository has everything; the network otherwise.
        if subprocess.run([*maven, "-o"], check=False, cwd=root, capture_output=True).returncode != 0:
            subprocess.run(maven, check=True, cwd=root, stdout=sys.stderr)
        output.touch()
    return f"{module}/target/test-classes:{output.read_text().strip()}"


def _newest(root: Path) -> float:
    sources = [*root.glob("*/src/**/*.java"), *root.glob("bgp-announcer/*/src/**/*.java")]
    return max(source.stat().st_mtime for source in [*sources, *root.glob("bgp-announcer/*/pom.xml")])
