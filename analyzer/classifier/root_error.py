"""The one line of a checkpoint log that says why its operation failed, told from noise, echoes and wrappers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analyzer.classifier.catalogue import Signature
from analyzer.classifier.finding import Confidence
from analyzer.parsers.checkpoint_log import CheckpointLog, Operation
from analyzer.parsers.checkpoint_lines import LogLine


@dataclass(frozen=True)
class RootError:
    """Why an operation failed, by its own log."""

    source: str
    operation: Operation | None
    folder: int | None
    signature: Signature | None
    """The signature that names the cause; None where the line is not known."""
    line: LogLine
    groups: Mapping[str, str]
    confidence: Confidence


def find_root(log: CheckpointLog, signatures: Iterable[Signature]) -> RootError | None:
    """Find the cause of a failure."""
    raise NotImplementedError
