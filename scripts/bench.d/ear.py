"""The clock of every row: a raw BGP listener in a process of its own."""

import json
import os
import subprocess
import threading
import time
from pathlib import Path

from machine import JAVA, SITE, end, spawn
from rows import Lost

PORT = 1790
AS = 65000

# How long what came is left alone before more is read: a burst of ten thousand lines wakes the harness
# some hundred times and not for each of them. The ear has set the time of every line long before.
READ_PAUSE_SECONDS = 0.01


class Ear:
    """Collects the ear's lines, and reads them only when somebody asks: two cores are few, and while
    something is measured they belong to it."""

    # A line for each route that changes.
    DETAIL = "routes"

    def __init__(self, classpath: str, log: Path) -> None:
        self._changed = threading.Condition()
        # In order: those forgotten, those read, those as they came.
        self._forgotten = 0
        self._events: list[dict] = []
        self._lines: list[bytes] = []
        self._held: dict[str, set[str]] = {}
        self._gone = False
        main = "org.bgpannouncer.testkit.bgp.RouteListener"
        arguments = ["127.0.0.1", str(PORT), str(AS), self.DETAIL]
        self._process = spawn(
            SITE,
            [*JAVA, "-Xmx256m", "-cp", classpath, main, *arguments],
            log,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pipesize=1 << 20,
        )
        threading.Thread(target=self._collect, daemon=True).start()
        self.wait(lambda e: e["event"] == "listening", 0, 20)

    def _collect(self) -> None:
        pipe = self._process.stdout.fileno()
        rest = b""
        while chunk := os.read(pipe, 1 << 20):
            *lines, rest = (rest + chunk).split(b"\n")
            with self._changed:
                self._lines += lines
                self._changed.notify_all()
            time.sleep(READ_PAUSE_SECONDS)
        with self._changed:
            self._gone = True
            self._changed.notify_all()

    def _read(self) -> None:
        for line in self._lines:
            event = json.loads(line)
            self._events.append(event)
            held = self._held.setdefault(event.get("peer", ""), set())
            if event["event"] == "announce":
                held.add(event["prefix"])
            elif event["event"] == "withdraw":
                held.discard(event["prefix"])
            elif event["event"] == "ended":
                held.clear()
        self._lines.clear()

    def position(self) -> int:
        """Where the next event will stand: what is awaited after it is new."""
        with self._changed:
            return self._forgotten + len(self._events) + len(self._lines)

    def since(self, position: int) -> list[dict]:
        with self._changed:
            self._read()
            return self._events[max(0, position - self._forgotten) :]

    def forget(self) -> None:
        """Frees what came until now; for rows that hear hundreds of thousands of events, and run alone."""
        with self._changed:
            self._read()
            self._forgotten += len(self._events)
            self._events.clear()

    def wait(self, wanted, position: int, seconds: float, at_least: int = 1) -> dict:
        """The first event from `position` on that is wanted; nothing is read before `at_least` came."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                if self.position() - position >= at_least:
                    for event in self.since(position):
                        position += 1
                        if wanted(event):
                            return event
                    at_least = 1
                left = deadline - time.monotonic()
                if self._gone or left <= 0 or not self._changed.wait(left):
                    raise Lost("the ear is gone" if self._gone else f"nothing within {seconds:.0f} s")

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

    def wait_held(self, prefix: str, peer: str, seconds: float) -> None:
        """Returns at once where the route stands already."""
        position = self.position()
        if not self.holds(prefix, peer):
            self.wait_change("announce", prefix, peer, position, seconds)

    def held(self, peer: str) -> set[str]:
        """The prefixes that stand now."""
        with self._changed:
            self._read()
            return set(self._held.get(peer, ()))

    def holds(self, prefix: str, peer: str) -> bool:
        return prefix in self.held(peer)

    def close(self) -> None:
        self._process.stdin.close()
        end(self._process)


class CountingEar(Ear):
    """Hears how many routes each UPDATE changes, and not which: cheaper than what it listens to."""

    DETAIL = "counts"

    def wait_counted(self, event: str, peer: str, count: int, position: int, seconds: float) -> int:
        """When so many had been announced or withdrawn, in nanoseconds."""
        heard = 0

        def is_last(e: dict) -> bool:
            nonlocal heard
            if e["event"] == "update" and e["peer"] == peer:
                heard += e[event]
            return heard >= count

        return self.wait(is_last, position, seconds)["nanos"]
