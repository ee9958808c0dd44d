"""The lab's processes: each in a namespace, with a log and a record of its process id."""

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import netns
from failure import LabError
from topology import STATE


def folder(name: str) -> Path:
    path = STATE / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def start(name: str, namespace: str, command: list, env: dict | None = None) -> int:
    """Starts the command in the namespace, detached from this terminal; its output goes to a log."""
    home = folder(name)
    with open(home / "log", "ab") as log:
        # `ip netns exec` becomes the command: the process id is the command's own.
        child = subprocess.Popen(
            ["ip", "netns", "exec", netns.name(namespace), *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=home,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
    remember(_record(name), child.pid)
    return child.pid


def remember(record: Path, number: int) -> None:
    record.write_text(json.dumps({"pid": number, "born": _born(number)}))


def pid(name: str) -> int | None:
    return recorded(_record(name))


def recorded(file: Path) -> int | None:
    """The process id while it lives: the same number with another birthday is somebody else's."""
    try:
        record = json.loads(file.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return record["pid"] if _born(record["pid"]) == record["born"] else None


def state(name: str) -> str:
    """running, stopped (SIGSTOP) or dead."""
    found = pid(name)
    if found is None:
        return "dead"
    return "stopped" if _stat(found)[0] in "Tt" else "running"


def send(name: str, number: signal.Signals) -> float:
    """Signals it; answers the wall-clock time just before, the zero of what is measured after."""
    found = pid(name)
    if found is None:
        raise LabError(f"{name}: dead (expected: running)")
    before = time.time()
    os.kill(found, number)
    return before


def stop(name: str, patience: float = 5.0) -> None:
    found = pid(name)
    if found is None:
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(found, number)
            os.kill(found, signal.SIGCONT)
        if until(lambda: pid(name) is None, patience):
            return


def descendant(ancestor: int, command: str) -> int | None:
    """The first process below `ancestor` whose command name is `command`."""
    for child in _children(ancestor):
        if _name(child) == command:
            return child
        below = descendant(child, command)
        if below is not None:
            return below
    return None


def until(condition, patience: float, pause: float = 0.02) -> bool:
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def _record(name: str) -> Path:
    # Whoever only looks makes no folder: `up` may be clearing them away.
    return STATE / name / "pid"


def _stat(number: int) -> list[str]:
    try:
        text = Path(f"/proc/{number}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ["X"]
    # proc(5): the command name in parentheses may hold anything, so count from the last one.
    return text[text.rindex(")") + 2 :].split()


def _born(number: int) -> str | None:
    fields = _stat(number)
    return None if fields[0] in "XZ" else fields[19]


def _name(number: int) -> str:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{number}/comm").read_text().strip()
    return ""


def _children(number: int) -> list[int]:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return [
            int(child)
            for task in Path(f"/proc/{number}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    return []
