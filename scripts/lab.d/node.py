"""The Bitcoin nodes: bcoin, or Bitcoin Core with --bitcoind; regtest, on real sockets."""

import base64
import http.client
import json
import subprocess

import netns
import process
from failure import LabError
from topology import ABROAD, INTERNAL, NODES, P2P_PORT, PAR, ROOT, RPC_PORT, SERVICE, STATE, Host

USER = "lab"
PASSWORD = "lab"  # in a namespace without a way in
ZMQ_PORT = 28332
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


def kind() -> str:
    return "bitcoind" if bitcoind() else "bcoin"


def bitcoind() -> str | None:
    """The path given to `lab up --bitcoind`, kept for the commands after it."""
    record = STATE / "bitcoind"
    return record.read_text().strip() if record.exists() else None


# Somebody's node on the Internet, whom ours dial.
FOREIGN = Host("foreign-btc1", "ABROAD", ABROAD)


def start(host: Host) -> None:
    _start(host, host.name, SERVICE, ("0.0.0.0", host.address, INTERNAL))


def start_foreign() -> None:
    _start(FOREIGN, PAR.client, ABROAD, (ABROAD, ABROAD))


def _start(host: Host, namespace: str, public: str, listening: tuple[str, ...]) -> None:
    """Starts a node that tells its peers of `public`; listening: for P2P, then for RPC and ZMQ."""
    home = process.folder(host.name)
    secret = home / "rpc-password"
    secret.touch(mode=0o600)
    secret.write_text(PASSWORD + "\n")
    if bitcoind():
        _start_bitcoind(host, namespace, home, public, listening)
    else:
        _start_bcoin(host, namespace, public, listening)


def _start_bcoin(host: Host, namespace: str, public: str, listening: tuple[str, ...]) -> None:
    tool = subprocess.run(
        [ROOT / "scripts/tools/bcoin"], capture_output=True, text=True, check=True
    )
    package = tool.stdout.strip().removesuffix("/bin/node")
    process.start(
        host.name,
        namespace,
        [
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
            f"--host={listening[0]}",
            f"--port={P2P_PORT}",
            # Peers are told of what clients dial: whoever comes by another address comes past the anycast.
            f"--public-host={public}",
            f"--public-port={P2P_PORT}",
            "--max-inbound=100",
            # A fixed list of peers, so that it asks no seed for more. The last one dials nobody.
            "--only=" + (",".join(f"{peer}:{P2P_PORT}" for peer in _peers(host)) or host.address),
            # One address it can listen on, or all.
            f"--http-host={listening[1] if len(listening) == 2 else '0.0.0.0'}",
            f"--http-port={RPC_PORT}",
            f"--api-key={PASSWORD}",
        ],
        {"NODE_BACKEND": "js"},
    )


def _start_bitcoind(
    host: Host, namespace: str, home, public: str, listening: tuple[str, ...]
) -> None:
    (home / "bitcoind").mkdir(exist_ok=True)
    process.start(
        host.name,
        namespace,
        [
            bitcoind(),
            "-regtest",
            f"-datadir={home / 'bitcoind'}",
            "-printtoconsole=1",
            "-listen=1",
            "-dnsseed=0",
            "-discover=0",
            f"-port={P2P_PORT}",
            f"-bind={listening[0]}",
            f"-externalip={public}",
            f"-uacomment={host.site}",
            f"-uacomment={host.name}",
            "-server=1",
            *(f"-rpcbind={address}" for address in listening[1:]),
            "-rpcallowip=10.0.0.0/8",
            f"-rpcport={RPC_PORT}",
            f"-rpcuser={USER}",
            f"-rpcpassword={PASSWORD}",
            *(
                f"-zmqpub{topic}=tcp://{address}:{ZMQ_PORT}"
                for address in listening[1:]
                for topic in ("hashblock", "sequence")
            ),
            # A fixed list of peers, so that it dials no other that it hears of. The last one dials nobody.
            *([f"-connect={peer}:{P2P_PORT}" for peer in _peers(host)] or ["-connect=0"]),
        ],
    )


def _peers(host: Host) -> list[str]:
    """Each pair of nodes once: a node dials those after it in the list, by their private addresses, and then
    the foreign one, which dials nobody."""
    if host == FOREIGN:
        return []
    return [peer.address for peer in NODES[NODES.index(host) + 1 :]] + [ABROAD]


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
