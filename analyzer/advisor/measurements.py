"""Figures of this job, each with its unit in its name. What is not known is left out."""

from __future__ import annotations

from analyzer.advisor.footprint import footprint
from analyzer.advisor.window import WINDOW_SECONDS
from analyzer.classifier.facts import Facts
from analyzer.classifier.operations import Operation, operations

MIB = 2**20


def last_of(facts: Facts, kind: str) -> Operation | None:
    """The last operation of a kind that has a log with times or bytes."""
    found = [o for o in operations(facts) if o.kind == kind and o.log and o.log.last_seconds is not None]
    return found[-1] if found else None


def _dump_figures(facts: Facts) -> dict[str, object]:
    operation = last_of(facts, "dump")
    if operation is None or operation.log is None or operation.log.last_seconds is None:
        return {}
    seconds, written = operation.log.last_seconds, operation.checkpoint.written_bytes
    figures: dict[str, object] = {"dump_seconds": round(seconds, 3), "dump_completed": operation.outcome == "complete"}
    if written:
        figures["dump_bytes"] = written
        if seconds > 0:
            figures["dump_bytes_per_second"] = round(written / seconds)
    return figures


def measure(facts: Facts) -> dict[str, object]:
    """All that was measured."""
    figures: dict[str, object] = {}
    spec = facts.job.main if facts.job else None
    if spec and spec.memory_mib:
        figures["memory_requested_bytes"] = spec.memory_mib * MIB
    if facts.trace:
        figures["peak_rss_bytes"] = facts.trace.peak_rss_bytes
        figures["cgroup_peak_bytes"] = facts.trace.cgroup_peak_bytes
        figures["cgroup_limit_bytes"] = facts.trace.cgroup_limit_bytes
    held = footprint(facts)
    if held is not None:
        figures |= {"memory_bytes": held.bytes, "memory_from": held.transfer.footprint_bytes.source}
    figures |= _dump_figures(facts)
    if facts.checkpoints:
        figures["window_seconds"] = WINDOW_SECONDS
        figures["dumps_full"] = sum(c.kind == "full" for c in facts.checkpoints)
        figures["dumps_pre"] = sum(c.kind == "pre" for c in facts.checkpoints)
    restore = last_of(facts, "restore")
    if restore and restore.log:
        figures |= {"restore_seconds": restore.log.last_seconds, "restore_completed": restore.outcome == "complete"}
    if facts.attempts:
        figures["attempts"] = len(facts.attempts)
        figures["attempts_lost"] = sum(a.host_lost is not None for a in facts.attempts)
    return {name: value for name, value in figures.items() if value is not None}
