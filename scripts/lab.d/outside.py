"""The machine outside the lab, before and after: the lab must change nothing of it."""

import contextlib
import json
import os
import re
import subprocess
from pathlib import Path

import netns
from topology import OWNER, PREFIX, STATE

_COMMANDS = {
    "addresses": ["ip", "-j", "addr", "show"],
    "routes": ["ip", "-j", "route", "show", "table", "all"],
    "IPv6 routes": ["ip", "-j", "-6", "route", "show", "table", "all"],
    "rules": ["ip", "-j", "rule", "show"],
    "IPv6 rules": ["ip", "-j", "-6", "rule", "show"],
    "nft": ["nft", "list", "ruleset"],
}
# Where a program of the lab could leave a file, and what its name would hold. Others change these
# folders too, so only such names count; in /etc every file does.
_FOLDERS = ("/run", "/tmp", "/var/lib", "/var/log", "/var/tmp")
_OURS = re.compile("announcer|bcoin|bird|bitcoin|exabgp|netty|" + re.escape(PREFIX))
_LIFETIMES = ("valid_life_time", "preferred_life_time", "expires")


Snapshot = dict[str, frozenset[str]]


def snapshot() -> Snapshot:
    taken = {what: [_output(command)] for what, command in _COMMANDS.items()}
    taken["files of /etc"] = _etc()
    taken["files of ours elsewhere"] = _leftovers()
    taken["lab owner"] = [str(OWNER)] if OWNER.exists() else []
    taken["lab namespaces"] = netns.existing()
    taken["lab processes"] = _lab_processes()
    return {what: frozenset(lines) for what, lines in taken.items()}


# What is there while a lab is up.
LAB = ("lab owner", "lab namespaces", "lab processes")


def differences(before: Snapshot, after: Snapshot, ignore=()) -> list[str]:
    return [
        f"{what}:\n    gone: {sorted(before[what] - after[what])}"
        f"\n    new:  {sorted(after[what] - before[what])}"
        for what in before
        if what not in ignore and before[what] != after[what]
    ]


def _output(command: list[str]) -> str:
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "-j" not in command:
        return text
    return json.dumps(_without_lifetimes(json.loads(text or "[]")), sort_keys=True)


def _without_lifetimes(value):
    match value:
        case dict():
            return {k: _without_lifetimes(v) for k, v in value.items() if k not in _LIFETIMES}
        case list():
            return [_without_lifetimes(v) for v in value]
    return value


def _etc() -> list[str]:
    """Every file there with its size and the time of its last change."""
    found = []
    for folder, _, names in os.walk("/etc"):
        for name in names:
            path = os.path.join(folder, name)
            with contextlib.suppress(FileNotFoundError):
                seen = os.lstat(path)
                found.append(f"{path}:{seen.st_size}:{seen.st_mtime_ns}")
    return found


def _leftovers() -> list[str]:
    return [
        str(entry)
        for folder in (*map(Path, _FOLDERS), Path.home())
        if folder.is_dir()
        for entry in folder.iterdir()
        if _OURS.search(entry.name) and entry != OWNER
    ]


def _lab_processes() -> list[str]:
    """Processes that work in the state folder or name it, but for this one and its ancestors."""
    mine = set()
    pid = os.getpid()
    while pid > 1:
        mine.add(pid)
        pid = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) in mine:
            continue
        try:
            home = os.readlink(entry / "cwd")
            command = (entry / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
        except OSError:
            continue
        if f"{home}/".startswith(f"{STATE}/") or f"{STATE}/" in command:
            found.append(f"{entry.name}: {command}")
    return found
