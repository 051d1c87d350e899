"""One row for each job and attempt: what a fleet's store keeps and what its report counts.

Everything about a job stands on the row of each of its attempts; `is_last` marks the one by which jobs are counted.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """An attempt of a job, or the job itself where it never had one (`attempt` is 0 then).

    Times are RFC 3339 in UTC. What is not known is None.
    """

    # the job
    job_id: str
    """Batch's id; of an array's child `<id>:<index>`; of evidence without a job its target."""
    day: str
    """`2026-11-21`, UTC: when the job ended; else when it was made; `unknown` where neither is known."""
    queue: str
    """The queue's name; `unknown` where it is not known."""
    region: str | None
    job_name: str | None
    run: str | None
    """What the jobs of one pipeline run share: `tw-<workflowId>`, or Nextflow's run name."""
    process: str | None
    """Nextflow's process; where only the job's name tells it, as the name spells it."""
    task: str | None
    status: str | None
    """Batch's: SUCCEEDED, FAILED."""
    exit_code: int | None
    attempts: int
    """How many were seen."""
    created_at: str | None
    stopped_at: str | None
    vcpus: float | None
    memory_requested_bytes: int | None
    memory_peak_bytes: int | None
    """The most that the task was seen to hold: its trace's, else what its dumps show."""
    workdir: str | None
    # the verdict
    cause: str
    """Of causes.toml."""
    rule: str | None
    confidence: str
    title: str
    summary: str
    owner: str
    fingerprint: str
    quote: str | None
    """The line that decides it."""
    quote_source: str | None
    quote_line: int | None
    survived: bool
    """It lost a host, was restored, and went well in the end."""
    looked_at: str
    """What the verdict rests on: `evidence` (logs and files), `description` (DescribeJobs), `summary` (ListJobs)."""
    gaps: tuple[str, ...]
    """Permissions that would have told more."""
    # the advice
    advice: str | None
    """The first recommendation, in one sentence."""
    advice_kind: str | None
    proposed_memory_bytes: int | None
    proposed_instance_types: tuple[str, ...]
    # the attempt
    attempt: int
    """From 1."""
    is_last: bool
    started_at: str | None
    ended_at: str | None
    seconds: float | None
    """How long this attempt ran."""
    instance_type: str | None
    instance_id: str | None
    lifecycle: str | None
    """`spot`, `on-demand`."""
    attempt_exit_code: int | None
    attempt_cause: str | None
    """What ended this attempt, where the chain says it: `host.spot_reclaimed`."""
    host_lost: bool
    saved_seconds: float
    """Of this attempt's running time: what a later attempt went on from, in a job that went well."""
    lost_seconds: float
    """Of this attempt's running time: what was thrown away. `saved_seconds` and this never count a second twice."""
    dump_seconds: float | None
    """The last full dump of this attempt; where it did not end, how long its log goes on."""
    dump_completed: bool | None
    dump_bytes: int | None
    predump_count: int
    restore_seconds: float | None
    restore_completed: bool | None
    window_seconds: float | None
    """What a dump has to fit into; None where the attempt has no dump."""
    cost_usd: float | None
    """Of this attempt: the share of its host's price that its vCPUs and memory take, over its seconds."""
    # how it came to be
    diagnosed_at: str
    tool_version: str
