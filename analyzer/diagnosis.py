"""The diagnosis: what a reporter shows, and its form as a JSON document (`fsnap-diagnosis/1`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from analyzer.advisor.drawing import Drawing
from analyzer.classifier.finding import ChainStep, Examined, Finding, Quote, Recommendation, Verdict
from analyzer.evidence.model import Gap, Recalled
from analyzer.frozen import frozen

SCHEMA = "fsnap-diagnosis/1"


@frozen
class Diagnosis:
    """Everything that is said of one target."""

    target: str
    job: Mapping[str, object]
    """Ready for JSON: id, name, queue, status, attempts, process, task_hash, workdir, snapshots, and more."""
    verdict: Verdict
    chain: tuple[ChainStep, ...] = ()
    findings: tuple[Finding, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    examined: tuple[Examined, ...] = ()
    measurements: Mapping[str, object] | None = None
    """Figures, each with its unit in its name; what is not known is left out."""
    gaps: tuple[Gap, ...] = ()
    recalled: tuple[Recalled, ...] = ()
    """What AWS did not give (any more), and a store had: `--store`."""
    drawing: Drawing = field(default_factory=Drawing)
    """What HTML draws of it; in no document."""

    @property
    def healthy(self) -> bool:
        """Nothing wrong was found."""
        return self.verdict.cause.startswith("ok.")


def _quote(quote: Quote) -> dict[str, Any]:
    return {"source": quote.source, "line": quote.line, "at": quote.at, "text": quote.text}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "cause": finding.cause,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "attempt": finding.attempt,
        "summary": finding.summary,
        "evidence": [_quote(q) for q in finding.evidence],
        "docs": list(finding.docs),
    }


def _recommendation(recommendation: Recommendation) -> dict[str, Any]:
    snippet = (
        {"language": recommendation.snippet_language, "text": recommendation.snippet}
        if recommendation.snippet
        else None
    )
    return {
        "kind": recommendation.kind,
        "summary": recommendation.summary,
        "current": dict(recommendation.current),
        "proposed": dict(recommendation.proposed),
        "because": dict(recommendation.because),
        "snippet": snippet,
        "docs": list(recommendation.docs),
    }


def to_document(diagnosis: Diagnosis, *, verbose: bool = False) -> dict[str, Any]:
    """The JSON document; `examined` only when `verbose`."""
    verdict = diagnosis.verdict
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "target": diagnosis.target,
        "job": dict(diagnosis.job),
        "verdict": {
            "cause": verdict.cause,
            "rule": verdict.rule,
            "confidence": verdict.confidence,
            "title": verdict.title,
            "summary": verdict.summary,
            "owner": verdict.owner,
            "fingerprint": verdict.fingerprint,
        },
        "chain": [
            {"attempt": s.attempt, "at": s.at, "event": s.event, "cause": s.cause, "led_to": s.led_to}
            for s in diagnosis.chain
        ],
        "findings": [_finding(f) for f in diagnosis.findings],
        "recommendations": [_recommendation(r) for r in diagnosis.recommendations],
        "measurements": dict(diagnosis.measurements or {}),
        "gaps": [
            {"what": g.what, "why": g.why, "permission": g.permission, "matters": g.matters} for g in diagnosis.gaps
        ],
    }
    if diagnosis.recalled:
        document["recalled"] = [{"what": r.what, "captured_at": r.captured_at} for r in diagnosis.recalled]
    if verbose:
        document["examined"] = [
            {"rule": e.rule, "result": e.result, "missing": list(e.missing)} for e in diagnosis.examined
        ]
    return document
