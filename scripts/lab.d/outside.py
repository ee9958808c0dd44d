"""The machine outside the lab, before and after: the lab must change nothing of it."""

import json
import os
import subprocess
from pathlib import Path

import netns
from topology import STATE

_COMMANDS = {
    "addresses": ["ip", "-j", "addr", "show"],
    "routes": ["ip", "-j", "route", "show", "table", "all"],
    "IPv6 routes": ["ip", "-j", "-6", "route", "show", "table", "all"],
    "rules": ["ip", "-j", "rule", "show"],
    "IPv6 rules": ["ip", "-j", "-6", "rule", "show"],
    "nft": ["nft", "list", "ruleset"],
}
_LIFETIMES = ("valid_life_time", "preferred_life_time", "expires")


def snapshot() -> dict[str, str]:
    taken = {what: _output(command) for what, command in _COMMANDS.items()}
    taken["lab namespaces"] = " ".join(netns.existing())
    taken["lab processes"] = " ".join(_lab_processes())
    return taken


def differences(before: dict[str, str], after: dict[str, str], ignore=()) -> list[str]:
    return [
        f"{what}:\n    before: {before[what]}\n    after:  {after[what]}"
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
