"""What a row of the table is, and how it is printed."""

import json
import math
import statistics
from dataclasses import dataclass, field


@dataclass
class Row:
    """Samples in milliseconds. What did not come in time is counted, never dropped."""

    case: str
    detail: str = ""
    aim: str = ""
    samples: list[float] = field(default_factory=list)
    lost: int = 0
    cpu_ms_per_s: float | None = None
    # What was done where no time is the result.
    rounds: int = 0
    # More fields of the JSON object, and of the table's last column.
    extra: dict = field(default_factory=dict)

    @property
    def n(self) -> int:
        return len(self.samples) + self.lost + self.rounds

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
