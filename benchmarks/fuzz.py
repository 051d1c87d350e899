"""Coverage-guided fuzzing of every entry for outside data: `python -m benchmarks.fuzz [OPTION...] [TARGET...]`.

The targets are those of tests/fuzz/targets.py, the time is shared among them. With atheris (libFuzzer for Python, of
the dependency group `fuzz`) branches guide it; without, it mangles by chance. It begins with the fixtures and with what
earlier runs kept, prints a table of executions and findings, and leaves the smallest input of each finding in the
folder of `--folder`. `--keep` adds the inputs that reach what no seed reaches to fixtures/fuzz/, where the tests run
them again. The exit status is 1 where something was found: an exception that is not documented, a broken promise, or,
with atheris, an input that takes longer than a minute or more than 2 GiB.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.fuzz_inputs import added
from tests.fuzz.targets import CORPUS, TARGETS

SLOWEST_SECONDS = 60
"""By the clock: other programs count, too."""
LARGEST_MIB = 2048
LEAST_SECONDS = 3
_EXECUTIONS = re.compile(r"stat::number_of_executed_units:\s+(\d+)|^Done (\d+) runs", re.MULTILINE)
_EDGES = re.compile(r"\bcov: (\d+)")


@dataclass
class Outcome:
    """What came of one target."""

    executions: int = 0
    edges: int = 0
    seconds: float = 0.0
    fuzzing_seconds: float = 0.0
    """Of these, as far as they were planned; the rest went into starting."""
    findings: list[str] = field(default_factory=list)
    kept: int = 0


def _word(word: bytes) -> str:
    return '"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n'


def _prepared(name: str, folder: Path) -> Path:
    """The folder of a target, with its seeds, its dictionary and a place for findings."""
    mine = folder / name
    for part in ("corpus", "seeds", "findings"):
        (mine / part).mkdir(parents=True, exist_ok=True)
    kept = (path.read_bytes() for path in sorted((CORPUS / name).glob("*")))
    for seed in (*TARGETS[name].seeds(), *kept):
        (mine / "seeds" / sha256(seed).hexdigest()[:16]).write_bytes(seed)
    (mine / "words").write_text("".join(map(_word, TARGETS[name].words)) or '"x"\n')
    return mine


def _fuzzed(name: str, folder: Path, seconds: float, start_seconds: float) -> Outcome:
    """Fuzz one target. An input that is too slow or too large ends the process, which then goes on with the others.

    Args:
        name: of the target.
        folder: to work in.
        seconds: in all, of which a process takes `start_seconds` before it begins.
        start_seconds: a guess.
    """
    mine, outcome = _prepared(name, folder), Outcome()
    begin = time.monotonic()
    left = max(1, int(seconds - start_seconds))
    while left >= 1:
        arguments = (
            f"-max_total_time={left}",
            f"-timeout={SLOWEST_SECONDS}",
            f"-report_slow_units={SLOWEST_SECONDS}",
            f"-rss_limit_mb={LARGEST_MIB}",
            f"-max_len={TARGETS[name].largest}",
            f"-dict={mine / 'words'}",
            f"-artifact_prefix={mine / 'findings'}/",
            "-print_final_stats=1",
            str(mine / "corpus"),
            str(mine / "seeds"),
        )
        command = [sys.executable, "-m", "benchmarks.fuzz_target", name, str(mine / "findings"), *arguments]
        done = subprocess.run(command, capture_output=True, check=False)
        said = done.stderr.decode("utf-8", "replace")
        outcome.executions += sum(int(a or b) for a, b in _EXECUTIONS.findall(said)[:1])
        outcome.edges = max([outcome.edges, *map(int, _EDGES.findall(said))])
        outcome.fuzzing_seconds += left
        left = int(seconds - (time.monotonic() - begin) - start_seconds)
        if done.returncode and not list((mine / "findings").iterdir()):
            raise SystemExit(f"{name}: the fuzzer ended with status {done.returncode}\n{said[-3000:]}")
    outcome.seconds = time.monotonic() - begin
    outcome.findings = sorted(path.name for path in (mine / "findings").iterdir())
    return outcome


def _table(outcomes: dict[str, Outcome]) -> None:
    print("| target | seconds | executions | edges | findings | kept |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, one in outcomes.items():
        print(f"| {name} | {one.seconds:.0f} | {one.executions:,} | {one.edges:,} | {len(one.findings)} | {one.kept} |")
    total = sum(one.executions for one in outcomes.values())
    seconds = sum(one.seconds for one in outcomes.values())
    findings = sum(len(one.findings) for one in outcomes.values())
    print(
        f"| all {len(outcomes)} | {seconds:.0f} | {total:,} | | {findings} | {sum(o.kept for o in outcomes.values())} |"
    )


def main(words: Sequence[str] | None = None) -> int:
    """Fuzz; see the module's text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--minutes", type=float, default=4.0, help="of all targets together")
    parser.add_argument("--keep", action="store_true", help="add new inputs to fixtures/fuzz/")
    parser.add_argument("--folder", type=Path, help="where to work, and to leave the findings")
    options = parser.parse_args(words)
    if unknown := sorted(set(options.targets) - set(TARGETS)):
        parser.error(f"no such target: {', '.join(unknown)}")
    if find_spec("atheris") is None:
        print("Without atheris (pip install --group fuzz): inputs are mangled by chance, no branch guides them.\n")
    chosen = options.targets or list(TARGETS)
    each = max(LEAST_SECONDS, options.minutes * 60 / len(chosen))
    with TemporaryDirectory(prefix="fsnap-fuzz-") as scratch:
        folder: Path = options.folder or Path(scratch)
        outcomes: dict[str, Outcome] = {}
        start_seconds = 0.0
        for name in chosen:
            outcomes[name] = one = _fuzzed(name, folder, each, start_seconds)
            start_seconds = max(0.0, one.seconds - one.fuzzing_seconds)
            if options.keep:
                one.kept = added(name, folder / name / "corpus")
            for finding in one.findings:
                print(f"{name}: {finding}", file=sys.stderr)
        _table(outcomes)
    return int(any(one.findings for one in outcomes.values()))


if __name__ == "__main__":
    sys.exit(main())
