"""How often the diagnosis of recorded checkpoints is right: `python benchmarks/evidence.py FOLDER`.

FOLDER holds one folder a case, each with `capture/` and a `label.json` whose `accept` lists the causes that are right
answers. All captures are diagnosed by the installed command in a few processes (or by `python -m analyzer` where it is
not installed). Prints a table by family and the misses; the exit status is 1 below 95 % or with any wrong answer that
calls itself certain.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

REQUIRED_PERCENT = 95.0
TARGETS_A_CALL = 60


@dataclass(frozen=True)
class Case:
    """One recording and the answer that it got."""

    name: str
    accept: tuple[str, ...]
    cause: str
    confidence: str
    summary: str

    @property
    def right(self) -> bool:
        """Whether the answer, or the cause that it refines, is one of the right ones."""
        return any(self.cause == accepted or self.cause.startswith(f"{accepted}.") for accepted in self.accept)

    @property
    def wrong_and_certain(self) -> bool:
        return not self.right and self.confidence == "certain"

    @property
    def family(self) -> str:
        return self.accept[0] if self.accept[0].startswith("ok.") else self.accept[0].split(".")[0]


def command() -> list[str]:
    """The installed command beside this interpreter or on the path, else the package."""
    beside = Path(sys.executable).with_name("fsnap-diagnose")
    found = str(beside) if beside.exists() else shutil.which("fsnap-diagnose")
    return [found] if found else [sys.executable, "-m", "analyzer"]


def diagnose(captures: list[Path]) -> list[dict[str, object]]:
    """The diagnoses, in the order of the captures."""
    arguments = [*command(), *map(str, captures), "--format", "jsonl"]
    environment = {**os.environ, "AWS_EC2_METADATA_DISABLED": "true"}
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, env=environment)
    documents = [json.loads(line) for line in done.stdout.splitlines()]
    if len(documents) != len(captures):
        raise SystemExit(f"{len(captures)} captures, {len(documents)} diagnoses; standard error:\n{done.stderr}")
    return documents


def run(folder: Path) -> list[Case]:
    """Diagnose every case of a folder."""
    labels = sorted(folder.glob("*/label.json"))
    cases: list[Case] = []
    for start in range(0, len(labels), TARGETS_A_CALL):
        part = labels[start : start + TARGETS_A_CALL]
        for label, document in zip(part, diagnose([one.parent / "capture" for one in part]), strict=True):
            verdict = document["verdict"]
            assert isinstance(verdict, dict)
            accept = tuple(json.loads(label.read_text("utf-8"))["accept"])
            cases.append(Case(label.parent.name, accept, verdict["cause"], verdict["confidence"], verdict["summary"]))
    return cases


def table(cases: list[Case]) -> str:
    """Right, wrong, wrong and certain, and percent, by family."""
    lines = [f"{'family':<16}{'cases':>7}{'right':>7}{'wrong':>7}{'wrong, certain':>16}{'percent':>9}"]
    families = sorted({case.family for case in cases})
    for name in [*families, "all"]:
        those = [case for case in cases if name in (case.family, "all")]
        right = sum(case.right for case in those)
        certain = sum(case.wrong_and_certain for case in those)
        percent = 100 * right / len(those)
        lines.append(f"{name:<16}{len(those):>7}{right:>7}{len(those) - right:>7}{certain:>16}{percent:>9.1f}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="How often the diagnosis of recorded checkpoints is right.")
    parser.add_argument("folder", type=Path, help="one folder a case, each with capture/ and label.json")
    folder = parser.parse_args().folder
    cases = run(folder)
    if not cases:
        print(f"no label.json below {folder}", file=sys.stderr)
        return 2
    print(table(cases))
    confidences = Counter((case.confidence, case.right) for case in cases)
    for confidence in ("certain", "likely", "possible"):
        print(f"{confidence:<10}{confidences[confidence, True]:>5} right{confidences[confidence, False]:>5} wrong")
    for case in cases:
        if not case.right:
            print(f"\n{case.name}: {case.cause} ({case.confidence}), right is {' or '.join(case.accept)}")
            print(f"  {case.summary}")
    percent = 100 * sum(case.right for case in cases) / len(cases)
    return int(percent < REQUIRED_PERCENT or any(case.wrong_and_certain for case in cases))


if __name__ == "__main__":
    raise SystemExit(main())
