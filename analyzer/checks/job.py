"""Checks of a job as it was submitted: retries, Fusion, snapshots, arrays, the scratch volume."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.checks.judge import judged, unseen
from analyzer.checks.result import OF_JOBS, CheckResult, Subject
from analyzer.checks.setting import Setting
from analyzer.checks.user_data import SCRATCH
from analyzer.classifier.snapshots import snapshots_state, uses_fusion
from analyzer.evidence.job import Job, RetryRule, items, mapping, text
from analyzer.evidence.model import Document

LOST_HOST = "Host EC2 (instance i-0123456789abcdef0) terminated."
"""What Batch says of an attempt whose host went away."""
NOT_TOLD = "an environment does not tell: check a job that ran there"
ENOUGH_ATTEMPTS = 3


def check_job(setting: Setting) -> Iterator[CheckResult]:
    """Of the job; where the target is none, what only a job can tell is unknown."""
    if setting.job is None:
        gap = setting.gap("job")
        for check in OF_JOBS:
            yield unseen(check, setting.target, gap, NOT_TOLD)
        return
    job, subject = setting.job, setting.target
    yield retries(job, subject)
    yield fusion(job, subject)
    yield snapshots(job, subject)
    yield array(job, subject)
    if any(kind.nvme_gb for kind in setting.types.values()):
        yield scratch(setting, subject)


def _matches(pattern: str | None, value: str) -> bool:
    """As Batch matches: whole, without regard to case, with `*` at the end for anything more."""
    if pattern is None:
        return True
    folded, wanted = value.lower(), pattern.lower()
    return folded.startswith(wanted[:-1]) if wanted.endswith("*") else folded == wanted


def _on_lost_host(rules: tuple[RetryRule, ...]) -> RetryRule | None:
    """The first rule that applies to an attempt that has neither a container's reason nor an exit code."""
    return next(
        (
            rule
            for rule in rules
            if _matches(rule.on_status_reason, LOST_HOST)
            and _matches(rule.on_reason, "")
            and _matches(rule.on_exit_code, "")
        ),
        None,
    )


def retries(job: Job, subject: Subject) -> CheckResult:
    """FS862."""
    attempts = job.attempts_allowed or 1
    found = f"{attempts} {'attempt' if attempts == 1 else 'attempts'}, {len(job.retry_rules)} rules"
    if attempts <= 1:
        detail = "No other attempt follows a reclaim: a snapshot may be taken, and is never restored."
        return judged("FS862", subject, "fail", found, detail)
    rule = _on_lost_host(job.retry_rules)
    if rule is not None and rule.action.upper() == "EXIT":
        detail = "By these rules Batch ends the job when its host is lost, instead of trying again."
        return judged("FS862", subject, "fail", found, detail)
    if not job.retry_rules:
        detail = "Every failure is tried again, the task's own faults, too; Nextflow's rule tells them apart."
        return judged("FS862", subject, "warn", found, detail)
    survived = f"survives {attempts - 1} {'reclaim' if attempts - 1 == 1 else 'reclaims'}"
    if attempts < ENOUGH_ATTEMPTS:
        return judged("FS862", subject, "warn", found, f"It {survived} at most; Nextflow's default is 5 attempts.")
    return judged("FS862", subject, "pass", found, f"It {survived} at most.")


def fusion(job: Job, subject: Subject) -> CheckResult:
    """FS863."""
    if not job.containers:
        return unseen("FS863", subject, None, "the job's description has no container")
    if uses_fusion(job):
        return judged("FS863", subject, "pass", "on")
    detail = "Neither its command nor its environment has Fusion: without it there are no snapshots."
    return judged("FS863", subject, "fail", "off", detail)


def snapshots(job: Job, subject: Subject) -> CheckResult:
    """FS864."""
    state, why = snapshots_state(job, (), None, ())
    if state == "on":
        return judged("FS864", subject, "pass", "on", why)
    if state == "off":
        return judged("FS864", subject, "fail", "off", why)
    return unseen("FS864", subject, None, f"{why}; Nextflow puts nothing about it into a job")


def array(job: Job, subject: Subject) -> CheckResult:
    """FS867."""
    if job.array_index is None and not job.array_size:
        return judged("FS867", subject, "pass", "no array")
    found = f"an array of {job.array_size}" if job.array_size else f"child {job.array_index} of an array"
    detail = "Children share one FUSION_WORK; where each one's snapshots go, and whether they meet, is not documented."
    return judged("FS867", subject, "warn", found, detail)


def _mounts_scratch(job: Document) -> bool:
    tasks = items(mapping(job.get("ecsProperties")).get("taskProperties"))
    volumes = [one for holder in (mapping(job.get("container")), *tasks) for one in items(holder.get("volumes"))]
    paths = [text(mapping(one.get("host")).get("sourcePath")) for one in volumes]
    return any(path is not None and path.rstrip("/") == SCRATCH for path in paths)


def scratch(setting: Setting, subject: Subject) -> CheckResult:
    """FS868."""
    if _mounts_scratch(mapping(setting.evidence.job)):
        return judged("FS868", subject, "pass", f"{SCRATCH} is mounted")
    detail = "Hosts with NVMe are allowed, and the task does not see their disks: Fusion caches on the EBS volume."
    return judged("FS868", subject, "warn", f"{SCRATCH} is not mounted", detail)
