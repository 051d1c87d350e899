"""Evidence and its diagnosis -> rows: one for each attempt, or one for a job that never had any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from analyzer.advisor.footprint import footprint
from analyzer.advisor.instance_catalogue import InstanceCatalogue, shipped_instances
from analyzer.advisor.instance_types import is_type_name
from analyzer.advisor.prices import SpotPrices
from analyzer.advisor.window import WINDOW_SECONDS
from analyzer.classifier.catalogue import Catalogue
from analyzer.classifier.clock import from_milliseconds
from analyzer.classifier.facts import AttemptFacts, Facts
from analyzer.classifier.finding import Quote
from analyzer.classifier.units import MIB
from analyzer.diagnosis import Diagnosis
from analyzer.evidence.job import number, text, whole
from analyzer.evidence.model import Document, Evidence
from analyzer.fleet.attempts import (
    Checkpoints,
    carried_on,
    checkpoints_by_attempt,
    completed,
    running_seconds,
    seconds_before,
    seconds_of,
)
from analyzer.fleet.cost import cost_usd
from analyzer.fleet.names import run_of, spelled_process
from analyzer.fleet.row import Row
from analyzer.pipeline import study
from analyzer.support.redaction import mask_document

UNKNOWN = "unknown"
SURVIVED = "ok.survived_reclaim"


@dataclass(frozen=True)
class _Times:
    """Of one attempt: what a later one went on from, and what was thrown away."""

    saved: float = 0.0
    lost: float = 0.0


def rows_of(
    evidence: Evidence,
    diagnosis: Diagnosis,
    facts: Facts,
    *,
    diagnosed_at: str,
    tool_version: str,
    prices: SpotPrices | None = None,
    instances: InstanceCatalogue | None = None,
) -> tuple[Row, ...]:
    """The job's rows, oldest attempt first.

    Args:
        evidence: what was found.
        diagnosis: what was made of it; what is secret in it is masked.
        facts: those that the diagnosis was made of (`analyzer.pipeline.study`).
        diagnosed_at: RFC 3339.
        tool_version: of this program.
        prices: of the Spot market, for `cost_usd`; an estimate of on-demand prices where there are none.
        instances: what types have, the shipped ones if not given.
    """
    job = _job_row(evidence, diagnosis, facts, diagnosed_at, tool_version)
    checkpoints = checkpoints_by_attempt(facts)
    if not facts.attempts:
        return (mask_document(_with_checkpoints(job, checkpoints.get(0, Checkpoints()))),)
    times, ends = _times(facts, diagnosis, checkpoints), _causes(facts, diagnosis)
    last = facts.attempts[-1].attempt.number
    kinds, asked = instances or shipped_instances(), _asked(facts)
    rows = []
    for one in facts.attempts:
        which = one.attempt.number
        own = _attempt_row(job, one, times[which])
        own = replace(own, is_last=which == last, attempt_cause=ends.get(which))
        cost = cost_usd(own.instance_type, own.lifecycle, own.seconds, asked, kinds, prices)
        own = replace(_with_checkpoints(own, checkpoints.get(which, Checkpoints())), cost_usd=cost)
        rows.append(mask_document(own))
    return tuple(rows)


def row_of_summary(
    summary: Document,
    *,
    catalogue: Catalogue,
    diagnosed_at: str,
    tool_version: str,
    region: str | None = None,
) -> Row:
    """The row of a job that never ran, by no more than its summary: an element of ListJobs' `jobSummaryList`.

    `summary` names its queue in `jobQueue`, as ListJobs does not: `analyzer.fleet.triage.as_description` puts it in.
    """
    target = text(summary.get("jobId")) or text(summary.get("jobArn")) or UNKNOWN
    evidence = Evidence(target=target, kind="job", region=region, job=summary)
    made = study(evidence, catalogue)
    rows = rows_of(evidence, made.diagnosis, made.facts, diagnosed_at=diagnosed_at, tool_version=tool_version)
    return replace(rows[-1], looked_at="summary")


def _job_row(evidence: Evidence, diagnosis: Diagnosis, facts: Facts, diagnosed_at: str, tool_version: str) -> Row:
    """What stands on every row of the job; the attempt's part is that of a job without any."""
    job, verdict, told = facts.job, diagnosis.verdict, diagnosis.job
    name = text(told.get("name"))
    created, stopped = text(told.get("created_at")), _stopped_at(facts)
    quote = _deciding(diagnosis)
    advice = diagnosis.recommendations[0] if diagnosis.recommendations else None
    return Row(
        job_id=text(told.get("id")) or evidence.target,
        day=(stopped or created or "")[:10] or UNKNOWN,
        queue=text(told.get("queue")) or UNKNOWN,
        region=evidence.region,
        job_name=name,
        run=run_of(name, job.tags if job else None),
        process=text(told.get("process")) or spelled_process(name),
        task=text(told.get("task")),
        status=text(told.get("status")),
        exit_code=whole(told.get("exit_code")),
        attempts=len(facts.attempts),
        created_at=created,
        stopped_at=stopped,
        vcpus=number(told.get("vcpus")),
        memory_requested_bytes=whole(told.get("memory_requested_bytes")),
        memory_peak_bytes=_peak(facts),
        workdir=text(told.get("workdir")),
        cause=verdict.cause,
        rule=verdict.rule,
        confidence=verdict.confidence,
        title=verdict.title,
        summary=verdict.summary,
        owner=verdict.owner,
        fingerprint=verdict.fingerprint,
        quote=quote.text if quote else None,
        quote_source=quote.source if quote else None,
        quote_line=quote.line if quote else None,
        survived=verdict.cause == SURVIVED,
        looked_at=_looked_at(evidence),
        gaps=tuple(dict.fromkeys(gap.permission for gap in diagnosis.gaps if gap.permission)),
        advice=advice.summary if advice else None,
        advice_kind=advice.kind if advice else None,
        proposed_memory_bytes=_proposed_memory(diagnosis),
        proposed_instance_types=_proposed_types(diagnosis),
        attempt=0,
        is_last=True,
        started_at=None,
        ended_at=None,
        seconds=None,
        instance_type=None,
        instance_id=None,
        lifecycle=None,
        attempt_exit_code=None,
        attempt_cause=None,
        host_lost=False,
        saved_seconds=0.0,
        lost_seconds=0.0,
        dump_seconds=None,
        dump_completed=None,
        dump_bytes=None,
        predump_count=0,
        restore_seconds=None,
        restore_completed=None,
        window_seconds=None,
        cost_usd=None,
        diagnosed_at=diagnosed_at,
        tool_version=tool_version,
    )


def _attempt_row(job: Row, one: AttemptFacts, times: _Times) -> Row:
    return replace(
        job,
        attempt=one.attempt.number,
        started_at=from_milliseconds(one.attempt.started_at),
        ended_at=from_milliseconds(one.attempt.stopped_at),
        seconds=running_seconds(one),
        instance_type=_type_of(one),
        instance_id=one.instance.instance_id,
        lifecycle=one.instance.lifecycle,
        attempt_exit_code=one.attempt.exit_code,
        host_lost=one.host_lost is not None,
        saved_seconds=times.saved,
        lost_seconds=times.lost,
    )


def _with_checkpoints(row: Row, seen: Checkpoints) -> Row:
    dump, restore = seen.dump, seen.restore
    return replace(
        row,
        dump_seconds=seconds_of(dump),
        dump_completed=completed(dump.outcome) if dump else None,
        dump_bytes=dump.checkpoint.written_bytes if dump else None,
        predump_count=seen.predumps,
        restore_seconds=seconds_of(restore),
        restore_completed=completed(restore.outcome) if restore else None,
        window_seconds=WINDOW_SECONDS if dump else None,
    )


def _times(facts: Facts, diagnosis: Diagnosis, checkpoints: Mapping[int, Checkpoints]) -> Mapping[int, _Times]:
    """Attempt -> its times: nothing is lost or saved by an attempt that went well, nor before the job has ended."""
    status = facts.job.status if facts.job else None
    last = facts.attempts[-1].attempt.number
    kept = carried_on(facts, checkpoints) if status == "SUCCEEDED" else {}
    unseen = diagnosis.verdict.cause == SURVIVED and not kept
    found = {}
    for one in facts.attempts:
        which, seconds = one.attempt.number, running_seconds(one) or 0.0
        went_well = status == "SUCCEEDED" and (which == last or (unseen and one.host_lost is not None))
        if status not in ("SUCCEEDED", "FAILED") or went_well:
            found[which] = _Times()
        elif which in kept and one.host_lost is not None:
            saved = seconds_before(one, kept[which])
            found[which] = _Times(saved, max(seconds - saved, 0.0))
        else:
            found[which] = _Times(lost=seconds)
    return found


def _causes(facts: Facts, diagnosis: Diagnosis) -> Mapping[int, str]:
    """Attempt -> what ended it, by the chain's last step with a cause; a cause of the job's end is its last attempt's.

    An attempt that went well has none, whatever the chain says of a pre-dump.
    """
    found: dict[int, str] = {}
    last = facts.attempts[-1]
    for step in diagnosis.chain:
        which = step.attempt or last.attempt.number
        if step.cause and (step.attempt is not None or which not in found):
            found[which] = step.cause
    if facts.job and facts.job.status == "SUCCEEDED":
        found.pop(last.attempt.number, None)
    return found


def _type_of(one: AttemptFacts) -> str | None:
    """The exact type; a compute environment that allows one type only tells it, too."""
    alone = one.instance.candidates[0] if len(one.instance.candidates) == 1 else None
    return one.instance.instance_type or (alone if alone and is_type_name(alone) else None)


def _asked(facts: Facts) -> tuple[float | None, int | None]:
    """vCPUs and bytes of memory, of all the job's containers together."""
    specs = facts.job.containers if facts.job else ()
    vcpus = sum(spec.vcpus for spec in specs if spec.vcpus and spec.vcpus > 0)
    memory = sum(spec.memory_mib for spec in specs if spec.memory_mib and spec.memory_mib > 0)
    return vcpus or None, memory * MIB or None


def _peak(facts: Facts) -> int | None:
    """The most that was seen: of traces and whole dumps, else what a cut dump had written."""
    held = footprint(facts)
    if held is None:
        return None
    return held.bytes if held.measured else held.seen_bytes


def _stopped_at(facts: Facts) -> str | None:
    job = facts.job
    if job is None or not job.ended:
        return None
    last = facts.attempts[-1].attempt.stopped_at if facts.attempts else None
    return from_milliseconds(job.stopped_at if job.stopped_at is not None else last)


def _deciding(diagnosis: Diagnosis) -> Quote | None:
    """The first line of the finding that is the verdict."""
    first = diagnosis.findings[0] if diagnosis.findings else None
    return first.evidence[0] if first and first.rule == diagnosis.verdict.rule and first.evidence else None


def _looked_at(evidence: Evidence) -> str:
    seen = evidence.logs or evidence.workdir or evidence.listing is not None or evidence.kind != "job"
    return "evidence" if seen else "description"


def _proposed_memory(diagnosis: Diagnosis) -> int | None:
    told = (whole(one.proposed.get("memory_bytes")) for one in diagnosis.recommendations)
    return next((found for found in told if found and found > 0), None)


def _proposed_types(diagnosis: Diagnosis) -> tuple[str, ...]:
    for one in diagnosis.recommendations:
        named = one.proposed.get("instance_types")
        if isinstance(named, (list, tuple)) and named:
            return tuple(name for name in named if isinstance(name, str) and is_type_name(name))
    return ()
