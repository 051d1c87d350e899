"""Retries: an `errorStrategy` that treats 175, 176, 177 and a lost host apart, and what Batch's own attempts do.

A retry of Nextflow's is a new job in a new work directory: nothing of a snapshot is carried over. Batch's attempts of
one job are what snapshots live on. Sources: nextflow-io/nextflow, AwsBatchTaskHandler and TaskProcessor.
"""

from __future__ import annotations

from analyzer.advisor.placeholders import PROCESS, process_of
from analyzer.advisor.readings import Case
from analyzer.advisor.setting_readers import READERS
from analyzer.advisor.settings import Settled, proof
from analyzer.classifier.finding import Recommendation
from analyzer.frozen import frozen

FAMILIES = ("dump", "restore", "host")
"""Families of causes whose jobs are advised how to retry."""
FUSION_IO_ERROR = "fusion.io_error"
"""The one cause beside them: Fusion's own exit code."""
MAX_RETRIES = 2
HOST_LOST_CODES = (137, 143, 2147483647)
"""What Nextflow sees where the host went: killed, ended, or no code at all (AwsBatchTaskHandler)."""
ATTEMPTS_WITH_SNAPSHOTS = 5
"""What Nextflow takes with snapshots on where maxSpotAttempts is 0 or not set (FusionConfig, since 25.03.0-edge)."""
ZERO_IS_FIVE = (
    f"aws.batch.maxSpotAttempts = 0 counts as not set: with snapshots on Nextflow then asks Batch for "
    f"{ATTEMPTS_WITH_SNAPSHOTS} attempts of each job; 1 is a single attempt"
)
ZERO_IN_SHORT = (
    f"with snapshots on, aws.batch.maxSpotAttempts = 0 means {ATTEMPTS_WITH_SNAPSHOTS} attempts of each job; 1 is one"
)
DOCS = ("https://docs.seqera.io/fusion/troubleshooting/fusion-snapshots",)
SNAPSHOT_CODES = "175, 176 and 177"


def wanted(case: Case) -> bool:
    """Whether this job is to be told how to retry: one of snapshots or hosts, and of Nextflow's."""
    of_family = case.root.cause.split(".", 1)[0] in FAMILIES or case.root.cause == FUSION_IO_ERROR
    return of_family and _of_nextflow(case)


def _of_nextflow(case: Case) -> bool:
    """A job that is none of Nextflow's says so; without a job's description there is only the snapshot, which is."""
    job = case.job
    if job is None or not job.containers:
        return True
    marked = "nf-token" in (job.parameters or {})
    return marked or any(".command.run" in part for one in job.containers for part in one.command)


@frozen
class Strategy:
    """The strategy for one job."""

    case: Case
    repeats: bool
    """The cause comes back in every new job: 175 is not retried."""

    @property
    def summary(self) -> str:
        """What to do, where the rule has no words of its own."""
        if self.repeats:
            return (
                "Cure the cause before a retry: a new job meets it again, so the strategy ends at 175. It retries 176, "
                "177 and lost hosts, each in a new work directory, where the task starts afresh."
            )
        return (
            f"Let Nextflow tell {SNAPSHOT_CODES} and a lost host apart: 175 is retried once, the others twice, each in "
            "a new work directory, where the task starts afresh."
        )

    @property
    def snippet(self) -> str:
        """For `nextflow.config`, in the strict syntax of Nextflow 26.04, too."""
        lines = [
            "process {",
            f"    withName: '{process_of(self.case.facts) or PROCESS}' {{",
            "        // replaces the strategy that the process may have: add the codes of its tool",
            f"        // {ZERO_IN_SHORT}",
            f"        maxRetries    = {MAX_RETRIES}",
            "        errorStrategy = {",
            *(f"            {line}" for line in self._branches()),
            "            return 'finish'",
            "        }",
            "    }",
            "}",
        ]
        return "\n".join(lines)

    def _branches(self) -> list[str]:
        once = "return task.attempt == 1 ? 'retry' : 'finish'"
        lines = []
        if self.case.root.cause == FUSION_IO_ERROR:
            lines += [
                "// 174, Fusion's own I/O error: once again, in case it was a passing one",
                f"if (task.exitStatus == 174) {{ {once} }}",
            ]
        if self.repeats:
            lines += [
                "// 175, the dump failed: a new job meets the same cause, so cure it first",
                "if (task.exitStatus == 175) { return 'finish' }",
            ]
        else:
            lines += [
                "// 175, the dump failed: once again, in case it was a passing fault",
                f"if (task.exitStatus == 175) {{ {once} }}",
            ]
        return [
            *lines,
            "// 176, the restore failed: mostly the echo of a dump that was cut off; a new job starts afresh",
            "if (task.exitStatus == 176) { return 'retry' }",
            "// 177, the checkpoint's files do not agree with its manifest: where it comes again, check the storage",
            "if (task.exitStatus == 177) { return 'retry' }",
            f"// {HOST_LOST_CODES[0]}, {HOST_LOST_CODES[1]} and {HOST_LOST_CODES[2]} (no code): the host was lost, "
            "or memory or time ran out",
            f"if (task.exitStatus in {list(HOST_LOST_CODES)}) {{ return 'retry' }}",
        ]

    @property
    def settled(self) -> Settled:
        """The three members of the recommendation."""
        attempts, rules = READERS["batch_attempts"](self.case), READERS["batch_retry_rules"](self.case)
        once = [174] if self.case.root.cause == FUSION_IO_ERROR else []
        once += [] if self.repeats else [175]
        because: dict[str, object] = {
            **proof(self.case.root),
            "batch_attempts_from": attempts.source,
            "batch_retry_rules_from": rules.source,
            "max_retries_from": READERS["max_retries"](self.case).source,
            "max_spot_attempts": ZERO_IS_FIVE,
            "holds": "the task gives the same result when it starts again; "
            + ("a retry of 175 waits for the cure" if self.repeats else "a fault that comes again needs a cure"),
        }
        if isinstance(attempts.value, int):
            because["most_runs"] = (MAX_RETRIES + 1) * attempts.value
            because["most_runs_from"] = "max_retries and the first try, each of batch_attempts"
        return Settled(
            current={"batch_attempts": attempts.value, "batch_retry_rules": rules.value, "max_retries": None},
            proposed={
                "max_retries": MAX_RETRIES,
                "retry_exit_codes": [176, 177, *HOST_LOST_CODES],
                **({"retry_once_exit_codes": once} if once else {}),
                **({"no_retry_exit_codes": [175]} if self.repeats else {}),
            },
            because=because,
        )

    def recommendation(self, docs: tuple[str, ...] = DOCS) -> Recommendation:
        """The whole, in its own words."""
        settled = self.settled
        return Recommendation(
            kind="retry",
            summary=self.summary,
            current=settled.current,
            proposed=settled.proposed,
            because=settled.because,
            snippet_language="groovy",
            snippet=self.snippet,
            docs=docs,
        )


def with_retry(advised: tuple[Recommendation, ...], case: Case, repeats: bool) -> tuple[Recommendation, ...]:
    """The advice, with exactly one that says how to retry where this job is to be told."""
    if not wanted(case):
        return advised
    strategy = Strategy(case, repeats)
    if any(one.kind == "retry" for one in advised):
        return tuple(_completed(one, strategy) if one.kind == "retry" else one for one in advised)
    return (*advised, strategy.recommendation())


def _completed(one: Recommendation, strategy: Strategy) -> Recommendation:
    """A rule's own words on retrying, with the strategy."""
    whole = strategy.recommendation(one.docs)
    return Recommendation(
        kind="retry",
        summary=one.summary,
        current={**one.current, **whole.current},
        proposed={**one.proposed, **whole.proposed},
        because={**whole.because, **one.because},
        snippet_language=whole.snippet_language,
        snippet=whole.snippet,
        docs=whole.docs,
    )
