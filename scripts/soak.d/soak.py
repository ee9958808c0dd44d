"""What scripts/soak does: reads its arguments, builds, runs, prints one table."""

import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

import fuzz
import hold
from process import Failed, say

USAGE = "usage: scripts/soak [fuzz [TARGET...] [--minutes N] [--keep]] [hold [--minutes N]] [--list]"
DEFAULT_MINUTES = 10.0


class Usage(Exception):
    """What was asked for makes no sense."""


@dataclass
class Asked:
    fuzz: bool = False
    hold: bool = False
    targets: list[str] = field(default_factory=list)
    fuzz_minutes: float = DEFAULT_MINUTES
    hold_minutes: float = DEFAULT_MINUTES
    keep: bool = False
    listing: bool = False


def parse(arguments: list[str]) -> Asked:
    """An option belongs to the word it stands behind; before the first one it is for both."""
    asked = Asked()
    part = ""
    words = iter(arguments)
    for word in words:
        if word in ("fuzz", "hold"):
            part = word
            setattr(asked, word, True)
        elif word == "--minutes":
            minutes = _minutes(next(words, ""))
            if part != "hold":
                asked.fuzz_minutes = minutes
            if part != "fuzz":
                asked.hold_minutes = minutes
        elif word == "--keep" and part != "hold":
            asked.keep = True
        elif word == "--list":
            asked.listing = True
        elif part == "fuzz" and not word.startswith("-"):
            asked.targets.append(word)
        else:
            raise Usage(f"{word} (expected: fuzz, hold, --minutes N, --keep or --list)")
    if not asked.fuzz and not asked.hold:
        asked.fuzz = asked.hold = True
    return asked


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0
    if not 0 < minutes <= 7 * 24 * 60:
        raise Usage(f"--minutes: {text or 'nothing'} (expected: a number of minutes, up to a week)")
    return minutes


def main(root: Path, arguments: list[str]) -> int:
    try:
        asked = parse(arguments)
        targets = fuzz.choose(fuzz.targets(root), asked.targets)
    except (Usage, fuzz.Unknown) as e:
        print(f"soak: {e}\n{USAGE}", file=sys.stderr)
        return 64
    if asked.listing:
        for target in targets:
            print(f"{target.name:18} {len(target.seeds()):4} seeds  {target.module}")
        return 0
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupted)
    results = []
    try:
        if asked.fuzz:
            results += fuzz.run(root, targets, asked.fuzz_minutes, asked.keep)
        if asked.hold:
            results.append(hold.run(root, asked.hold_minutes))
    except Failed as e:
        say(str(e))
        return 70
    except KeyboardInterrupt:
        say("interrupted")
        return 1
    finally:
        if results:
            print("| what | minutes | done | found |\n|---|---|---|---|")
            for result in results:
                print(result.row())
    return 1 if any(result.found for result in results) else 0


def _interrupted(*_):
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
