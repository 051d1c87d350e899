"""The named conditions that a catalogue's advice may be bound to (`only`), evaluated on one job's facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from analyzer.advisor.measurements import last_of
from analyzer.classifier.catalogue import Advice
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Finding

NEAR_WINDOW_SECONDS = 100
"""A dump that stops this late or later stops at about the length of the reclamation window."""
_ARM = ("arm64", "aarch64")
_GRAVITON = re.compile(r"(?:a1|[a-z]{1,8}\d{1,2}g[a-z]{0,4})(?:\..{1,30})?|default_arm64")
"""Types, families and Batch's bundle of types with AWS's own processors: `m6gd.4xlarge`, `im4gn`; not `g5.xlarge`."""

Condition = Callable[[Facts], bool]


def is_graviton(name: str) -> bool:
    """Whether a type, family or bundle has AWS's own processors, by its name."""
    return _GRAVITON.fullmatch(name) is not None


def architecture(facts: Facts) -> str | None:
    """`arm64` or `x86_64` by the instances that the job ran on, or must have run on; None where none is known.

    A job runs on one architecture. Where nothing names it, the types do; `optimal` and `default_x86_64` are x86_64.
    """
    hosts = [a.instance for a in facts.attempts]
    told = {host.architecture for host in hosts if host.architecture}
    if told:
        return "arm64" if told <= set(_ARM) else "x86_64"
    types = {host.instance_type for host in hosts if host.instance_type}
    names = types or {name for host in hosts for name in host.candidates}
    graviton = {is_graviton(name) for name in names}
    if len(graviton) != 1:
        return None
    return "arm64" if graviton.pop() else "x86_64"


def _has_time_limit(facts: Facts) -> bool:
    return bool(facts.job and facts.job.timeout_seconds)


def _job_known(facts: Facts) -> bool:
    job = facts.job
    return job is not None and bool(job.id or job.status or job.containers)


def _near_window(facts: Facts) -> bool:
    dump = last_of(facts, "dump")
    seconds = dump.log.last_seconds if dump and dump.log else None
    return seconds is not None and seconds >= NEAR_WINDOW_SECONDS


def _dumped(kind: str) -> Condition:
    return lambda facts: any(c.kind == kind for c in facts.checkpoints)


def _host_lost(facts: Facts) -> bool:
    return any(a.host_lost for a in facts.attempts)


def _host_end_known(facts: Facts) -> bool:
    lost = [a for a in facts.attempts if a.host_lost]
    return bool(lost) and bool(lost[-1].reclaim or lost[-1].not_reclaim)


def _memory_known(facts: Facts) -> bool:
    spec = facts.job.main if facts.job else None
    return bool(spec and spec.memory_mib)


def _not(condition: Condition) -> Condition:
    return lambda facts: not condition(facts)


EVALUATED: Mapping[str, Condition] = {
    "job-known": _job_known,
    "job-unknown": _not(_job_known),
    "running": lambda facts: bool(facts.job and facts.job.status == "RUNNING"),
    "bare-log": lambda facts: facts.kind == "log",
    "time-limit": _has_time_limit,
    "no-time-limit": _not(_has_time_limit),
    "x86_64": lambda facts: architecture(facts) != "arm64",
    "arm64": lambda facts: architecture(facts) == "arm64",
    "snapshots-on": lambda facts: facts.snapshots == "on",
    "snapshots-not-seen": lambda facts: facts.snapshots != "on",
    "pre-dumps": _dumped("pre"),
    "no-pre-dumps": _not(_dumped("pre")),
    "full-dumps": _dumped("full"),
    "no-full-dumps": _not(_dumped("full")),
    "dump-near-window": _near_window,
    "dump-far-from-window": _not(_near_window),
    "host-lost": _host_lost,
    "host-end-known": _host_end_known,
    "host-end-unknown": lambda facts: _host_lost(facts) and not _host_end_known(facts),
    "memory-known": _memory_known,
    "memory-unknown": _not(_memory_known),
}
"""One for every name of analyzer.classifier.catalogue.CONDITIONS."""


def fits(advice: Advice, facts: Facts, root: Finding) -> bool:
    """Whether an advice is for this job: its words stand in the finding, and all its conditions hold."""
    said = "\n".join([root.summary, *(quote.text for quote in root.evidence)]).casefold()
    if advice.when and not any(literal.casefold() in said for literal in advice.when):
        return False
    if any(literal.casefold() in said for literal in advice.unless):
        return False
    return all(EVALUATED[name](facts) for name in advice.only)
