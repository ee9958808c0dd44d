"""bench speaker: see scripts/bench for its use."""

import contextlib
import sys
import tempfile
from pathlib import Path

import runner
from bench import build
from ear import CountingEar
from machine import rss_mb
from rows import Row, losing, part
from speakers import EmbeddedSpeaker, GoBgp, Told, route_writer

EMBEDDED = "embedded"
PLAIN = "exabgp-plain"
BULK = "exabgp-bulk"
GOBGP = "gobgp"
SPEAKERS = {
    EMBEDDED: "our own speaker",
    PLAIN: "ExaBGP, a command per prefix",
    BULK: "ExaBGP, 48 prefixes a command, one command at a time",
    GOBGP: "GoBGP, its call AddPathStream",
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
# What is paid for once, everybody has paid: our daemon rehearses, the others have run for a while.
WARM_UP = (*(300 * (1,)), 1_000, 1_000)
SECONDS = 180
SETTINGS = "Clock: receipt at a raw BGP listener; the wish is handed over in memory, by ExaBGP's pipe, with its reactor's speed as it comes, or by GoBGP's gRPC."


class Wished:
    """Somebody who announces and withdraws so many prefixes, each given by name."""

    def __init__(self, told: Told | EmbeddedSpeaker | GoBgp, form: str) -> None:
        self._told = told
        self._form = form
        self.peer = told.peer
        self.pid = told.process.pid
        self.close = told.close

    def wish(self, verb: str, count: int) -> int:
        return self._told.tell(f"{self._form}{verb} {count}")


def _open(speaker: str, home: Path, ear: CountingEar, root: Path, classpath: str):
    if speaker == EMBEDDED:
        return Wished(EmbeddedSpeaker(home, root, classpath), "")
    if speaker == GOBGP:
        return Wished(GoBgp(home, ear), "")
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
                        row = Row(f"{verb}/{speaker}", f"{count} prefixes", "", samples or SAMPLES)
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
