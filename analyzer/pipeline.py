"""Evidence -> Diagnosis: the way through the house, in one pure function."""

from __future__ import annotations

from dataclasses import replace

from analyzer.advisor.description import describe
from analyzer.advisor.drawing import drawing_of
from analyzer.advisor.instance_catalogue import InstanceCatalogue
from analyzer.advisor.measurements import measure
from analyzer.advisor.reckoning import unknown_types
from analyzer.advisor.recommend import reckoned, recommend
from analyzer.advisor.window import Window
from analyzer.classifier.catalogue import Catalogue
from analyzer.classifier.chain import tell
from analyzer.classifier.engine import evaluate
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import RANK, Finding
from analyzer.classifier.gather import gather
from analyzer.classifier.unseen import unseen
from analyzer.classifier.verdict import as_verdict, decide
from analyzer.diagnosis import Diagnosis
from analyzer.evidence.model import Evidence
from analyzer.frozen import frozen
from analyzer.support.known_secrets import known_secrets, mask_known
from analyzer.support.redaction import mask_document

SEVERITIES = ("error", "warning", "info")


def _demoted(root: Finding, finding: Finding) -> Finding:
    """ "It failed" beside the reason why is no finding of its own any more."""
    family = root.cause.split(".", 1)[0]
    echo = finding.cause in (f"{family}.failed", f"{family}.killed") and finding.cause != root.cause
    return replace(finding, severity="info") if echo else finding


def _ordered(root: Finding, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The root first, then by weight."""
    others = [_demoted(root, f) for f in findings if f is not root]
    others.sort(key=lambda f: (SEVERITIES.index(f.severity), RANK[f.confidence], f.attempt or 0))
    return ((root,) if root.evidence else ()) + tuple(others)


@frozen
class Study:
    """A diagnosis, and the facts that it was made of: nothing is parsed twice for whoever wants both."""

    facts: Facts
    diagnosis: Diagnosis


def diagnose(
    evidence: Evidence,
    catalogue: Catalogue,
    instances: InstanceCatalogue | None = None,
    window: Window | None = None,
) -> Diagnosis:
    """Name the cause, prove it, tell the story, and say what could not be seen.

    The rules see the evidence as it is; what the job's environment shows to be secret is masked in what they say.
    `instances` are the types to choose from, the shipped ones if not given; `window` is what a dump has to fit into.
    """
    return study(evidence, catalogue, instances, window).diagnosis


def study(
    evidence: Evidence,
    catalogue: Catalogue,
    instances: InstanceCatalogue | None = None,
    window: Window | None = None,
) -> Study:
    """The same, with the facts. They are as the evidence is: what is secret in them is not masked."""
    facts, reading_gaps = gather(evidence, catalogue)
    findings, examined = evaluate(facts, catalogue)
    root = decide(facts, findings)
    reckoning = reckoned(facts, root, evidence, instances, window or Window())
    unknown = unknown_types(facts, reckoning.instances, evidence) if reckoning else ()
    gaps = (*evidence.gaps, *reading_gaps, *unknown)
    secrets = known_secrets(evidence.job, evidence.array_parent)
    diagnosis = Diagnosis(
        target=evidence.target,
        job=describe(facts, evidence),
        # its fingerprint must be the same of a capture, whose secrets are masked already
        verdict=as_verdict(mask_document(mask_known(root, secrets)), catalogue),
        chain=tell(facts, findings, root),
        findings=_ordered(root, findings),
        recommendations=recommend(facts, root, catalogue, evidence, reckoning),
        examined=examined,
        measurements=measure(facts),
        gaps=(*gaps, *unseen(facts, root, gaps)),
        recalled=evidence.recalled,
        drawing=drawing_of(facts),
    )
    # what was examined is the catalogue's own words, and most of a diagnosis
    masked = mask_known(replace(diagnosis, examined=()), secrets)
    return Study(facts, replace(masked, examined=examined, target=evidence.target))
