"""Most jobs go well at the first attempt: their rows without the rules, which could add nothing to them.

A job that Batch calls SUCCEEDED is answered by `completed` alone, whatever the rules find (`verdict.decide`), and one
of a single attempt that kept its host has nothing to be restored from, nor anything to recommend.
"""

from __future__ import annotations

from analyzer.advisor.description import describe
from analyzer.advisor.instance_catalogue import InstanceCatalogue
from analyzer.advisor.prices import SpotPrices
from analyzer.classifier.catalogue import Catalogue
from analyzer.classifier.gather import gather
from analyzer.classifier.healthy import completed
from analyzer.classifier.verdict import as_verdict
from analyzer.diagnosis import Diagnosis
from analyzer.evidence.host_loss import lost_reason
from analyzer.evidence.job import read_job
from analyzer.evidence.model import Evidence
from analyzer.fleet.row import Row
from analyzer.fleet.rows import rows_of
from analyzer.support.known_secrets import known_secrets, mask_known
from analyzer.support.redaction import mask_document


def is_plain(evidence: Evidence) -> bool:
    """The description of a job that went well at the first attempt, and nothing beside it."""
    if evidence.kind != "job" or evidence.job is None or evidence.gaps:
        return False
    if evidence.logs or evidence.workdir or evidence.listing is not None:
        return False
    job = read_job(evidence.job)
    return job.status == "SUCCEEDED" and len(job.attempts) == 1 and lost_reason(job.attempts[0]) is None


def plain_rows(
    evidence: Evidence,
    catalogue: Catalogue,
    *,
    diagnosed_at: str,
    tool_version: str,
    prices: SpotPrices | None = None,
    instances: InstanceCatalogue | None = None,
) -> tuple[Row, ...] | None:
    """What `rows_of` makes of the whole diagnosis; None where the job is not plain. The arguments are those."""
    if not is_plain(evidence):
        return None
    facts, _ = gather(evidence, catalogue)
    secrets = known_secrets(evidence.job, evidence.array_parent)
    root = mask_known(completed(facts), secrets)
    diagnosis = Diagnosis(
        target=evidence.target,
        job=mask_known(describe(facts, evidence), secrets),
        verdict=as_verdict(mask_document(root), catalogue),
        findings=(root,),
    )
    return rows_of(
        evidence,
        diagnosis,
        facts,
        diagnosed_at=diagnosed_at,
        tool_version=tool_version,
        prices=prices,
        instances=instances,
    )
