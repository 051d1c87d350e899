"""Answers that accuse nobody: it went well, it is still running, or too little can be seen."""

from __future__ import annotations

from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Finding, Quote
from analyzer.classifier.operations import Operation, last_operation, operations

UNKNOWN_RULE, COMPLETED_RULE, SURVIVED_RULE, RUNNING_RULE = "FS000", "FS001", "FS002", "FS003"


def _lost(facts: Facts) -> list[Quote]:
    return [a.host_lost for a in facts.attempts if a.host_lost]


def _restored(facts: Facts) -> Quote | None:
    for operation in operations(facts):
        if operation.kind == "restore" and operation.outcome == "complete":
            return _end_of(operation)
    return None


def _end_of(operation: Operation) -> Quote:
    log, number = operation.log, operation.checkpoint.number
    if log and log.success:
        at = None if log.success.seconds is None else f"{log.success.seconds:g} s"
        return Quote(log.source, log.success.text, log.success.number, at)
    name = "stats-restore" if operation.kind == "restore" else "stats-dump"
    size = (operation.checkpoint.files or {}).get(name)
    if size is not None:
        return Quote(
            "workdir.listing.jsonl", f".fusion/dump/{number}/{name}, {size} bytes (written after success only)"
        )
    last = log.last_line if log else None
    return Quote(
        log.source if log else "workdir.listing.jsonl",
        last.text if last else "(ended without an error)",
        last.number if last else None,
    )


def _good_end(facts: Facts) -> Quote | None:
    if facts.job and facts.job.status == "SUCCEEDED":
        return Quote("job.status", "SUCCEEDED")
    if facts.exit_code == 0:
        return facts.exit_file or Quote(f"{facts.attempts[-1].attempt.source}.container.exitCode", "0")
    operation = last_operation(facts)
    return _end_of(operation) if operation and operation.outcome == "complete" else None


def _hosts(lost: list[Quote]) -> str:
    return "1 host" if len(lost) == 1 else f"{len(lost)} hosts"


def completed(facts: Facts) -> Finding:
    """It ended well: `ok.completed`, or `ok.survived_reclaim` where a restore carried it over a lost host."""
    end, lost = _good_end(facts), _lost(facts)
    quotes = (end,) if end else ()
    finished = facts.job is not None or facts.exit_code == 0
    if finished and (survived := _survived(facts, quotes, lost)):
        return survived
    if lost:
        summary = f"The job finished. It lost {_hosts(lost)} and began again from the start: no restore is to be seen."
        return _ok(COMPLETED_RULE, "ok.completed", summary, (*quotes, *lost))
    operation = last_operation(facts)
    if not finished and operation:
        # a restore that failed before it could open its log leaves no trace beside a good dump
        sure = facts.kind == "log" or operation.kind == "restore"
        return _ok(COMPLETED_RULE, "ok.completed", f"The {operation.kind} ended well.", quotes, certain=sure)
    return _ok(COMPLETED_RULE, "ok.completed", "The task finished; nothing failed that needs explaining.", quotes)


def _survived(facts: Facts, quotes: tuple[Quote, ...], lost: list[Quote]) -> Finding | None:
    restored = _restored(facts)
    if restored and (lost or facts.job is None):
        told = _hosts(lost) if lost else "at least one host"
        summary = f"The task lost {told}, was restored from a snapshot and went on to finish."
        return _ok(SURVIVED_RULE, "ok.survived_reclaim", summary, (*quotes, restored, *lost))
    looked = facts.checkpoints or "work directory listing" in facts.have
    if lost and facts.snapshots == "on" and not looked:
        summary = (
            f"The job lost {_hosts(lost)} and finished; snapshots seem to be on, but no restore's log could be seen."
        )
        return _ok(SURVIVED_RULE, "ok.survived_reclaim", summary, (*quotes, *lost), certain=False)
    return None


def _ok(rule: str, cause: str, summary: str, quotes: tuple[Quote, ...], *, certain: bool = True) -> Finding:
    return Finding(rule, cause, "info", "certain" if certain else "likely", summary, quotes)


def running(facts: Facts, *, doubtful: bool = False) -> Finding:
    """It still runs, and nothing is wrong; `doubtful` where its last checkpoint has not ended well so far."""
    status = facts.job.status if facts.job else None
    lost = _lost(facts)
    also = f" Earlier attempts lost {_hosts(lost)}." if lost else ""
    quotes = (Quote("job.status", status or "RUNNING"), *lost)
    seen = "its last checkpoint or restore has not ended yet" if doubtful else "nothing wrong was seen"
    return _ok(RUNNING_RULE, "ok.running", f"The job is {status}; {seen}.{also}", quotes, certain=not doubtful)


def insufficient(facts: Facts) -> Finding:
    """What could be had does not name a cause."""
    quotes: list[Quote] = []
    if facts.job and facts.job.status:
        quotes.append(Quote("job.status", facts.job.status))
    if facts.job and facts.job.status_reason:
        quotes.append(Quote("job.statusReason", facts.job.status_reason))
    if facts.attempts and (end := facts.attempts[-1].attempt.main) and end.exit_code is not None:
        quotes.append(Quote(f"{end.source}.exitCode", str(end.exit_code)))
    elif facts.exit_file:
        quotes.append(facts.exit_file)
    looked = ", ".join(sorted(facts.have)) or "nothing"
    summary = f"What could be had ({looked}) does not name a cause."
    return Finding(UNKNOWN_RULE, "unknown.insufficient_evidence", "warning", "possible", summary, tuple(quotes))
