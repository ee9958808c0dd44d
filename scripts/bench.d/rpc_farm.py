"""JSON-RPC of any number of simulated nodes: one port on every loopback address.

Argument: the port. Answers `uptime` and `getblockchaininfo`; any other method is one that the node
lacks. Connections are kept. Ends when stdin does.
"""

import asyncio
import json
import resource
import sys
import time

TIP = "00000000000000000002a7c4c1e48d76c5a37902165a270156b7a8d72728a054"


def result_of(method: str) -> dict:
    if method == "uptime":
        return {"result": 86400, "error": None}
    if method == "getblockchaininfo":
        now = int(time.time())
        chain = {
            "chain": "main",
            "blocks": 800_000,
            "headers": 800_000,
            "bestblockhash": TIP,
            "time": now - 60,
            "mediantime": now - 3600,
            "verificationprogress": 0.99999,
            "initialblockdownload": False,
            "pruned": False,
            "warnings": "",
        }
        return {"result": chain, "error": None}
    return {"result": None, "error": {"code": -32601, "message": "Method not found"}}


class Connection(asyncio.Protocol):
    def connection_made(self, transport) -> None:
        self._transport = transport
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            if len(self._buffer) < end + 4 + length:
                return
            request = json.loads(self._buffer[end + 4 : end + 4 + length])
            self._buffer = self._buffer[end + 4 + length :]
            self._answer(request)

    def _answer(self, request: dict) -> None:
        answer = result_of(request["method"])
        status = b"200 OK" if answer["error"] is None else b"404 Not Found"
        body = json.dumps({**answer, "id": request.get("id")}).encode()
        self._transport.write(
            b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (status, len(body), body)
        )


async def main() -> None:
    loop = asyncio.get_running_loop()
    await loop.create_server(Connection, "0.0.0.0", int(sys.argv[1]), backlog=4096)
    await loop.run_in_executor(None, sys.stdin.read)


hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
asyncio.run(main())
