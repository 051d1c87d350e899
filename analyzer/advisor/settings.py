"""What an advice changes: the settings as they are, as they should be, and why; all from this job's own evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from analyzer.advisor.placeholders import fill
from analyzer.advisor.readings import Case
from analyzer.advisor.setting_readers import READERS
from analyzer.classifier.finding import Finding, Quote
from analyzer.classifier.rule_record import Advice
from analyzer.frozen import frozen

AT_LEAST = frozenset({"batch_attempts", "max_retries", "ulimit_nofile", "memory_bytes", "vcpus"})
"""Settings of which more than is proposed is as good."""
AT_MOST = frozenset({"dump_seconds"})
"""Settings of which less is as good."""
CONDITION_WORDS: Mapping[str, str] = {
    "job-known": "the job's description is there",
    "job-unknown": "there is no job's description",
    "running": "the job is still running",
    "bare-log": "all there is is one log",
    "time-limit": "the job has a time limit",
    "no-time-limit": "no time limit of the job is known of",
    "x86_64": "the hosts are not known to be Graviton",
    "arm64": "the hosts are Graviton",
    "snapshots-on": "snapshots were on",
    "snapshots-not-seen": "nothing shows that snapshots were on",
    "pre-dumps": "a pre-dump was seen",
    "no-pre-dumps": "no pre-dump was seen",
    "full-dumps": "a full dump was seen",
    "no-full-dumps": "no full dump was seen",
    "dump-near-window": "the last full dump's log goes on for about the window's length",
    "dump-far-from-window": "the last full dump's log stops long before the window's end",
    "host-lost": "an attempt lost its host",
    "host-end-known": "it is known what ended the host",
    "host-end-unknown": "it is not known what ended the host",
    "memory-known": "it is known how much memory the job asks for",
    "memory-unknown": "it is not known how much memory the job asks for",
}
"""What each of the conditions says of a job for which it holds."""


@frozen
class Settled:
    """The three members of a recommendation."""

    current: Mapping[str, object] = field(default_factory=dict)
    """Setting -> value; None where it cannot be known."""
    proposed: Mapping[str, object] = field(default_factory=dict)
    because: Mapping[str, object] = field(default_factory=dict)
    """Where the proof stands, where each current value comes from, and when the advice holds."""


def settle(advice: Advice, case: Case, values: Mapping[str, str]) -> Settled:
    """What the advice changes in this job; nothing where it does not say.

    `values`: placeholder -> value, as analyzer.advisor.placeholders knows them.
    """
    if not advice.proposed:
        return Settled()
    read = {name: READERS[name](case) for name in advice.proposed}
    return Settled(
        current={name: reading.value for name, reading in read.items()},
        proposed={name: _filled(value, values) for name, value in advice.proposed.items()},
        because={
            **proof(case.root),
            **{f"{name}_from": reading.source for name, reading in read.items()},
            "holds": fill(advice.holds, values) if advice.holds else _holds(advice, case.root),
        },
    )


def moot(advice: Advice, case: Case, values: Mapping[str, str]) -> bool:
    """Whether the job already is as the advice would have it, in all that it says."""
    if not advice.proposed:
        return False
    settled = settle(advice, case, values)
    return all(_in_place(name, settled.current[name], wanted) for name, wanted in settled.proposed.items())


def proof(root: Finding) -> dict[str, object]:
    """Where the line stands that the verdict rests on, and how sure that is."""
    first = next(iter(root.evidence), None)
    return {"proof": _place(first) if first else "none", "proof_confidence": root.confidence}


def _place(quote: Quote) -> str:
    return f"{quote.source}, line {quote.line}" if quote.line is not None else quote.source


def _filled(value: object, values: Mapping[str, str]) -> object:
    if not isinstance(value, str):
        return value
    text = fill(value, values)
    return int(text) if text != value and text.isdecimal() else text


def _in_place(name: str, current: object, wanted: object) -> bool:
    if current is None:
        return False
    if isinstance(current, (int, float)) and isinstance(wanted, (int, float)):
        if name in AT_LEAST:
            return current >= wanted
        if name in AT_MOST:
            return current <= wanted
    if isinstance(current, list) and isinstance(wanted, list):
        return set(current) == set(wanted)
    return current == wanted


def _holds(advice: Advice, root: Finding) -> str:
    """When the advice is good, by what it is bound to; without a bond it is for the cause."""
    said = "\n".join([root.summary, *(quote.text for quote in root.evidence)]).casefold()
    bonds = [CONDITION_WORDS[name] for name in advice.only]
    bonds += [f"the evidence says '{literal}'" for literal in advice.when if literal.casefold() in said][:1]
    if advice.unless:
        bonds.append(f"the evidence says none of {', '.join(map(repr, advice.unless))}")
    return " and ".join(bonds) if bonds else f"the cause is {root.cause}"
