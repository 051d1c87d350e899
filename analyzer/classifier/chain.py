"""The story across the attempts, step by step, oldest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from analyzer.classifier.clock import from_milliseconds
from analyzer.classifier.facts import AttemptFacts, Facts
from analyzer.classifier.finding import RANK, ChainStep, Finding
from analyzer.classifier.operations import Operation, attempt_of, attempts_of_dumps, operation_order, operations
from analyzer.classifier.units import bytes_text, seconds_text

MAX_STEPS = 60


def _operation_event(operation: Operation) -> str:
    log, number = operation.log, operation.checkpoint.number
    what = {"pre-dump": "pre-dump", "dump": "full dump", "restore": "restore from dump"}[operation.kind]
    name = f"{what} {number}" if number else what
    if log is None and operation.outcome == "unfinished":
        written = operation.checkpoint.written_bytes
        return f"{name} left no sign that it completed" + (f" ({bytes_text(written)} of images)" if written else "")
    ended = {
        "complete": "completed",
        "failed": "failed",
        "unfinished": "stopped without finishing",
        "unknown": "ended, it is not known how",
    }
    figures = []
    if log and log.last_seconds is not None:
        figures.append(
            f"at {seconds_text(log.last_seconds)}"
            if operation.outcome == "unfinished"
            else f"in {seconds_text(log.last_seconds)}"
        )
    written = operation.checkpoint.written_bytes if operation.kind != "restore" else None
    if written:
        figures.append(f"{bytes_text(written)} written")
    return f"{name} {ended[operation.outcome]}" + (f" ({', '.join(figures)})" if figures else "")


def _cause_of(facts: Facts, operation: Operation, findings: Sequence[Finding]) -> str | None:
    if operation.outcome == "complete":
        return None
    about = [f for f in findings if f.severity != "info" and operation_order(facts, f) == operation.order]
    wanted = "restore." if operation.kind == "restore" else "dump."
    ranked = sorted(
        (f for f in about if f.cause.startswith(wanted)),
        key=lambda f: RANK[f.confidence],
    )
    return ranked[0].cause if ranked else None


def _start(attempt: AttemptFacts) -> ChainStep:
    instance = attempt.instance
    where = f" on {instance.instance_type}" if instance.instance_type else ""
    name = f" ({instance.instance_id})" if instance.instance_id else ""
    number = attempt.attempt.number
    return ChainStep(f"attempt {number} started{where}{name}", number, from_milliseconds(attempt.attempt.started_at))


def _end(attempt: AttemptFacts, findings: Sequence[Finding]) -> ChainStep | None:
    one = attempt.attempt
    at = from_milliseconds(one.stopped_at)
    if attempt.host_lost:
        proof = " (Spot reclaim proven)" if attempt.reclaim else ""
        cause = "host.spot_reclaimed" if attempt.reclaim else "host.terminated"
        return ChainStep(f"host lost: {attempt.host_lost.text}{proof}", one.number, at, cause)
    reason = (one.main.reason if one.main else None) or one.status_reason
    if one.exit_code is None and reason is None:
        return None
    code = f"exit code {one.exit_code}" if one.exit_code is not None else "no exit code"
    families = ("app", "container", "image", "fusion", "storage", "restore", "dump")
    own = [
        f.cause
        for f in findings
        if f.attempt == one.number and f.severity == "error" and f.cause.split(".")[0] in families
    ]
    failed = one.exit_code not in (None, 0) or (one.exit_code is None and reason is not None)
    return ChainStep(
        f"attempt {one.number} ended: {code}" + (f", {reason}" if reason else ""),
        one.number,
        at,
        own[0] if own and failed else None,
    )


def _attempt_steps(facts: Facts, findings: Sequence[Finding]) -> Iterator[ChainStep]:
    dumps = attempts_of_dumps(facts)
    every = [(attempt_of(facts, o, dumps), o) for o in operations(facts)]
    for attempt in facts.attempts:
        yield _start(attempt)
        for number, operation in every:
            if number == attempt.attempt.number:
                yield ChainStep(_operation_event(operation), number, None, _cause_of(facts, operation, findings))
        if end := _end(attempt, findings):
            yield end


def _job_end(facts: Facts) -> ChainStep | None:
    job = facts.job
    if job is None or job.status is None:
        return None
    last = facts.attempts[-1].attempt.status_reason if facts.attempts else None
    reason = f": {job.status_reason}" if job.status_reason and job.status_reason != last else ""
    return ChainStep(f"job {job.status}{reason}", None, from_milliseconds(job.stopped_at if job.ended else None))


def _shorten(steps: list[ChainStep]) -> list[ChainStep]:
    """Runs of pre-dumps that went well become one step: there is one every five minutes."""
    short: list[ChainStep] = []
    run: list[ChainStep] = []
    for step in [*steps, None]:
        if step is not None and step.cause is None and step.event.startswith("pre-dump") and " completed" in step.event:
            run.append(step)
            continue
        if len(run) > 2:  # noqa: PLR2004 - two stand well side by side
            run = [
                replace(run[0], event=f"{len(run)} pre-dumps completed; first: {run[0].event}; last: {run[-1].event}")
            ]
        short += run
        run = []
        if step is not None:
            short.append(step)
    return short


def tell(facts: Facts, findings: Sequence[Finding], verdict: Finding) -> tuple[ChainStep, ...]:
    """The steps; a step with a cause says in `led_to` what came of it."""
    if facts.attempts:
        steps = list(_attempt_steps(facts, findings))
    else:
        steps = [ChainStep(_operation_event(o), None, None, _cause_of(facts, o, findings)) for o in operations(facts)]
    if end := _job_end(facts):
        steps.append(end)
    elif facts.exit_file:
        steps.append(ChainStep(f"the task's wrapper wrote exit code {facts.exit_file.text}"))
    steps = _shorten(steps)
    if len(steps) > MAX_STEPS:
        left_out = ChainStep(f"{len(steps) - MAX_STEPS} steps left out here")
        steps = [*steps[: MAX_STEPS // 2], left_out, *steps[-MAX_STEPS // 2 :]]
    return _linked(steps, verdict)


def _linked(steps: list[ChainStep], verdict: Finding) -> tuple[ChainStep, ...]:
    linked: list[ChainStep] = []
    for n, step in enumerate(steps):
        linked.append(replace(step, led_to=_consequence(step, steps[n + 1 :])) if step.cause else step)
    if linked and not any(step.cause for step in steps) and not verdict.cause.startswith("ok."):
        linked[-1] = replace(linked[-1], cause=verdict.cause)
    return tuple(linked)


def _consequence(step: ChainStep, following: Sequence[ChainStep]) -> str | None:
    """What a step led to: of a lost host the restore that followed, of anything else the next fault, else the end."""
    if step.cause and step.cause.startswith("host."):
        restore = next((s for s in following if s.event.startswith("restore")), None)
        if restore:
            return restore.cause or restore.event
    others = (s.cause for s in following if s.cause and s.cause != step.cause)
    fault = next((cause for cause in others if not cause.startswith("host.")), None)
    return fault or (following[-1].event if following else None)
