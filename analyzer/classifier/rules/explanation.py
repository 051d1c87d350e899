"""What is said of one failed operation, and the quotes and figures that prove it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace

from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import RANK, Confidence, Quote
from analyzer.classifier.operations import Operation
from analyzer.classifier.root_error import RootError
from analyzer.classifier.units import bytes_text, seconds_text
from analyzer.frozen import frozen
from analyzer.parsers.checkpoint_lines import LogLine
from analyzer.parsers.checkpoint_log import CheckpointLog
from analyzer.parsers.checkpoints import LISTING_SOURCE, Checkpoint


@frozen
class Explanation:
    """Why one operation failed."""

    rule: str
    confidence: Confidence
    summary: str
    evidence: tuple[Quote, ...]
    attempt: int | None = None
    superseded: bool = False
    """A later operation made up for it."""

    def at_most(self, confidence: Confidence) -> Explanation:
        """The same, no surer than `confidence`."""
        return self if RANK[self.confidence] >= RANK[confidence] else replace(self, confidence=confidence)


def quote(line: LogLine) -> Quote:
    """A line of a log as evidence."""
    at = None if line.seconds is None else f"{line.seconds:g} s"
    return Quote(line.source, line.text or "(an empty line)", line.number, at)


def quotes(*lines: LogLine | Quote | None) -> tuple[Quote, ...]:
    """Those that there are, each once, in the order given."""
    found = [line if isinstance(line, Quote) else quote(line) for line in lines if line is not None]
    return tuple(dict.fromkeys(found))


def listed(checkpoint: Checkpoint, name: str) -> Quote | None:
    """The listing's line about a file of a checkpoint's folder."""
    size = (checkpoint.files or {}).get(name)
    if size is None:
        return None
    entry: dict[str, object] = {"key": f".fusion/dump/{checkpoint.number}/{name}", "size": size}
    if modified := (checkpoint.modified or {}).get(name):
        entry["last_modified"] = modified
    return Quote(LISTING_SOURCE, json.dumps(entry))


def end_of(log: CheckpointLog) -> Quote:
    """The last line of a log, or that it has none."""
    return quote(log.last_line) if log.last_line else Quote(log.source, "(empty: 0 bytes)")


def images_of(checkpoint: Checkpoint) -> Quote | None:
    """The listing's line about the largest image file."""
    images = [(size, name) for name, size in (checkpoint.files or {}).items() if name.endswith(".img")]
    return listed(checkpoint, max(images)[1]) if images else None


def name_of(operation: Operation) -> str:
    """`The full dump 3`, `The restore from dump 3`."""
    what = {"dump": "The full dump", "pre-dump": "The pre-dump", "restore": "The restore"}[operation.kind]
    number = operation.checkpoint.number
    if not number:
        return what
    return f"{what} from dump {number}" if operation.kind == "restore" else f"{what} {number}"


def progress_of(operation: Operation) -> str:
    """How far it got: ` at 119.9 s with 694 MiB written`; empty where nothing tells."""
    log, checkpoint = operation.log, operation.checkpoint
    told = f" after {seconds_text(log.last_seconds)}" if log and log.last_seconds is not None else ""
    written = checkpoint.written_bytes if operation.kind != "restore" else log.bytes_written if log else None
    return f"{told} with {bytes_text(written)} written" if written else told


def root_of(facts: Facts, log: CheckpointLog | None) -> RootError | None:
    """The root error of a log."""
    return next((root for root in facts.roots if log and root.source == log.source), None)


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_FIELD = re.compile(r"\{(\w+)\}")
_SUMMARY_CHARACTERS = 400


def clean(text: str) -> str:
    """One line, without control characters, of bounded length."""
    text = _CONTROL.sub(" ", text).strip()
    return text if len(text) <= _SUMMARY_CHARACTERS else text[: _SUMMARY_CHARACTERS - 1] + "…"


def root_summary(operation: Operation, root: RootError) -> str:
    """A sentence about a root error: the signature's own, filled in, else the message."""
    template = root.signature.summary if root.signature else None
    when = f" after {seconds_text(root.line.seconds)}" if root.line.seconds is not None else ""
    start = f"{name_of(operation)} failed{when}"
    if template is None:
        return clean(f"{start}: {root.message}")
    told = _FIELD.sub(lambda field: str(root.groups.get(field[1], "?")), template)
    return clean(f"{start}. {told}")


def unknown_summary(operation: Operation, root: RootError) -> str:
    """A sentence about a failure whose log has no line that is known as a cause."""
    if operation.log and root.line == operation.log.failed:
        return f"{name_of(operation)} failed, and no line of its log says why."
    return clean(f"{name_of(operation)} failed; the line that tells most is: {root.message}")


def names(files: Iterable[str], limit: int = 4) -> str:
    """`a, b and 3 more`."""
    every = sorted(files)
    more = len(every) - limit
    return ", ".join(every) if more <= 0 else f"{', '.join(every[:limit])} and {more} more"
