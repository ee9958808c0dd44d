"""The Bitcoin nodes: bcoin, or Bitcoin Core with --bitcoind; regtest, on real sockets."""

import base64
import http.client
import json
import signal
import subprocess
from pathlib import Path

import netns
import process
import rendered
from failure import LabError
from program import PASSWORD, USER, bitcoind, kind
from topology import (
    ABROAD,
    NODE_UID,
    NODES,
    OTHERS_ABROAD,
    P2P_PORT,
    PAR,
    PINNING,
    ROOT,
    RPC_PORT,
    SERVICE,
    UNIT,
    Host,
)

RPC_IN_WARMUP = -28  # Bitcoin Core, rpc/protocol.h
# The all-zero witness program, spelt for each node's regtest prefix (BIP 173).
MINE_TO = {
    "bcoin": "rb1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqce7sck",
    "bitcoind": "bcrt1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqdku202",
}


class RpcError(LabError):
    """A node answered, but not with a result."""

    def __init__(self, message: str, code: int | None = None):
        super().__init__(message)
        self.code = code


# Somebody's nodes on the Internet, whom ours dial.
FOREIGN = tuple(
    Host(f"foreign-btc{number}", "ABROAD", address)
    for number, address in enumerate((ABROAD, *OTHERS_ABROAD), 1)
)

# As systemd starts a unit whose ExecStartPre= loads its table; ip netns exec has a /sys of its own.
_IN_UNIT = """
mount -t cgroup2 none /sys/fs/cgroup
mkdir -p "/sys/fs/cgroup/$0"
nft -f "$1"
shift
echo 0 >"/sys/fs/cgroup/$0/cgroup.procs"
exec "$@"
"""
_REMOVE_UNIT = 'mount -t cgroup2 none /sys/fs/cgroup; cd /sys/fs/cgroup; if [ -d "$0" ]; then rmdir -p "$0"; fi'


def foreign() -> tuple[Host, ...]:
    return FOREIGN if bitcoind() else FOREIGN[:1]


def start(host: Host) -> None:
    """Starts one of the sites' nodes, as what pins it wants it to be started."""
    home = process.folder(host.name)
    secret = home / "rpc-password"
    secret.touch(mode=0o600)
    secret.write_text(PASSWORD + "\n")
    if bitcoind():
        config = home / "bitcoin.conf"
        config.write_text(
            f"includeconf={rendered.bitcoin(host)}\n"
            "server=1\nlisten=1\ndnsseed=0\nprinttoconsole=1\n"
            f"rpcuser={USER}\nrpcpassword={PASSWORD}\n"
            f"uacomment={host.site}\nuacomment={host.name}\n"
        )
        command = [bitcoind(), f"-conf={config}", *_bitcoind(host, home)]
    else:
        command = _bcoin(host, SERVICE, "0.0.0.0", "0.0.0.0")
    process.start(host.name, host.name, [*_pinned(host), *command], {"NODE_BACKEND": "js"})


def start_foreign() -> None:
    for host in foreign():
        if bitcoind():
            home = process.folder(host.name)
            own = [f"-bind={host.address}:{P2P_PORT}", "-listen=1", "-dnsseed=0", "-server=0"]
            command = [bitcoind(), "-regtest", "-printtoconsole=1", *own, *_bitcoind(host, home)]
        else:
            command = _bcoin(host, host.address, host.address, host.address)
        process.start(host.name, PAR.client, command, {"NODE_BACKEND": "js"})


def stop_foreign() -> None:
    """Ends their connections with them, also for those whose way back is lost."""
    for host in (h for h in foreign() if process.pid(h.name)):
        process.send(host.name, signal.SIGKILL)
        if not process.until(lambda h=host: process.state(h.name) == "dead", 5.0):
            raise LabError(f"{host.name} survives SIGKILL")


def remove_unit() -> None:
    """The cgroup of the unit, when nothing lives in it any more."""
    if PINNING == "cgroup":
        subprocess.run(["unshare", "--mount", "sh", "-ec", _REMOVE_UNIT, UNIT], check=True)


def _pinned(host: Host) -> list:
    match PINNING:
        case "uid" | "snat":
            # The program and its folder may lie where nobody else gets to.
            override = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
            return ["setpriv", f"--reuid={NODE_UID}", f"--regid={NODE_UID}", "--clear-groups", *override]
        case "cgroup":
            return ["unshare", "--mount", "sh", "-ec", _IN_UNIT, UNIT, rendered.unit_table(host)]
    return []


def _bcoin(host: Host, public: str, listening: str, http: str) -> list:
    """A node that tells its peers of `public`."""
    tool = subprocess.run([ROOT / "scripts/tools/bcoin"], capture_output=True, text=True, check=True)
    package = tool.stdout.strip().removesuffix("/bin/node")
    return [
        "node",
        "--max-old-space-size=96",
        ROOT / "scripts/lab.d/bcoin-node.js",
        package,
        f"{host.site}; {host.name}",
        "--network=regtest",
        "--memory=true",
        f"--prefix={process.folder(host.name) / 'bcoin'}",
        "--log-file=false",
        "--listen=true",
        f"--host={listening}",
        f"--port={P2P_PORT}",
        # Peers are told of what clients dial: whoever comes by another address comes past the anycast.
        f"--public-host={public}",
        f"--public-port={P2P_PORT}",
        "--max-inbound=100",
        # A fixed list of peers, so that it asks no seed for more. The last one dials nobody.
        "--only=" + (",".join(f"{peer}:{P2P_PORT}" for peer in _peers(host)) or host.address),
        f"--http-host={http}",
        f"--http-port={RPC_PORT}",
        f"--api-key={PASSWORD}",
    ]


def _bitcoind(host: Host, home: Path) -> list:
    """What both kinds of nodes are told beside their addresses."""
    (home / "bitcoind").mkdir(exist_ok=True)
    # A fixed list of peers, so that it dials no other that it hears of. The last one dials nobody.
    connect = [f"-connect={peer}:{P2P_PORT}" for peer in _peers(host)] or ["-connect=0"]
    return [f"-datadir={home / 'bitcoind'}", *connect]


def _peers(host: Host) -> list[str]:
    """Each pair of nodes once: a node dials those after it in the list, by their private addresses, and then
    the foreign ones, which dial nobody."""
    if host in FOREIGN:
        return []
    return [peer.address for peer in NODES[NODES.index(host) + 1 :]] + [f.address for f in foreign()]


def rpc(host: Host, method: str, *params):
    return rpc_at(host.name, host.address, method, *params)


def rpc_at(namespace: str, address: str, method: str, *params):
    """Asks whoever answers there, from within the namespace."""
    with netns.entered(namespace):
        connection = http.client.HTTPConnection(address, RPC_PORT, timeout=5)
        connection.connect()
    try:
        login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        connection.request(
            "POST",
            "/",
            json.dumps({"id": 1, "method": method, "params": params}),
            {"Authorization": f"Basic {login}", "Content-Type": "application/json"},
        )
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    try:
        answer = json.loads(body)
    except ValueError:
        raise RpcError(f"{namespace} {method}: HTTP {response.status} {body[:200]!r}") from None
    if error := answer.get("error"):
        raise RpcError(f"{namespace} {method}: {error}", error.get("code"))
    return answer["result"]


def serves(host: Host) -> bool:
    """Whether it answers RPC; a node that still starts does not, one that refuses us is an error."""
    try:
        return rpc(host, "getblockcount") >= 0
    except (OSError, http.client.HTTPException):
        return False
    except RpcError as e:
        if e.code != RPC_IN_WARMUP:
            raise
        return False


def mine(host: Host) -> str:
    """Mines one block; answers its hash."""
    return rpc(host, "generatetoaddress", 1, MINE_TO[kind()])[0]


def end_download() -> None:
    """Gives Bitcoin Core a block of today: one that has none downloads, and is not announced.

    Each is handed the same one, for a node that downloads asks only the peers that it has dialled.
    """
    if not bitcoind():
        return
    young = [host for host in NODES if rpc(host, "getblockchaininfo")["initialblockdownload"]]
    if len(young) == len(NODES):
        mine(NODES[0])
    for host in young:
        if best(host) != best(NODES[0]):
            rpc(host, "submitblock", rpc(NODES[0], "getblock", best(NODES[0]), 0))


def best(host: Host) -> str:
    return rpc(host, "getbestblockhash")


def peers(host: Host) -> list[str]:
    """The addresses of its peers' connections."""
    return [peer["addr"] for peer in rpc(host, "getpeerinfo")]
