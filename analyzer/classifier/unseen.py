"""What would decide an uncertain case: the sources that nobody has looked at, and what would open each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Finding
from analyzer.evidence.model import Gap

NOT_HERE = "not part of the evidence"


def _wanted(facts: Facts) -> Iterator[tuple[str, Gap]]:
    """(source name, gap) of what a doubtful verdict lacks."""
    job, lost = facts.job, any(a.host_lost for a in facts.attempts)
    started = bool(facts.attempts)
    if facts.kind != "job":
        yield (
            "job",
            Gap(
                "the Batch job",
                f"{NOT_HERE}; give the job's id as the target",
                "attempts, reasons and exit codes across hosts",
                "batch:DescribeJobs",
            ),
        )
    if started or facts.kind == "workdir":
        yield (
            "task log",
            Gap("the task's log", NOT_HERE, "the last words of the task and of Fusion", "logs:GetLogEvents"),
        )
        yield (
            "work directory listing",
            Gap(
                "the work directory",
                NOT_HERE,
                "the checkpoints' logs and images, .exitcode, .fusion.log",
                "s3:ListBucket",
            ),
        )
    if lost and not any(a.reclaim or a.not_reclaim for a in facts.attempts):
        yield (
            "cloudtrail",
            Gap(
                "who ended the host",
                NOT_HERE,
                "whether it was a Spot reclaim or somebody's doing",
                "cloudtrail:LookupEvents",
            ),
        )
    if job and job.status in ("RUNNABLE", "PENDING", "SUBMITTED"):
        yield (
            "compute environments",
            Gap(
                "the compute environments",
                NOT_HERE,
                "whether any allowed instance type can hold the job",
                "batch:DescribeComputeEnvironments",
            ),
        )


def unseen(facts: Facts, root: Finding, known: Sequence[Gap]) -> tuple[Gap, ...]:
    """Gaps that nobody reported yet; none where the answer is certain or nothing is wrong."""
    job_decides = facts.kind != "job" and root.cause.startswith(("dump.", "restore."))
    if root.cause.startswith("ok.") or (root.confidence == "certain" and not job_decides):
        return ()
    reported = {gap.permission for gap in known if gap.permission}
    return tuple(gap for source, gap in _wanted(facts) if source not in facts.have and gap.permission not in reported)
