"""Real Bitcoin nodes: bcoin on regtest, each in a namespace of its own."""

import os
import signal
import socket
import time
from pathlib import Path

from machine import node_address, node_namespace, spawn
from rows import Lost

P2P_PORT = 8333
RPC_PORT = 8332
RPC_KEY = "bench"


class Node:
    def __init__(self, home: Path, entry: str, number: int) -> None:
        self.address = node_address(number)
        self._number = number
        self._entry = entry
        self._log = home / f"node{number}.log"
        self._process = None
        self._killed = False

    def start(self) -> None:
        """Nothing is done where it runs already."""
        if self._killed:
            self._process.wait()
            self._killed = False
        if self._process is not None and self._process.poll() is None:
            return
        self._process = spawn(
            node_namespace(self._number),
            [
                "node",
                self._entry,
                "--network=regtest",
                "--memory=true",
                "--no-wallet",
                "--listen=true",
                f"--host={self.address}",
                f"--port={P2P_PORT}",
                f"--public-host={self.address}",
                f"--http-host={self.address}",
                f"--http-port={RPC_PORT}",
                f"--api-key={RPC_KEY}",
                "--only=127.0.0.1",
                f"--prefix=/tmp/bench-node{self._number}",
            ],
            self._log,
            env={"NODE_BACKEND": "js"},
        )
        self._await_listening()

    def _await_listening(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                socket.create_connection((self.address, P2P_PORT), 0.2).close()
                return
            except OSError:
                time.sleep(0.05)
        self.close()
        raise Lost(f"bcoin does not listen (see {self._log})")

    def kill(self) -> int:
        """SIGKILL; the time of just before it in nanoseconds."""
        nanos = time.monotonic_ns()
        os.kill(self._process.pid, signal.SIGKILL)
        self._killed = True
        return nanos

    def stop(self) -> int:
        """SIGSTOP; likewise."""
        nanos = time.monotonic_ns()
        os.kill(self._process.pid, signal.SIGSTOP)
        return nanos

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
