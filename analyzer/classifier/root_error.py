"""The one line of a checkpoint log that says why its operation failed, told from noise, echoes and wrappers.

CRIU prints lines marked Error in runs that succeed, ends failures with a line that only says FAILED, and some causes
stand in a warning or in no line at all. The order of asking here: known causes, unknown errors, lines that yield to
others, notes below a warning, wrappers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from analyzer.classifier.catalogue import Signature
from analyzer.classifier.criu_noise import Weight, noise_table
from analyzer.classifier.finding import RANK, Confidence
from analyzer.frozen import frozen
from analyzer.parsers.checkpoint_lines import LogLine, LogProblem
from analyzer.parsers.checkpoint_log import CheckpointLog, Operation

NOTE_TEXTS = ("Can't connect to server", ".img image", "capability: ")
"""What a signature must look for to be asked about lines below a warning."""


@frozen
class RootError:
    """Why an operation failed, by its own log."""

    source: str
    """The log, as in LogLine.source."""
    operation: Operation | None
    folder: int | None
    """The dump's number; None for a bare log."""
    signature: Signature | None
    """The signature that names the cause; None where the line is not known."""
    line: LogLine
    groups: Mapping[str, str]
    """The named parts of the line that the signature's pattern found."""
    confidence: Confidence
    """How sure the line makes the cause, other evidence apart."""
    message: str = ""
    """What the line says behind the place in the source."""
    mapped: bool = False
    """The file that the line names was mapped into memory: a program, a library or a data file."""
    weak: bool = False
    """The line may be the cause, but stands in runs that succeed as well, or follows from something else."""


@frozen
class _Match:
    signature: Signature
    groups: Mapping[str, str]


@frozen
class _Candidate:
    weight: Weight
    message: str
    line: LogLine
    match: _Match | None


def _applies(signature: Signature, operation: Operation | None) -> bool:
    return signature.source == "criu" and (
        not signature.operations or operation is None or operation in signature.operations
    )


def _best_match(message: str, signatures: tuple[Signature, ...]) -> _Match | None:
    """The surest signature that fits, of equals the one with the longest text."""
    best: _Match | None = None
    best_key = (-len(RANK), 0)
    for signature in signatures:
        key = (-RANK[signature.confidence], len(signature.text))
        if key > best_key and signature.text in message:
            groups = signature.search(message)
            if groups is not None:
                best, best_key = _Match(signature, groups), key
    return best


def _candidates(log: CheckpointLog, signatures: tuple[Signature, ...]) -> list[_Candidate]:
    table = noise_table()
    found = []
    for problem in log.problems:
        weight = table.weigh(problem, log.operation)
        if weight != "noise":
            found.append(_Candidate(weight, problem.text, problem.line, _best_match(problem.text, signatures)))
    return found


def _weaker(one: Confidence, other: Confidence) -> Confidence:
    return one if RANK[one] >= RANK[other] else other


def _choose_cause(causes: list[_Candidate]) -> tuple[_Candidate, Confidence] | None:
    """The first known cause; where unknown errors stand before it, it is less sure."""
    for cause in causes:
        if cause.match and cause.match.signature.confidence != "possible":
            sure = cause.match.signature.confidence
            return cause, sure if causes[0] is cause else _weaker(sure, "likely")
    return (causes[0], "possible") if causes else None


def _choose(log: CheckpointLog, signatures: tuple[Signature, ...]) -> tuple[_Candidate, Confidence] | None:
    candidates = _candidates(log, signatures)
    chosen = _choose_cause([c for c in candidates if c.weight == "cause"])
    if chosen:
        return chosen
    for weight in ("weak", "note", "wrapper"):
        those = _notes(log, signatures) if weight == "note" else [c for c in candidates if c.weight == weight]
        known = [(c.match.signature.confidence, c) for c in those if c.match]
        if known:
            confidence, surest = min(known, key=lambda one: RANK[one[0]])  # of equals the first
            return surest, "possible" if confidence == "possible" else "likely"
        if weight == "weak" and those:
            return those[0], "possible"
    return (candidates[0], "possible") if candidates else None


def _notes(log: CheckpointLog, signatures: tuple[Signature, ...]) -> list[_Candidate]:
    if log.failed is None:
        return []  # notes stand in runs that succeed, too
    telling = tuple(s for s in signatures if s.text in NOTE_TEXTS)
    return [_Candidate("weak", line.text, line, _best_match(line.text, telling)) for line in log.notes]


def find_root(log: CheckpointLog, signatures: Iterable[Signature]) -> RootError | None:
    """Find why an operation failed; None where it succeeded, or where no line says that it failed.

    A result does not prove a failure: at low verbosity a log of a run that succeeded may hold an Error line that is not
    on the list of harmless ones.
    """
    if log.success is not None:
        return None
    chosen = _choose(log, tuple(s for s in signatures if _applies(s, log.operation)))
    if chosen is None:
        return None
    candidate, confidence = chosen
    return RootError(
        source=log.source,
        operation=log.operation,
        folder=log.folder,
        signature=candidate.match.signature if candidate.match else None,
        line=candidate.line,
        groups=candidate.match.groups if candidate.match else {},
        confidence=confidence,
        message=candidate.message,
        mapped=_is_mapped(log, candidate.line),
        weak=candidate.weight != "cause",
    )


def _is_mapped(log: CheckpointLog, line: LogLine) -> bool:
    """Whether the next few problems say that the file was wanted for a mapping."""
    position = next((n for n, problem in enumerate(log.problems) if problem.line == line), None)
    if position is None:
        return False
    after: tuple[LogProblem, ...] = log.problems[position + 1 : position + 4]
    return any("Can't open vma" in problem.text or "Can't fixup VMA" in problem.text for problem in after)
