"""What a Batch job's name tells of its run and its task.

Nextflow names a job after its task, `PROCESS (tag)`: blanks become `_`, all but letters, digits, `_` and `-` is left
out, and what is longer than 128 characters is cut (AwsBatchTaskHandler, TaskHandler). Where Seqera Platform launched
the run, `tw-<workflowId>-` stands before it. Where the process ends and its tag begins, such a name does not tell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_RUN = re.compile(r"(tw-[A-Za-z0-9]{1,64})-")
_DROPPED = re.compile(r"[^A-Za-z0-9_-]")
_INDEX = re.compile(r"_\d{1,9}$")
RUN_NAME_TAG = "nextflow.io/runName"
"""Of resource labels, as Nextflow's own executor for Seqera sets them; users can set it for AWS Batch."""
LONGEST = 128


def run_of(job_name: str | None, tags: Mapping[str, str] | None = None) -> str | None:
    """`tw-<workflowId>` of the job's name, else the run's name where a tag tells it."""
    match = _RUN.match(job_name or "")
    return match[1] if match else (tags or {}).get(RUN_NAME_TAG)


def without_run(job_name: str) -> str:
    """The task's name as the job's name spells it."""
    match = _RUN.match(job_name)
    return (job_name[match.end() :] if match else job_name) or job_name


def spelled_process(job_name: str | None) -> str | None:
    """What the job's name tells of the process: all of it, but for the run, and the index of a task without a tag."""
    if not job_name:
        return None
    name = without_run(job_name)
    return _INDEX.sub("", name) or name


def as_spelled(task_name: str) -> str:
    """A task's or process's name, as Nextflow writes it into a job's name."""
    return _DROPPED.sub("", task_name.replace(" ", "_"))[:LONGEST]
