"""A client near a site: what a Bitcoin peer out there would do, and how it would fare."""

import errno
import hashlib
import os
import re
import socket
import struct
import threading
import time
from dataclasses import dataclass

import netns
from topology import P2P_PORT, SERVICE

REGTEST = bytes.fromhex("fabfb5da")  # Bitcoin Core, kernel/chainparams.cpp
PROTOCOL = 70016
AGENT = b"/bgp-announcer-lab-client/"
MAX_MESSAGE = 4_000_000


@dataclass(frozen=True)
class Answer:
    """Who answered a handshake, and in what time."""

    host: str
    site: str
    agent: str
    seconds: float


def handshake(client: str, timeout: float = 3.0, address: str = SERVICE) -> Answer:
    """Opens a connection from the client's namespace and completes version and verack."""
    with hold(client, timeout, address) as held:
        return held.answer


class Held:
    """A connection after its handshake; closes as a context."""

    def __init__(self, connection: socket.socket, answer: Answer):
        self.answer = answer
        self._connection = connection

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._connection.close()

    def ping(self, timeout: float = 3.0) -> None:
        """Until the node has answered it; an OSError when it does not."""
        nonce = os.urandom(8)
        deadline = time.monotonic() + timeout
        self._connection.settimeout(timeout)
        self._connection.sendall(_message(b"ping", nonce))
        while _receive(self._connection) != (b"pong", nonce):
            self._connection.settimeout(max(0.001, deadline - time.monotonic()))


def hold(client: str, timeout: float = 3.0, address: str = SERVICE) -> Held:
    """The same, and the connection stays."""
    begun = time.monotonic()
    with netns.entered(client):
        connection = socket.create_connection((address, P2P_PORT), timeout=timeout)
    try:
        connection.sendall(_message(b"version", _version(address)))
        agent = None
        verack = False
        while agent is None or not verack:
            connection.settimeout(max(0.001, timeout - (time.monotonic() - begun)))
            command, payload = _receive(connection)
            if command == b"version":
                agent = _agent(payload)
                connection.sendall(_message(b"verack", b""))
            elif command == b"verack":
                verack = True
    except BaseException:
        connection.close()
        raise
    host, site = who(agent)
    return Held(connection, Answer(host, site, agent, time.monotonic() - begun))


def connect(client: str, timeout: float = 3.0) -> socket.socket:
    """A connection to the service, without a word on it."""
    with netns.entered(client):
        return socket.create_connection((SERVICE, P2P_PORT), timeout=timeout)


def connect_from(namespace: str, address: str, timeout: float) -> str | None:
    """The address from which a node there is reached; None without an answer."""
    try:
        with netns.entered(namespace):
            connection = socket.create_connection((address, P2P_PORT), timeout=timeout)
    except TimeoutError:
        return None
    with connection:
        return connection.getsockname()[0]


def who(agent: str) -> tuple[str, str]:
    found = re.search(r"[( ](\w+); ([\w-]+)", agent)  # BIP 14 comments: (SITE; HOST)
    return (found[2], found[1]) if found else ("?", "?")


def _version(address: str) -> bytes:
    nobody = struct.pack("<Q16sH", 0, bytes(16), 0)
    to = struct.pack("<Q", 0) + bytes(10) + b"\xff\xff" + socket.inet_aton(address)
    return (
        struct.pack("<iQq", PROTOCOL, 0, int(time.time()))
        + to
        + struct.pack(">H", P2P_PORT)
        + nobody
        + os.urandom(8)
        + bytes([len(AGENT)])
        + AGENT
        + struct.pack("<i?", 0, False)
    )


def _agent(payload: bytes) -> str:
    # version (4), services (8), time (8), two addresses (26 each), nonce (8), then a var_str.
    at = 80
    length = payload[at] if len(payload) > at else 0
    if length >= 0xFD:
        raise ConnectionError("a user agent longer than 252 bytes")
    if len(payload) < at + 1 + length:
        raise ConnectionError(f"a version of {len(payload)} bytes, cut in or before its user agent")
    return payload[at + 1 : at + 1 + length].decode("ascii", "replace")


def _message(command: bytes, payload: bytes) -> bytes:
    return REGTEST + struct.pack("<12sI4s", command, len(payload), _checksum(payload)) + payload


def _receive(connection: socket.socket) -> tuple[bytes, bytes]:
    header = _exactly(connection, 24)
    magic, command, length, checksum = struct.unpack("<4s12sI4s", header)
    if magic != REGTEST or length > MAX_MESSAGE:
        raise ConnectionError(f"not a Bitcoin node of regtest: {header.hex()}")
    payload = _exactly(connection, length)
    if _checksum(payload) != checksum:
        raise ConnectionError("a wrong checksum")
    return command.rstrip(b"\0"), payload


def _exactly(connection: socket.socket, count: int) -> bytes:
    read = b""
    while len(read) < count:
        piece = connection.recv(count - len(read))
        if not piece:
            raise ConnectionError("closed during the handshake")
        read += piece
    return read


def _checksum(payload: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]


@dataclass(frozen=True)
class Attempt:
    begun: float  # wall clock
    answer: Answer | None
    error: str | None


class Watch:
    """Handshakes from a client, begun every 100 ms, until closed; each in a thread of its own so that
    one that hangs delays no other."""

    def __init__(self, client: str, pause: float = 0.1):
        self.client = client
        self._pause = pause
        self._done = threading.Event()
        self._attempts: list[Attempt] = []
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._clock = threading.Thread(target=self._run, daemon=True)
        self._clock.start()

    def ended(self, since: float) -> int:
        """How many that were begun after then have ended, however they did."""
        with self._lock:
            return sum(a.begun >= since for a in self._attempts)

    def close(self) -> list[Attempt]:
        self._done.set()
        self._clock.join()
        for thread in self._threads:
            thread.join()
        return sorted(self._attempts, key=lambda a: a.begun)

    def _run(self) -> None:
        while not self._done.is_set():
            thread = threading.Thread(target=self._attempt, daemon=True)
            thread.start()
            self._threads.append(thread)
            self._done.wait(self._pause)

    def _attempt(self) -> None:
        begun = time.time()
        try:
            attempt = Attempt(begun, handshake(self.client), None)
        except Exception as e:
            # Whatever fails in it, it is a handshake that failed, and counts as one.
            attempt = Attempt(begun, None, str(e) or type(e).__name__)
        with self._lock:
            self._attempts.append(attempt)


def traceroute(client: str, limit: int = 10) -> list[str]:
    """The routers on the way, by TCP SYNs of growing TTL to the service port; then who answers."""
    hops = []
    for ttl in range(1, limit + 1):
        with netns.entered(client):
            probe = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        with probe:
            probe.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
            probe.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR, linux/in.h
            probe.settimeout(1.0)
            begun = time.monotonic()
            try:
                probe.connect((SERVICE, P2P_PORT))
            except OSError as e:
                where = _offender(probe) if e.errno == errno.EHOSTUNREACH else f"* ({e})"
                hops.append(f"{where}  {1000 * (time.monotonic() - begun):.1f} ms")
                if e.errno == errno.EHOSTUNREACH:
                    continue
                break
            hops.append(f"{SERVICE}  {1000 * (time.monotonic() - begun):.1f} ms")
            break
    return hops


def _offender(probe: socket.socket) -> str:
    """The router that sent the ICMP error (ip(7), IP_RECVERR: sock_extended_err, then its address)."""
    try:
        _, ancillary, _, _ = probe.recvmsg(512, 512, socket.MSG_ERRQUEUE)
    except OSError:
        return "*"
    for level, kind, content in ancillary:
        if level == socket.IPPROTO_IP and kind == 11:
            return socket.inet_ntoa(content[20:24])
    return "*"
