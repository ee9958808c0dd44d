"""Processes that end with us, and the class path they run with."""

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

END_SECONDS = 10.0


class Failed(Exception):
    """What everything else needs did not come about."""


@dataclass
class Result:
    """One line of the table."""

    what: str
    minutes: float
    done: str
    found: str = ""

    def row(self) -> str:
        return f"| {self.what} | {self.minutes:g} | {self.done} | {self.found or 'nothing'} |"


def say(text: str) -> None:
    print(f"soak: {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def running(command: list, log: Path, **options):
    """A process in a group of its own, which is gone when the block is left, however it is left."""
    with log.open("ab") as output:
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", output)
        process = subprocess.Popen(
            [str(word) for word in command], stderr=output, start_new_session=True, **options
        )
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(END_SECONDS)
            return


def class_path(root: Path, module: str) -> str:
    """Compiles a module and its tests, and what they need; the class path to run them."""
    folder = root / module
    output = folder / "target/soak.classpath"
    maven = ["mvn", "-q", "-B", "-pl", module, "-am", "test-compile"]
    maven += ["dependency:build-classpath", "-Dmdep.outputFile=target/soak.classpath"]
    maven += ["-Dmdep.includeScope=test"]
    # Offline when the local repository has everything; the network otherwise.
    if subprocess.run([*maven, "-o"], check=False, cwd=root, capture_output=True).returncode != 0:
        say(f"building {module}")
        if subprocess.run(maven, check=False, cwd=root, stdout=sys.stderr).returncode != 0:
            raise Failed(f"build of {module}: failed (expected: see above)")
    return f"{folder}/target/test-classes:{folder}/target/classes:{output.read_text().strip()}"
