"""What a row of the table is, how its samples are counted, and how it is printed."""

import contextlib
import json
import math
import statistics
import sys
from dataclasses import dataclass, field

# What was lost so often in a row does not come any more: the time is left to the other rows.
HOPELESS = 3


class Lost(Exception):
    """What was waited for did not come."""


@dataclass
class Row:
    """Samples in milliseconds. What did not come in time is counted, never dropped."""

    case: str
    detail: str = ""
    aim: str = ""
    # How many samples are wanted: those that are not taken at the end are lost.
    wanted: int = 1
    samples: list[float] = field(default_factory=list)
    lost: int = 0
    cpu_ms_per_s: float | None = None
    # What was done where no time is the result.
    rounds: int = 0
    # More fields of the JSON object, and of the table's last column.
    extra: dict = field(default_factory=dict)
    _lost_in_a_row: int = 0

    @property
    def n(self) -> int:
        return len(self.samples) + self.lost + self.rounds

    @property
    def due(self) -> bool:
        """Whether another sample is wanted, and may come."""
        return self.n < self.wanted and self._lost_in_a_row < HOPELESS

    def take(self, milliseconds: float) -> None:
        self.samples.append(milliseconds)
        self._lost_in_a_row = 0

    def lose(self) -> None:
        if self.n < self.wanted:
            self.lost += 1
            self._lost_in_a_row += 1

    def give_up(self) -> None:
        """Counts what is still wanted as lost."""
        self.lost += max(0, self.wanted - self.n)

    def median(self) -> float | None:
        return statistics.median(self.samples) if self.samples else None

    def p95(self) -> float | None:
        """The nearest rank: a value that was measured."""
        ordered = sorted(self.samples)
        return ordered[math.ceil(0.95 * len(ordered)) - 1] if ordered else None

    def max(self) -> float | None:
        return max(self.samples, default=None)

    def json(self) -> dict:
        figures = {
            "median_ms": self.median(),
            "p95_ms": self.p95(),
            "max_ms": self.max(),
            "cpu_ms_per_s": self.cpu_ms_per_s,
        }
        rounded = {k: None if v is None else round(v, 3) for k, v in figures.items()}
        named = {"detail": self.detail} if self.detail else {}
        return {"case": self.case, "n": self.n, **rounded, "lost": self.lost, **named, **self.extra}


@contextlib.contextmanager
def losing(*rows: Row):
    """A sample of each of these rows: when what it waits for does not come, or a process or connection
    that it needs is gone, it is lost."""
    try:
        yield
    except (Lost, OSError) as e:
        for row in rows:
            print(f"{row.case}: lost: {e}", file=sys.stderr, flush=True)
            row.lose()


@contextlib.contextmanager
def part(*rows: Row):
    """A set-up, or all of a row: what fails in it costs these rows what they still want, and no others."""
    try:
        yield
    except Exception as e:
        for row in rows:
            print(f"{row.case}: given up: {type(e).__name__}: {e}", file=sys.stderr, flush=True)
            row.give_up()


def to_json(rows: list[Row]) -> str:
    return "[\n  " + ",\n  ".join(json.dumps(row.json()) for row in rows) + "\n]"


def to_table(rows: list[Row]) -> str:
    """Markdown, readable as it is."""
    head = ["case", "n", "median ms", "p95 ms", "max ms", "CPU ms/s", "lost", "aim", ""]
    body = [
        [
            f"{row.case} {row.detail}".strip(),
            str(row.n),
            *(_figure(v) for v in (row.median(), row.p95(), row.max(), row.cpu_ms_per_s)),
            str(row.lost),
            row.aim,
            ", ".join(f"{k} {v}" for k, v in row.extra.items()),
        ]
        for row in rows
    ]
    widths = [max(len(line[i]) for line in [head, *body]) for i in range(len(head))]
    rule = ["-" * width for width in widths]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |"
        for line in [head, rule, *body]
    )


def _figure(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 1000 else f"{value:.2f}"
