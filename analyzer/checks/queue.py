"""Checks of the queue: its state, its environments together, and what becomes of jobs that nobody can place."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.checks.judge import judged, unseen
from analyzer.checks.result import CheckResult, Subject
from analyzer.checks.setting import Setting
from analyzer.evidence.job import items, mapping, text, whole

FOR_EVER = ("MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT", "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE")
"""Reasons of jobs that will never run (AWS Batch user guide, jobs stuck in RUNNABLE)."""


def check_queue(setting: Setting) -> Iterator[CheckResult]:
    """Of the queue; nothing where the target is an environment by itself."""
    if setting.evidence.kind == "compute environment":
        return
    subject = Subject("queue", setting.queue_name)
    if setting.gone("job_queue") and not setting.evidence.job_queue:
        detail = "Batch knows no such queue (any more): no job can be placed."
        yield judged("FS803", subject, "fail", "does not exist", detail, fix="gone", values=setting.values())
        return
    if not setting.evidence.job_queue:
        gap = setting.gap("job_queue")
        for check in ("FS803", "FS808"):
            yield unseen(check, subject, gap, "the queue was not described")
    else:
        yield state(setting, subject)
        yield time_limits(setting, subject)
    if setting.environments:
        yield mixture(setting, subject)


def state(setting: Setting, subject: Subject) -> CheckResult:
    """FS803."""
    queue = mapping(setting.evidence.job_queue)
    enabled = (text(queue.get("state")) or "").upper()
    status = (text(queue.get("status")) or "").upper()
    found = f"{enabled or 'state not told'}, {status or 'status not told'}"
    reason = text(queue.get("statusReason")) or ""
    values = setting.values()
    if enabled == "DISABLED":
        return judged("FS803", subject, "fail", found, "The queue takes no new jobs.", values=values)
    if status in ("INVALID", "DELETING", "DELETED"):
        return judged("FS803", subject, "fail", found, reason, fix="invalid", values=values)
    if not items(queue.get("computeEnvironmentOrder")) and not setting.environments:
        return judged("FS803", subject, "fail", f"{found}, no compute environment", fix="invalid", values=values)
    if (enabled, status) == ("ENABLED", "VALID"):
        return judged("FS803", subject, "pass", found)
    return judged("FS803", subject, "warn", found, reason, fix="invalid", values=values)


def mixture(setting: Setting, subject: Subject) -> CheckResult:
    """FS805."""
    spot = [one.name for one in setting.environments if one.spot]
    other = [one.name for one in setting.environments if not one.spot]
    if not other:
        return judged("FS805", subject, "pass", f"Spot only ({len(spot)})")
    if not spot:
        return judged("FS805", subject, "pass", "no Spot at all", "One kind only; FS804 says that it is the wrong one.")
    first = setting.environments[0]
    detail = (
        "A task that lands on a host that is not Spot runs without snapshots. One that was reclaimed on Spot and tries "
        "again there may begin from the start: Fusion sets its snapshots up on Spot hosts only."
    )
    if not first.spot:
        detail += f" {first.name} comes first in the queue, so Spot is only taken when that is full."
    found = f"Spot: {', '.join(spot)}; not Spot: {', '.join(other)}"
    return judged("FS805", subject, "warn", found, detail, values=setting.values())


def time_limits(setting: Setting, subject: Subject) -> CheckResult:
    """FS808."""
    actions = items(mapping(setting.evidence.job_queue).get("jobStateTimeLimitActions"))
    limits = {text(one.get("reason")) or "": whole(one.get("maxTimeSeconds")) for one in actions}
    lacking = [reason for reason in FOR_EVER if reason not in limits]
    if not lacking:
        longest = max(limits[reason] or 0 for reason in FOR_EVER)
        return judged("FS808", subject, "pass", f"{len(limits)} actions, at most {longest} s for jobs that cannot run")
    found = f"{len(limits)} actions" if limits else "none"
    names = " and ".join(reason.split(":", 1)[1] for reason in lacking)
    detail = f"A job held up by {names} waits for ever, and the jobs behind it with it."
    return judged("FS808", subject, "warn", found, detail, values=setting.values())
