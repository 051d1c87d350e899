"""Whether a diagnosis with a failing call is an honest one: weaker or the same, never wrong, never silent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from analyzer.diagnosis import Diagnosis, to_document
from analyzer.examine import Failure
from tests.e2e.expectations import accepted
from tests.faults.cases import Baseline, Case, Key, baseline

UNKNOWN = "unknown.insufficient_evidence"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_EXCEPTION = re.compile(r": \w+(?:Error|Exception)\b: ")
LONGEST_SENTENCE = 700


def outcome_of(case: Case, result: Diagnosis | Failure) -> str:
    """A class for counting."""
    if isinstance(result, Failure):
        return "an error in one sentence"
    document, before = to_document(result, verbose=False), baseline(case.scenario).document
    if document["verdict"]["cause"] != before["verdict"]["cause"]:
        return "weaker, with a gap" if document["verdict"]["cause"] != UNKNOWN else "not enough evidence, with a gap"
    return "the same verdict, with a gap" if _new_gaps(document, before) else "the same, nothing is missing"


def problems(case: Case, result: Diagnosis | Failure) -> list[str]:
    """What is wrong, a sentence each; empty where all is well."""
    found = _of_failure(case, result) if isinstance(result, Failure) else _of_diagnosis(case, result)
    return [f"{case}: {problem}" for problem in found]


def _of_failure(case: Case, failure: Failure) -> Iterator[str]:
    message = failure.message
    if "fault in fsnap-diagnose" in message or "Traceback" in message or _EXCEPTION.search(message):
        yield f"a fault of ours: {message}"
    if _CONTROL.search(message) or len(message) > LONGEST_SENTENCE or not message.endswith("."):
        yield f"no sentence: {message!r}"
    if case.scenario.target.rstrip("/") not in message:
        yield f"the target is not named: {message}"
    if case.struck and not _takes_the_target(case, case.struck):
        yield f"the target could be examined without {case.struck[1]}: {message}"
    if case.kind and case.kind.harmless:
        yield f"nothing was missing: {message}"


def _takes_the_target(case: Case, struck: Key) -> bool:
    """What fails is what the target is looked up with; a host without an address fails for the whole service."""
    if case.kind and case.kind.below in ("hang", "drip"):
        return True  # its time limit is short: on a busy machine it may be over before anything was there
    service, operation, _ = baseline(case.scenario).keys[0]
    whole_service = case.on_sockets and case.kind is not None and case.kind.below == "no-host"
    return struck[0] == service if whole_service else struck[1] == operation


def _of_diagnosis(case: Case, result: Diagnosis) -> Iterator[str]:
    known = baseline(case.scenario)
    document = to_document(result, verbose=False)
    before = known.document
    yield from _verdict_problems(document["verdict"], known, case)
    if case.kind and case.kind.harmless and _told(document) != _told(before):
        yield f"the answer came whole, and the diagnosis is another: {document['verdict']['cause']}"
    changed = _told(document) != _told(before)
    if changed and not _new_gaps(document, before) and not (case.kind and case.kind.of_types):
        yield f"it says something else, and no gap tells why: {document['verdict']} {document['gaps']}"
    for gap in document["gaps"]:
        if not gap["what"] or not gap["why"] or not gap["matters"] or _CONTROL.search(gap["why"]):
            yield f"a gap without its words: {gap}"


def _verdict_problems(verdict: Mapping[str, Any], known: Baseline, case: Case) -> Iterator[str]:
    cause = verdict["cause"]
    accept = [*case.scenario.expected["accept"], known.document["verdict"]["cause"], UNKNOWN]
    if accepted(cause, accept):
        return
    if cause in known.true_causes:
        return  # a step of the story, which was told in whole before
    if _weaker(cause, verdict["confidence"], known):
        return
    if verdict["confidence"] == "certain":
        yield f"certain of {cause}, which the whole evidence does not say"
    else:
        yield f"{cause} ({verdict['confidence']}) is not weaker than {known.document['verdict']['cause']}"


LESS = {
    "dump.failed": "dump.",
    "dump.interrupted": "dump.",
    "restore.failed": "restore.",
    "host.terminated": "host.",
    "schedule.waiting": "schedule.",
    "ok.completed": "ok.",
}
"""Causes that say less than all others whose names begin so."""


def _weaker(cause: str, confidence: str, known: Baseline) -> bool:
    """The same family, told less precisely; where the whole evidence has such a step."""
    if cause == "dump.interrupted" and confidence != "possible":
        return "dump.window_exceeded" in known.true_causes
    family = LESS.get(cause)
    return family is not None and any(one.startswith(family) for one in known.true_causes)


def _new_gaps(document: Mapping[str, Any], before: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [gap for gap in document["gaps"] if gap not in before["gaps"]]


def _told(document: Mapping[str, Any]) -> dict[str, Any]:
    """All but the gaps."""
    return {name: value for name, value in document.items() if name != "gaps"}
