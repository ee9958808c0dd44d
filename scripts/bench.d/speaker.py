"""bench speaker: see scripts/bench for its use."""

import contextlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import machine
import mrt
import runner
from bench import build
from ear import AS, PORT, CountingEar
from machine import SITE, end, rss_mb, spawn
from prefixes import prefixes
from rows import Lost, Row, losing, part
from speakers import OUR_AS, EmbeddedSpeaker, Told, route_writer

EMBEDDED = "embedded"
PLAIN = "exabgp-plain"
BULK = "exabgp-bulk"
GOBGP = "gobgp"
SPEAKERS = {
    EMBEDDED: "our own speaker",
    PLAIN: "ExaBGP, a command per prefix",
    BULK: "ExaBGP, 48 prefixes a command, one command at a time",
    GOBGP: "GoBGP, `gobgp mrt inject` and `gobgp global rib del all`",
}
VERBS = ("announce", "withdraw")
CASES = {
    f"{verb}/{speaker}": f"the wish to {verb} 1 to 100,000 prefixes to the last UPDATE at a raw peer: {what}"
    for speaker, what in SPEAKERS.items()
    for verb in VERBS
}
SIZES = (1, 100, 1_000, 10_000, 100_000)
LARGEST = 100_000
# A command per prefix takes minutes for the largest.
SIZES_OF = {PLAIN: SIZES[:-1]}
SAMPLES = 10
SAMPLES_OF_LARGEST = 3
# Everybody's first large wish pays for what is paid for once.
WARM_UP = (1, 1_000, 1_000)
SECONDS = 180
SETTINGS = "Clock: receipt at a raw BGP listener; the wish is handed over in memory, by pipe or by command."


class Wished:
    """Somebody who announces and withdraws so many prefixes, each given by name."""

    def __init__(self, told: Told | EmbeddedSpeaker, form: str) -> None:
        self._told = told
        self._form = form
        self.peer = told.peer
        self.pid = told.process.pid
        self.close = told.close

    def wish(self, verb: str, count: int) -> int:
        return self._told.tell(f"{self._form}{verb} {count}")


class GoBgp:
    """gobgpd, told by its own command."""

    peer = "127.0.1.7"

    def __init__(self, home: Path, ear: CountingEar) -> None:
        self._home = home / GOBGP
        self._home.mkdir()
        config = self._home / "gobgpd.toml"
        config.write_text(
            f'[global.config]\n  as = {OUR_AS}\n  router-id = "192.0.2.7"\n  port = -1\n'
            "[[neighbors]]\n"
            f'  [neighbors.config]\n    neighbor-address = "127.0.0.1"\n    peer-as = {AS}\n'
            "  [neighbors.timers.config]\n    connect-retry = 1\n    idle-hold-time-after-reset = 1\n"
            f'  [neighbors.transport.config]\n    local-address = "{self.peer}"\n    remote-port = {PORT}\n'
        )
        position = ear.position()
        self._process = spawn(
            SITE, ["gobgpd", "-f", config, "--log-level", "warn"], self._home / "log"
        )
        self.pid = self._process.pid
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(self.close)
            ear.wait_established(self.peer, position, 60)
            on_failure.pop_all()

    def wish(self, verb: str, count: int) -> int:
        if verb == "announce":
            file = self._home / f"{count}.mrt"
            if not file.exists():
                file.write_bytes(mrt.table(prefixes(count), self.peer, "192.0.2.7"))
            command = ["gobgp", "mrt", "inject", "global", str(file)]
        else:
            command = ["gobgp", "global", "rib", "del", "all"]
        begun = time.monotonic_ns()
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        if done.returncode != 0:
            raise Lost(f"{' '.join(command)}: {done.stdout}{done.stderr}")
        return begun

    def close(self) -> None:
        end(self._process)


def _open(speaker: str, home: Path, ear: CountingEar, root: Path, classpath: str):
    if speaker == EMBEDDED:
        return Wished(EmbeddedSpeaker(home, root, classpath), "")
    if speaker == GOBGP:
        return GoBgp(home, ear)
    number, form = {PLAIN: (3, "plain "), BULK: (4, "bulk ")}[speaker]
    return Wished(route_writer(home, ear, number, speaker), form)


def _sample(ear: CountingEar, wished, verb: str, count: int) -> float:
    """From the wish to the last UPDATE, in milliseconds."""
    position = ear.position()
    begun = wished.wish(verb, count)
    return (ear.wait_counted(verb, wished.peer, count, position, SECONDS) - begun) / 1e6


def _measure(speaker: str, rows: dict[tuple[str, int], Row], ear: CountingEar, wished) -> None:
    for count in WARM_UP:
        for verb in VERBS:
            _sample(ear, wished, verb, count)
    for count in SIZES_OF.get(speaker, SIZES):
        mine = {verb: rows[verb, count] for verb in VERBS if (verb, count) in rows}
        while any(row.due for row in mine.values()):
            runner.say(f"{speaker}: {count} prefixes, {1 + min(row.n for row in mine.values())}")
            with losing(*mine.values()):
                figures = {verb: _sample(ear, wished, verb, count) for verb in VERBS}
                for verb, row in mine.items():
                    row.take(figures[verb])
            ear.forget()
        if count == LARGEST and speaker == EMBEDDED:
            for row in mine.values():
                row.extra["rss_mb"] = round(rss_mb(wished.pid))


def measure(root: Path, wanted: set[str], samples: int | None) -> list[Row]:
    home = Path(tempfile.mkdtemp(prefix="bench-"))
    runner.say("building")
    classpath = build(root)
    rows: list[Row] = []
    with contextlib.closing(CountingEar(classpath, home / "ear.log")) as ear:
        for speaker in SPEAKERS:
            mine = {}
            for verb in VERBS:
                for count in SIZES_OF.get(speaker, SIZES):
                    if f"{verb}/{speaker}" in wanted:
                        n = samples or (SAMPLES_OF_LARGEST if count == LARGEST else SAMPLES)
                        row = Row(f"{verb}/{speaker}", f"{count} prefixes", "", n)
                        row.extra["prefixes"] = count
                        mine[verb, count] = row
            rows += mine.values()
            if mine:
                with part(*mine.values()):
                    with contextlib.closing(_open(speaker, home, ear, root, classpath)) as wished:
                        _measure(speaker, mine, ear, wished)
    runner.keep_or_remove(home, rows)
    return rows


if __name__ == "__main__":
    sys.exit(runner.main("speaker", CASES, measure, lambda: SETTINGS, nodes=0))
