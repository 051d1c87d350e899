"""What the tool says of every fixture, without what differs from run to run.

`python -m tests.golden.answers` (`make golden`) writes the files of fixtures/golden again: look at what changed before
you keep it.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from analyzer.classifier.catalogue import Catalogue, shipped
from analyzer.evidence.capture import read_capture
from analyzer.evidence.store import read_folder
from analyzer.examine import exit_status
from analyzer.pipeline import diagnose
from analyzer.reporters.check_json import format_check_json
from analyzer.reporters.json_report import format_json
from tests.checks.environments import NAMES, fixture, report_of
from tests.command import REPOSITORY, InProcess
from tests.golden.layout import laid_out
from tests.loopback.scenario import SCENARIOS, all_scenarios

FOLDER = REPOSITORY / "fixtures" / "golden"
ADVISE: Mapping[str, tuple[str, ...]] = {
    "one-task": ("--memory", "60GB", "--cpus", "16", "--top", "3"),
    "many-tasks": ("--memory", "30GB", "--cpus", "8", "--tasks", "200", "--top", "2"),
    "packed": ("--memory", "8GB", "--cpus", "4", "--tasks-per-host", "packed", "--top", "2"),
    "one-type": ("--instance", "r6id.4xlarge"),
    "type-too-slow": ("--memory", "60GB", "--cpus", "8", "--instance", "r6id.4xlarge"),
    "nothing-fits": ("--memory", "1.5TB", "--cpus", "8", "--top", "2"),
    "dirty-share": ("--memory", "100GB", "--cpus", "16", "--dirty-share", "30%", "--margin", "20%", "--top", "2"),
}
"""Questions to `advise`, by the name of their golden answer."""
REPORTED = (
    *("window-exceeded", "window-exceeded-metadata", "survived-reclaim", "dump-tcp-connection", "dump-storage-full"),
    *("restore-memory", "restore-cpu-mismatch", "host-scale-in", "host-lost-exit-143", "reclaimed-without-dump"),
    *("image-not-found", "tool-java-heap", "tool-segfault"),
)
"""Scenarios that are reported on together."""
UNSTABLE = ("tool_version", "made_at", "scope")
Answer = Callable[[], dict[str, Any]]


@cache
def _catalogue() -> Catalogue:
    return shipped()


def diagnosed(name: str, *, verbose: bool = False) -> dict[str, Any]:
    """A scenario's diagnosis as `--format json` prints it, under the scenario's name."""
    evidence = read_capture(read_folder(SCENARIOS / name / "capture"), name)
    diagnosis = diagnose(evidence, _catalogue())
    document: dict[str, Any] = json.loads(format_json([diagnosis], verbose=verbose))
    return {"exit_status": exit_status([diagnosis]), **document}


def checked(name: str) -> dict[str, Any]:
    """An environment's pre-flight; of one that is a broken copy only the results that its base has not."""
    document = dict(_check(name))
    base = fixture(name).base
    if base is None:
        return document
    of_base = _check(base)["results"]
    results = document.pop("results")
    kept = [_key(result) for result in results]
    return {
        **document,
        "base": base,
        "no_longer_listed": [list(_key(result)) for result in of_base if _key(result) not in kept],
        "results": [result for result in results if result not in of_base],
    }


@cache
def _check(name: str) -> dict[str, Any]:
    report = report_of(name)
    document: dict[str, Any] = json.loads(format_check_json(report))
    return {"exit_status": 3 if report.unseen else int(report.failed), **document}


def _key(result: Mapping[str, Any]) -> tuple[str, str, str]:
    return result["id"], result["subject"]["kind"], result["subject"]["name"]


def _commanded(*arguments: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        outcome = InProcess(Path(folder)).json(*arguments)
    return {"exit_status": outcome.status, **outcome.document()}


def advised(name: str) -> dict[str, Any]:
    """The answer to one of `ADVISE`."""
    return _commanded("advise", *ADVISE[name])


def reported() -> dict[str, Any]:
    """A report over the captures of `REPORTED`."""
    captures = [str(one.capture) for one in all_scenarios() if one.name in REPORTED]
    assert len(captures) == len(REPORTED)
    document = _commanded("report", *captures)
    return {name: member for name, member in document.items() if name not in UNSTABLE}


def answers() -> dict[str, Answer]:
    """Each golden answer by its file below fixtures/golden, without the ending."""
    made: dict[str, Answer] = {f"scenarios/{one.name}": partial(diagnosed, one.name) for one in all_scenarios()}
    made |= {f"environments/{name}": partial(checked, name) for name in NAMES}
    made |= {f"advise/{name}": partial(advised, name) for name in ADVISE}
    return {**made, "report": reported}


def kept_in(folder: Path) -> set[str]:
    """The answers that a folder holds."""
    return {path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.json")}


def write(folder: Path = FOLDER) -> None:
    """Write all answers, and remove those of fixtures that are no more."""
    wanted = answers()
    for name in kept_in(folder) - set(wanted):
        (folder / f"{name}.json").unlink()
    for name, answer in wanted.items():
        path = folder / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(laid_out(answer()) + "\n", "utf-8")


if __name__ == "__main__":
    write()
