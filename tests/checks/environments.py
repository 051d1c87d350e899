"""The environments of fixtures/environments: one folder each, found by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from analyzer.advisor.instance_catalogue import shipped_instances
from analyzer.checks.result import CheckReport, Status, rank
from analyzer.checks.run import run_checks
from analyzer.checks.setting import Task
from analyzer.evidence.environment import EnvironmentEvidence
from analyzer.evidence.model import Gap

FOLDER = Path(__file__).parents[2] / "fixtures" / "environments"
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
LISTS = (
    "compute_environments",
    "instance_types",
    "launch_templates",
    "images",
    "container_instances",
    "subnets",
    "route_tables",
    "vpc_endpoints",
)
SINGLE = ("manifest", "job", "job_queue", "recommended_images")


@dataclass(frozen=True)
class Fixture:
    """One folder: its documents, those of its base where it has none of its own, and what is expected."""

    name: str
    documents: Mapping[str, Any]
    expected: Mapping[str, Any]

    @property
    def base(self) -> str | None:
        """The environment that this one is a broken copy of."""
        base: str | None = self.expected.get("base")
        return base

    @property
    def task(self) -> Task | None:
        """The task that is planned."""
        told = self.expected.get("task")
        return Task(told["memory_bytes"], told["vcpus"], planned=True) if told else None

    @property
    def evidence(self) -> EnvironmentEvidence:
        """As the fetchers would give it."""
        manifest = dict(self.documents["manifest"])
        missing = {name: Gap(**gap) for name, gap in manifest.pop("missing", {}).items()}
        members: dict[str, Any] = {name: tuple(self.documents[name]) for name in LISTS}
        members |= {name: self.documents[name] for name in SINGLE if name != "manifest"}
        return EnvironmentEvidence(**manifest, **members, missing=missing)


@cache
def fixture(name: str) -> Fixture:
    """One environment."""
    folder = FOLDER / name
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    documents = dict(fixture(expected["base"]).documents) if "base" in expected else {}
    for part in (*SINGLE, *LISTS):
        if (folder / f"{part}.json").exists():
            documents[part] = json.loads((folder / f"{part}.json").read_text("utf-8"))
    return Fixture(name, documents, expected)


@cache
def report_of(name: str) -> CheckReport:
    """What the checks say of it."""
    one = fixture(name)
    return run_checks(one.evidence, shipped_instances(), one.task)


def statuses(report: CheckReport) -> dict[str, Status]:
    """The worst status of each check."""
    found: dict[str, Status] = {}
    for result in report.results:
        found[result.id] = min(found.get(result.id, "pass"), result.status, key=rank)
    return found


def words_of(report: CheckReport, check: str) -> str:
    """All that is said under one check."""
    parts = [
        part
        for result in report.results
        if result.id == check
        for part in (
            result.found,
            result.detail,
            result.fix,
            result.snippet.text if result.snippet else "",
            (result.missing.permission or "") if result.missing else "",
        )
    ]
    return "\n".join(parts)
