"""Jazzer, one decoder after the other, and what it has learned."""

import hashlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from process import Failed, Result, class_path, running, say

# Of the machine's memory and time a fuzzer takes what nobody else needs.
NICE = ["nice", "-n", "19"]
JAVA = ["java", "-Xmx700m", "-XX:+UseSerialGC"]
INSTRUMENTED = "org.bgpannouncer.**"
# A conversation with BIRD; longer inputs say little more, and are read byte by byte too.
MAX_BYTES = 3000
ONE_INPUT_SECONDS = 60
# How many different failures end a run.
FINDINGS = 5
METHOD = re.compile(r"@FuzzTest\b[^{;]*?\bvoid (\w+)\(")
KEPT = "found-"


class Unknown(Exception):
    """There is no such target."""


@dataclass(frozen=True)
class Target:
    """One fuzz test."""

    root: Path
    module: str
    test_class: str
    method: str

    @property
    def name(self) -> str:
        return self.test_class.rpartition(".")[2].removesuffix("FuzzTest")

    @property
    def inputs(self) -> Path:
        """Where Jazzer looks for the seeds in every test run."""
        folder = self.test_class.replace(".", "/") + "Inputs"
        return self.root / self.module / "src/test/resources" / folder / self.method

    def seeds(self) -> list[Path]:
        return sorted(self.inputs.iterdir()) if self.inputs.is_dir() else []

    @property
    def home(self) -> Path:
        return self.root / ".soak/fuzz" / self.name


def targets(root: Path) -> list[Target]:
    """Every fuzz test of the tree, by name."""
    found = []
    for source in root.glob("**/src/test/java/**/*FuzzTest.java"):
        module, _, inside = str(source.relative_to(root)).partition("/src/test/java/")
        method = METHOD.search(source.read_text())
        if method:
            name = inside.removesuffix(".java").replace("/", ".")
            found.append(Target(root, module, name, method[1]))
    return sorted(found, key=lambda target: target.name)


def choose(known: list[Target], names: list[str]) -> list[Target]:
    by_name = {target.name: target for target in known}
    for name in names:
        if name not in by_name:
            raise Unknown(f"{name}: no such target (expected: one of {', '.join(by_name)})")
    return [by_name[name] for name in names] or known


def run(root: Path, chosen: list[Target], minutes: float, keep: bool) -> list[Result]:
    paths = {module: class_path(root, module) for module in sorted({t.module for t in chosen})}
    return [_one(target, paths[target.module], minutes, keep) for target in chosen]


def _one(target: Target, path: str, minutes: float, keep: bool) -> Result:
    corpus, findings = target.home / "corpus", target.home / "findings"
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    before = set(findings.iterdir())
    log = target.home / "log"
    log.unlink(missing_ok=True)
    say(f"{target.name}: {len(target.seeds())} seeds, {minutes:g} min (log: {log})")
    options = [
        f"--keep_going={FINDINGS}",
        f"-artifact_prefix={findings}/",
        f"-timeout={ONE_INPUT_SECONDS}",
        f"-max_len={MAX_BYTES}",
        f"-max_total_time={round(60 * minutes)}",
        "-print_final_stats=1",
    ]
    code = _jazzer(target, path, log, [*options, corpus, *_folder(target.inputs)])
    runs, edges = _statistics(log.read_text(errors="replace"))
    if runs is None:
        raise Failed(f"{target.name}: did not run, status {code} (expected: see {log})")
    new = sorted(set(findings.iterdir()) - before)
    for finding in new:
        say(f"{target.name}: FOUND {finding}")
    kept = f", {_keep(target, path)} seeds kept" if keep and not new else ""
    return Result(
        f"fuzz {target.name}",
        minutes,
        f"{runs:,} executions, {edges} edges, {len(list(corpus.iterdir()))} inputs{kept}",
        ", ".join(finding.name for finding in new),
    )


def _jazzer(target: Target, path: str, log: Path, arguments: list) -> int:
    command = [*NICE, *JAVA, "-cp", path, "com.code_intelligence.jazzer.Jazzer"]
    command += [f"--target_class={target.test_class}", f"--target_method={target.method}"]
    command += [f"--instrumentation_includes={INSTRUMENTED}", "-rss_limit_mb=2500"]
    # Jazzer leaves files where it runs.
    with running([*command, *arguments], log, cwd=target.home) as process:
        return process.wait()


def _folder(path: Path) -> list[Path]:
    return [path] if path.is_dir() else []


def _statistics(log: str) -> tuple[int | None, int]:
    """Executions and edges; the last ones told, for each finding tells too."""
    runs = re.findall(r"^stat::number_of_executed_units: (\d+)", log, re.M)
    edges = re.findall(r" cov: (\d+) ", log)
    return (int(runs[-1]) if runs else None), (int(edges[-1]) if edges else 0)


def _keep(target: Target, path: str) -> int:
    """Adds to the seeds what reaches code that the named ones do not; returns how many there are."""
    merged = target.home / "merged"
    shutil.rmtree(merged, ignore_errors=True)
    merged.mkdir()
    named = [seed for seed in target.seeds() if not seed.name.startswith(KEPT)]
    for seed in named:
        shutil.copy(seed, merged)
    log = target.home / "merge.log"
    log.unlink(missing_ok=True)
    # Whether a line is reached counts, not how often: that keeps the repository small.
    options = ["-merge=1", "-use_counters=0", merged, target.home / "corpus"]
    if _jazzer(target, path, log, [*options, *_folder(target.inputs)]) != 0:
        raise Failed(f"{target.name}: not merged (expected: see {log})")
    target.inputs.mkdir(parents=True, exist_ok=True)
    for seed in target.inputs.glob(f"{KEPT}*"):
        seed.unlink()
    names = {seed.name for seed in named}
    for found in merged.iterdir():
        if found.name not in names:
            digest = hashlib.sha1(found.read_bytes()).hexdigest()[:10]
            shutil.copy(found, target.inputs / f"{KEPT}{digest}")
    shutil.rmtree(merged)
    return len(target.seeds())
