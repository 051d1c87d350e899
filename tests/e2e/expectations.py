"""Holds a diagnosis against a scenario's expected.json."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.loopback.scenario import Scenario

Diagnosis = Mapping[str, Any]
CONFIDENCES = {"certain", "likely", "possible"}


def problems(diagnosis: Diagnosis, scenario: Scenario) -> list[str]:
    """What is wrong with the diagnosis, a sentence each; empty where all is well."""
    return [f"{scenario.name}: {problem}" for problem in _problems(diagnosis, scenario.expected)]


def _problems(diagnosis: Diagnosis, expected: Mapping[str, Any]) -> Iterator[str]:
    verdict = diagnosis["verdict"]
    if not accepted(verdict["cause"], expected["accept"]):
        yield f"verdict {verdict['cause']} ({verdict['confidence']}), wanted {' or '.join(expected['accept'])}"
    if verdict["confidence"] not in expected.get("confidence", CONFIDENCES):
        yield f"confidence {verdict['confidence']}, wanted {expected['confidence']}"
    if expected.get("not_certain") and verdict["confidence"] == "certain":
        yield f"{verdict['cause']} is called certain, which the evidence does not allow"
    yield from _chain_problems(diagnosis, expected)
    yield from _evidence_problems(diagnosis, expected)
    yield from _gap_problems(diagnosis, expected)
    kinds = {recommendation["kind"] for recommendation in diagnosis["recommendations"]}
    if missing := set(expected.get("recommendation_kinds", [])) - kinds:
        yield f"no recommendation of kind {missing}, only {kinds}"


def accepted(cause: str, accept: list[str]) -> bool:
    """A cause of one's own under an accepted one is accepted, too: `dump.unix_socket.systemd`."""
    return any(cause == one or cause.startswith(one + ".") for one in accept)


def _chain_problems(diagnosis: Diagnosis, expected: Mapping[str, Any]) -> Iterator[str]:
    named = [step["cause"] for step in diagnosis["chain"]]
    for cause in expected.get("chain_causes", []):
        if cause not in named:
            yield f"the chain does not name {cause}, only {named}"


def _evidence_problems(diagnosis: Diagnosis, expected: Mapping[str, Any]) -> Iterator[str]:
    verdict = diagnosis["verdict"]
    quotes = [quote for finding in diagnosis["findings"] for quote in finding["evidence"]]
    proofs = [q for f in diagnosis["findings"] if f["rule"] == verdict["rule"] for q in f["evidence"]]
    if not proofs and verdict["cause"] != "unknown.insufficient_evidence":
        yield f"{verdict['cause']} stands without a line of evidence"
    for text in expected.get("evidence_contains", []):
        if not any(text in quote["text"] for quote in quotes):
            yield f"no quoted evidence holds {text!r}: {[q['text'] for q in quotes]}"


def _gap_problems(diagnosis: Diagnosis, expected: Mapping[str, Any]) -> Iterator[str]:
    for wanted in expected.get("gaps", []):
        if not any(has_gap(gap, wanted) for gap in diagnosis["gaps"]):
            yield f"no gap like {wanted}: {json.dumps(diagnosis['gaps'])}"


def has_gap(gap: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    return all(part in str(gap.get(member)) for member, part in wanted.items())


def weaker_or_same(diagnosis: Diagnosis, accept: list[str]) -> bool:
    """With less to see: a cause that is still right, or an honest admission that the evidence does not suffice."""
    return accepted(diagnosis["verdict"]["cause"], [*accept, "unknown.insufficient_evidence"])
