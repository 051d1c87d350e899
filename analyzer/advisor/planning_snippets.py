"""What to paste after planning: the list of types, a new compute environment or a changed one, and the limits."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from analyzer.advisor.environment import UNKNOWN_MAX_VCPUS, create_request
from analyzer.advisor.instance_types import is_type_name
from analyzer.advisor.planning import Plan, TypeRow
from analyzer.advisor.planning_hosts import max_vcpus
from analyzer.advisor.planning_limits import Limits, crowded, limits, vcpus_that_keep_apart

ENVIRONMENT = "YOUR-COMPUTE-ENVIRONMENT"
_UPDATE_NOTES = """\
# Replaces the whole list, and the environment's hosts: are there jobs in
# its queues that need other types? Jobs that run by then have 30 minutes
# left (updatePolicy: jobExecutionTimeoutMinutes, at most 7200, and
# terminateJobsOnUpdate, false if not set; with true they end at once).
"""
"""The defaults are those of UpdatePolicy in AWS's model of Batch (botocore, batch/2016-08-10)."""


@dataclass(frozen=True)
class Snippet:
    """Something to paste."""

    title: str
    language: str
    """`json`, `bash` or `groovy`."""
    text: str


def snippets(plan: Plan, rows: Sequence[TypeRow]) -> tuple[Snippet, ...]:
    """The list of types, the commands that make and change an environment, and the limits; none where nothing fits."""
    found = limits(plan, rows)
    names = [row.kind.name for row in rows if is_type_name(row.kind.name)]
    if found is None or not names:
        return ()
    return (
        Snippet(
            "The compute environment's types (AWS Batch, computeResources)",
            "json",
            json.dumps({"instanceTypes": names}),
        ),
        Snippet("A new compute environment", "bash", _create(names, max_vcpus(plan, rows))),
        Snippet(
            "Or an environment that there is",
            "bash",
            f"{_UPDATE_NOTES}aws batch update-compute-environment --compute-environment {ENVIRONMENT} \\\n"
            f"    --compute-resources instanceTypes={','.join(names)}",
        ),
        Snippet(
            "The pipeline's limits (Nextflow 24.04 or later)",
            "groovy",
            _limits_text(found, crowded(plan, rows)),
        ),
    )


def _create(names: Sequence[str], reckoned: int | None) -> str:
    """A shell command; the names are checked, so nothing in it ends the quotes."""
    note = "" if reckoned else f"# maxvCpus: {UNKNOWN_MAX_VCPUS} is only a start; --tasks N reckons it\n"
    document = create_request(names, reckoned)
    return f"{note}aws batch create-compute-environment --cli-input-json '{_json(document)}'"


def _json(document: dict[str, Any]) -> str:
    """Indented, but with each list on one line."""
    resources = document["computeResources"]
    inner = [f"    {json.dumps(name)}: {json.dumps(value)}" for name, value in resources.items()]
    outer = [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in document.items() if value is not resources]
    block = ",\n".join(inner)
    return "{\n" + ",\n".join([*outer, f'  "computeResources": {{\n{block}\n  }}']) + "\n}"


def _limits_text(found: Limits, unsafe: Sequence[TypeRow]) -> str:
    lines = ["process {", f"    resourceLimits = [cpus: {found.vcpus}, memory: {found.memory_text}]", "}"]
    if unsafe:
        tasks, vcpus = unsafe[0].tasks, vcpus_that_keep_apart(unsafe)
        ask = f"; one that asks for {vcpus} cpus or more gets that" if vcpus else ""
        lines.insert(0, f"// holds for {tasks} such task{'s' if tasks > 1 else ''} a host{ask}")
    return "\n".join(lines)
