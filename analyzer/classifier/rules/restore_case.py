"""One restore and what is known around it: what the steps that explain it look at."""

from __future__ import annotations

from analyzer.classifier.facts import AttemptFacts, Facts
from analyzer.classifier.finding import Quote
from analyzer.classifier.operations import Operation
from analyzer.classifier.root_error import RootError
from analyzer.classifier.rules.explanation import end_of, name_of, quotes, root_summary
from analyzer.classifier.rules.image_set import Images
from analyzer.frozen import frozen
from analyzer.parsers.checkpoint_log import CheckpointLog

UNFINISHED, HUNG, INTERRUPTED = "FS201", "FS203", "FS204"
MISSING, CORRUPT, CHAIN, VANISHED = "FS210", "FS211", "FS212", "FS213"
BINARY, MEMORY, FILE_LOCK, FAILED = "FS217", "FS222", "FS228", "FS299"
FILES = ("FS215", "FS216")
NOT_WHOLE = (MISSING, CORRUPT, CHAIN, VANISHED, FAILED, UNFINISHED)
"""What a restore may say of images that are not whole."""


@frozen
class Case:
    """One restore, and what is known around it."""

    facts: Facts
    operation: Operation
    attempt: AttemptFacts | None
    log: CheckpointLog
    root: RootError | None
    images: Images

    @property
    def rule(self) -> str:
        """The rule that the log's own error speaks for."""
        return self.root.signature.rule if self.root and self.root.signature else FAILED

    @property
    def failed(self) -> bool:
        """Whether the log shows an error that ended the restore, rather than merely stopping."""
        return self.operation.outcome == "failed" or self.root is not None

    def proof(self, *more: Quote | None) -> tuple[Quote, ...]:
        """The decisive line, or the log's end; then `more`."""
        line = self.root.line if self.root else self.log.looping
        return quotes(line or end_of(self.log), *more, self.log.failed)

    @property
    def sentence(self) -> str:
        """What the root error says."""
        if self.root is None:
            return f"{name_of(self.operation)} failed."
        return root_summary(self.operation, self.root)
