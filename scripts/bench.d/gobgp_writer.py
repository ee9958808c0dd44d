"""Tells GoBGP of many routes at once, by the call that it has for that: AddPathStream of its gRPC API.

Arguments: gobgpd's API, the next hop, and the port to connect to. Each line there is an order:

    announce N | withdraw N   4,000 paths a message, one stream for all of them

and is answered, when GoBGP has taken all, with the CLOCK_MONOTONIC nanoseconds of just before the call.
"""

import socket
import sys
import time

import grpc
from prefixes import prefixes

# gRPC's own limit is 4 MiB a message.
PER_MESSAGE = 4_000
SECONDS = 180


# Debian has no Python classes for GoBGP's messages, and needs none: a protobuf field is its number, the
# kind of its value, and the value (apipb in api/gobgp.proto and api/attribute.proto of GoBGP 3).
def _varint(value: int) -> bytes:
    octets = bytearray()
    while value > 0x7F:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    octets.append(value)
    return bytes(octets)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _octets(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _any(name: str, value: bytes) -> bytes:
    return _octets(1, f"type.googleapis.com/apipb.{name}".encode()) + _octets(2, value)


def path(verb: str, prefix: str, next_hop: str) -> bytes:
    """A Path of IPv4 unicast with ORIGIN IGP and this next hop."""
    network, length = prefix.split("/")
    nlri = _number(1, int(length)) + _octets(2, network.encode())
    return b"".join(
        [
            _octets(1, _any("IPAddressPrefix", nlri)),
            _octets(2, _any("OriginAttribute", _number(1, 0))),
            _octets(2, _any("NextHopAttribute", _octets(1, next_hop.encode()))),
            _number(5, int(verb == "withdraw")),
            _octets(9, _number(1, 1) + _number(2, 1)),
        ]
    )


def messages(verb: str, count: int, next_hop: str) -> list[bytes]:
    """AddPathStreamRequests for the global table."""
    paths = [_octets(3, path(verb, prefix, next_hop)) for prefix in prefixes(count)]
    return [b"".join(paths[i : i + PER_MESSAGE]) for i in range(0, count, PER_MESSAGE)]


def main(api: str, next_hop: str, port: str) -> None:
    channel = grpc.insecure_channel(api, options=[("grpc.enable_http_proxy", 0)])
    grpc.channel_ready_future(channel).result(timeout=SECONDS)
    add = channel.stream_unary("/apipb.GobgpApi/AddPathStream")
    control = socket.create_connection(("127.0.0.1", int(port)))
    control.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    control.sendall(b"ready\n")
    for order in control.makefile("r"):
        verb, count = order.split()
        wish = messages(verb, int(count), next_hop)
        begun = time.monotonic_ns()
        add(iter(wish), timeout=SECONDS)
        control.sendall(b"%d\n" % begun)


if __name__ == "__main__":
    main(*sys.argv[1:])
