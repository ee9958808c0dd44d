"""A subscriber of a node's notifications, from outside of it: ZMTP 3.0 with NULL (RFC 23 of ZeroMQ)."""

import socket
import struct

import netns
from program import ZMQ_PORT

GREETING = b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
READY = b"\x05READY" + b"\x0bSocket-Type" + struct.pack(">I", 3) + b"SUB"
MORE, LONG, COMMAND = 1, 2, 4
MAX_FRAME = 1000


class Subscription:
    """One topic of whoever answers at the address, from within the namespace."""

    def __init__(self, namespace: str, address: str, topic: str, timeout: float = 5.0):
        with netns.entered(namespace):
            self._connection = socket.create_connection((address, ZMQ_PORT), timeout=timeout)
        self._stream = self._connection.makefile("rb")
        self._connection.sendall(GREETING)
        self._read(len(GREETING))
        self._connection.sendall(bytes([COMMAND, len(READY)]) + READY)
        self._frame()  # its own READY
        subscribe = b"\x01" + topic.encode()
        self._connection.sendall(bytes([0, len(subscribe)]) + subscribe)

    def message(self) -> list[bytes]:
        """The next one: topic, body, sequence number."""
        parts = []
        more = MORE
        while more:
            flags, body = self._frame()
            more = flags & MORE
            parts.append(body)
        return parts

    def close(self) -> None:
        self._stream.close()
        self._connection.close()

    def _frame(self) -> tuple[int, bytes]:
        flags = self._read(1)[0]
        size = struct.unpack(">Q", self._read(8))[0] if flags & LONG else self._read(1)[0]
        if size > MAX_FRAME:
            raise ConnectionError(f"a frame of {size} bytes (expected: at most {MAX_FRAME})")
        return flags, self._read(size)

    def _read(self, size: int) -> bytes:
        read = self._stream.read(size)
        if len(read) < size:
            raise ConnectionError("the publisher has closed the connection")
        return read
