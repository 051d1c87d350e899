"""Jobs for the tests of settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analyzer.advisor.readings import Case
from analyzer.advisor.setting_readers import READERS
from analyzer.classifier.catalogue import shipped
from analyzer.classifier.finding import Finding, Quote
from analyzer.classifier.gather import gather
from analyzer.evidence.model import Evidence

ROOT = Finding(
    "FS120", "dump.tcp_connection", "error", "certain", "A connection.", (Quote("workdir/dump_1.log", "inet: x", 7),)
)
NEXTFLOW = {"command": ["/usr/bin/fusion", "bash", "/fusion/s3/bucket/work/ab/cd/.command.run"]}


def case_of(
    container: Mapping[str, Any] | None = None, root: Finding = ROOT, job: Mapping[str, Any] | None = None, **more: Any
) -> Case:
    document = {"jobId": "abc", "status": "FAILED", **(job or {})}
    if container is not None:
        document["container"] = {**NEXTFLOW, **container}
    evidence = Evidence("x", "job", job=document, **more)
    return Case(gather(evidence, shipped())[0], root, evidence)


def value_of(name: str, case: Case) -> object:
    return READERS[name](case).value


def variables(**values: str) -> dict[str, Any]:
    return {"environment": [{"name": name, "value": value} for name, value in values.items()]}
