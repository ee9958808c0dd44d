"""The clock of every row: a raw BGP listener in a process of its own."""

import json
import subprocess
import threading
import time
from pathlib import Path

from machine import JAVA, SITE, end, spawn

PORT = 1790
AS = 65000


class Lost(Exception):
    """What was waited for did not come."""


class Ear:
    def __init__(self, classpath: str, log: Path) -> None:
        self._events: list[dict] = []
        self._changed = threading.Condition()
        main = "org.bgpannouncer.testkit.bgp.RouteListener"
        self._process = spawn(
            SITE,
            [*JAVA, "-Xmx256m", "-cp", classpath, main, "127.0.0.1", str(PORT), str(AS)],
            log,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        threading.Thread(target=self._read, daemon=True).start()
        self.wait(lambda e: e["event"] == "listening", 0, 20)

    def _read(self) -> None:
        for line in self._process.stdout:
            event = json.loads(line)
            with self._changed:
                self._events.append(event)
                self._changed.notify_all()

    def position(self) -> int:
        """Where the next event will stand: what is awaited after it is new."""
        with self._changed:
            return len(self._events)

    def since(self, position: int) -> list[dict]:
        with self._changed:
            return self._events[position:]

    def wait(self, wanted, position: int, seconds: float) -> dict:
        """The first event from `position` on that is wanted."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                for event in self._events[position:]:
                    position += 1
                    if wanted(event):
                        return event
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    raise Lost(f"nothing within {seconds} s")

    def wait_established(self, peer: str, position: int, seconds: float = 30) -> None:
        self.wait(lambda e: e["event"] == "established" and e["peer"] == peer, position, seconds)

    def wait_change(
        self, event: str, prefix: str, peer: str, position: int, seconds: float, med: int | None = None
    ) -> int:
        """When a change of a route came off the socket, in nanoseconds."""
        return self.wait(
            lambda e: e["event"] == event
            and e["peer"] == peer
            and e["prefix"] == prefix
            and (med is None or e.get("med") == med),
            position,
            seconds,
        )["nanos"]

    def holds(self, prefix: str, peer: str) -> bool:
        """Whether the route stands now."""
        state = False
        for event in self.since(0):
            if event.get("peer") == peer and (event.get("prefix") == prefix or event["event"] == "ended"):
                state = event["event"] == "announce"
        return state

    def close(self) -> None:
        self._process.stdin.close()
        end(self._process)
