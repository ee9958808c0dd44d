"""A table of IPv4 routes as an MRT file (RFC 6396), which is how GoBGP takes many at once."""

import ipaddress
import struct

TABLE_DUMP_V2 = 13
PEER_INDEX_TABLE = 1
RIB_IPV4_UNICAST = 2


def table(prefixes: list[str], next_hop: str, router_id: str) -> bytes:
    """One path per prefix, ORIGIN IGP, an empty AS_PATH, and this next hop."""
    return b"".join([_peer_index(router_id), *_routes(prefixes, next_hop)])


def _record(subtype: int, body: bytes) -> bytes:
    return struct.pack("!IHHI", 0, TABLE_DUMP_V2, subtype, len(body)) + body


def _peer_index(router_id: str) -> bytes:
    collector = ipaddress.IPv4Address(router_id).packed
    # Type 2: an IPv4 peer with an AS number of four octets; collector, no name, one peer.
    peer = struct.pack("!B4s4sI", 2, collector, collector, 64496)
    return _record(PEER_INDEX_TABLE, collector + struct.pack("!HH", 0, 1) + peer)


def _routes(prefixes: list[str], next_hop: str):
    origin = b"\x40\x01\x01\x00"
    as_path = b"\x40\x02\x00"
    hop = b"\x40\x03\x04" + ipaddress.IPv4Address(next_hop).packed
    attributes = origin + as_path + hop
    entry = struct.pack("!HHIH", 1, 0, 0, len(attributes)) + attributes
    for sequence, prefix in enumerate(prefixes):
        network, length = prefix.split("/")
        octets = ipaddress.IPv4Address(network).packed[: (int(length) + 7) // 8]
        yield _record(
            RIB_IPV4_UNICAST, struct.pack("!IB", sequence, int(length)) + octets + entry
        )
