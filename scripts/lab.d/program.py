"""Which program the lab's Bitcoin nodes are, and what its site files have to know of it."""

from topology import STATE

USER = "lab"
PASSWORD = "lab"  # in a namespace without a way in
ZMQ_PORT = 28332


def kind() -> str:
    return "bitcoind" if bitcoind() else "bcoin"


def bitcoind() -> str | None:
    """The path given to `lab up --bitcoind`, kept for the commands after it."""
    record = STATE / "bitcoind"
    return record.read_text().strip() if record.exists() else None
