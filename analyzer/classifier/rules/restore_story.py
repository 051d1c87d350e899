"""Why a restore did not bring the task back: its own error, images that are not whole, or a dump that never was."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from analyzer.classifier.facts import AttemptFacts, Facts
from analyzer.classifier.finding import Quote
from analyzer.classifier.operations import Operation
from analyzer.classifier.root_error import RootError
from analyzer.classifier.rules.explanation import (
    Explanation,
    clean,
    end_of,
    images_of,
    name_of,
    names,
    progress_of,
    quote,
    quotes,
    root_of,
    root_summary,
    unknown_summary,
)
from analyzer.classifier.rules.image_set import Images, look_at_images
from analyzer.classifier.units import bytes_text, seconds_text
from analyzer.parsers.checkpoint_log import CheckpointLog

MISSING, CORRUPT, CHAIN, VANISHED, MEMORY, FAILED = "FS210", "FS211", "FS212", "FS213", "FS222", "FS299"
UNFINISHED, HUNG, INTERRUPTED, FILE_LOCK, BINARY = "FS201", "FS203", "FS204", "FS228", "FS217"
FILES = ("FS215", "FS216")
NOT_WHOLE = (MISSING, CORRUPT, CHAIN, VANISHED, FAILED, UNFINISHED)
"""What a restore may say of images that an unfinished dump left behind."""
ZOMBIES_LACK = ("fs", "mm", "ids")
"""Images that a zombie does not have: that they are missed proves nothing by itself."""
_NOTE = re.compile(r"No ((inventory|pstree|files|core|pagemap|fs|mm|ids)(?:-\d{1,10})?\.img) image")
NO_INVENTORY = "Unexpected EOF on (empty-image)"


@dataclass(frozen=True)
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


def explain_restore(facts: Facts, operation: Operation, attempt: AttemptFacts | None) -> Explanation | None:
    """Why a restore did not succeed; None where it did, or where too little is known of it."""
    log = operation.log
    if operation.outcome == "complete" or log is None:
        return None
    root = root_of(facts, log)
    if operation.outcome == "unknown" and root is None:
        return None
    case = Case(facts, operation, attempt, log, root, look_at_images(operation.checkpoint))
    return next((found for step in STEPS if (found := step(case))), None)


def _dump_unfinished(case: Case) -> Explanation | None:
    checkpoint = case.operation.checkpoint
    if case.failed and case.rule not in NOT_WHOLE:
        return None
    if case.rule == UNFINISHED:
        summary = f"{name_of(case.operation)} found a pre-dump only: there is no full dump to restore from."
        return Explanation(UNFINISHED, "certain", summary, case.proof())
    dump = checkpoint.log
    if checkpoint.outcome in ("unfinished", "failed") and not _cleaned_up(case):
        how = "failed" if checkpoint.outcome == "failed" else "never completed"
        at = f" (its log stops after {seconds_text(dump.last_seconds)})" if dump and dump.last_seconds else ""
        summary = f"{name_of(case.operation)} found nothing whole: the dump {how}{at}."
        shown = end_of(dump) if dump else images_of(checkpoint)
        sure = dump is not None and (dump.timed or dump.failed is not None or checkpoint.files is not None)
        return Explanation(UNFINISHED, "certain" if sure and case.failed else "likely", summary, case.proof(shown))
    if _started_during_dump(case):
        summary = (
            f"{name_of(case.operation)} found no inventory, which the dump writes last and which is there now: "
            "the restore began while the dump was still going on."
        )
        return Explanation(UNFINISHED, "likely", summary, case.proof(_end_of_dump(case)))
    return None


def _cleaned_up(case: Case) -> bool:
    """Whether the dump may have been whole: a quiet log, and no image left of any dump, as after a task's end."""
    dump = case.operation.checkpoint.log
    return (dump is None or not dump.timed) and not case.operation.checkpoint.has_images


def _end_of_dump(case: Case) -> Quote | None:
    dump = case.operation.checkpoint.log
    return end_of(dump) if dump else None


def _started_during_dump(case: Case) -> bool:
    """The restore missed the inventory, although the dump is complete and the inventory is in the listing."""
    at_start = case.root is not None and NO_INVENTORY in case.root.message and case.log.failed is None
    return at_start and case.operation.checkpoint.has_inventory


def _images_missing(case: Case) -> Explanation | None:
    missing = case.images.missing or _noted_missing(case)
    told = case.root is not None and case.root.signature is not None and case.rule == MISSING
    if not missing and not told:
        return None
    if case.failed and case.rule not in (*NOT_WHOLE, "FS215", "FS220"):
        return None
    note = _missing_note(case)
    if not missing:
        what = _sentence(case)
        unsure = case.operation.checkpoint.log is None and NO_INVENTORY in (case.root.message if case.root else "")
        if unsure:
            what += " A dump that never completed says the same; the dump's own log is not at hand."
        return Explanation(MISSING, "possible" if unsure else "likely", clean(what), case.proof(note))
    summary = f"{name_of(case.operation)} failed: the dump completed, and of its images {names(missing)} is not there."
    if not case.failed:
        summary = f"{name_of(case.operation)} did not complete: of the images {names(missing)} is not there."
    return Explanation(MISSING, "likely", summary, case.proof(note, images_of(case.operation.checkpoint)))


def _noted_missing(case: Case) -> tuple[str, ...]:
    """Images that the log itself misses; some kinds only where a task crashed for want of them."""
    if case.failed and case.rule not in (FAILED, VANISHED):
        return ()
    noted = [match for note in case.log.notes if (match := _NOTE.search(note.text))]
    crashed = case.rule == VANISHED
    return tuple(match[1] for match in noted if crashed or match[2] not in ZOMBIES_LACK)


def _missing_note(case: Case) -> Quote | None:
    """The log's remark that names the file, where the verbosity allows: the last one before the error."""
    line = case.root.line if case.root else case.log.last_line
    limit = line.number if line else None
    if limit is None:
        return None
    before = [n for n in case.log.notes if ".img image" in n.text and n.number is not None and n.number <= limit]
    return quote(before[-1]) if before else None


def _images_corrupt(case: Case) -> Explanation | None:
    if case.failed and case.rule not in NOT_WHOLE:
        return None
    images = case.images
    if images.cut and not (case.failed and case.rule in (MISSING, CHAIN)):
        name, size, wanted = images.cut
        expected = f"{bytes_text(wanted)} were written" if wanted else "it must hold whole pages"
        summary = f"{name_of(case.operation)} did not complete: {name} has {bytes_text(size)}, and {expected}."
        return Explanation(CORRUPT, "likely", summary, case.proof(images.cut_quote))
    if images.empty and (not case.failed or case.rule in (CORRUPT, FAILED)):
        confidence = case.root.confidence if case.root and case.rule == CORRUPT else "likely"
        summary = f"{name_of(case.operation)} did not complete: {names(images.empty)} is empty."
        return Explanation(CORRUPT, confidence, summary, case.proof(images.empty_quote))
    return None


def _chain(case: Case) -> Explanation | None:
    """A restore that reads nothing for ever, of a dump that builds on another which this restore did not find."""
    dump = case.operation.checkpoint.log
    if case.failed or not _stuck(case) or dump is None or not _builds_on_parent(case, dump):
        return None
    alone = case.log.note("No parent images directory provided")
    because = "does not find it" if alone else "gets no pages from it"
    parent = f"the earlier dump {dump.parent}" if dump.parent else "an earlier dump"
    summary = f"{name_of(case.operation)} never ended: the dump builds on {parent}, and the restore {because}."
    dump_note = dump.note("Will do snapshot from")
    return Explanation(CHAIN, "likely", summary, quotes(case.log.looping or end_of(case.log), alone, dump_note))


def _stuck(case: Case) -> bool:
    return case.log.looping is not None or (case.operation.outcome == "unfinished" and not case.log.timed)


def _builds_on_parent(case: Case, dump: CheckpointLog) -> bool:
    if dump.timed:
        return dump.parent is not None or dump.parent_pages > 0
    number = case.operation.checkpoint.number
    return any(c.kind == "pre" and c.number < number and c.outcome == "complete" for c in case.facts.checkpoints)


def _hung(case: Case) -> Explanation | None:
    if case.failed:
        return None
    last = case.log.last_line
    if last and "(flock)flag:" in last.text:
        summary = f"{name_of(case.operation)} stopped while it took a file lock, which somebody else seems to hold."
        return Explanation(FILE_LOCK, "likely", summary, quotes(last))
    limit = _time_limit(case)
    if case.log.looping is None and limit is None:
        return None
    told = progress_of(case.operation)
    how = "read the same place again and again and got nothing" if case.log.looping else "stopped without success"
    until = ", until the attempt's time limit ended it" if limit else ""
    summary = f"{name_of(case.operation)} {how}{told}{until}."
    return Explanation(HUNG, "likely", summary, quotes(case.log.looping or end_of(case.log), limit))


def _time_limit(case: Case) -> Quote | None:
    """The service's word that the attempt ran into its time limit."""
    one = case.attempt.attempt if case.attempt else None
    reason = one.status_reason if one else None
    if one and reason and "duration exceeded timeout" in reason:
        return Quote(f"{one.source}.statusReason", reason)
    return None


def _by_root(case: Case) -> Explanation | None:
    root = case.root
    if root is None:
        return None
    rule, confidence, evidence = case.rule, root.confidence, case.proof()
    if root.signature is None:
        return Explanation(FAILED, "possible", unknown_summary(case.operation, root), evidence)
    if root.mapped and rule in FILES:
        return Explanation(BINARY, "likely", f"{_sentence(case)} It was mapped into memory.", evidence)
    if rule == VANISHED and (memory := _memory_reason(case)):
        return Explanation(MEMORY, "likely", f"{_sentence(case)} The service says: {memory.text}", (*evidence, memory))
    found = Explanation(rule, confidence, _sentence(case), evidence)
    whole = case.operation.checkpoint.outcome == "complete"
    return found if whole or rule not in NOT_WHOLE else found.at_most("likely")


def _sentence(case: Case) -> str:
    return root_summary(case.operation, case.root) if case.root else f"{name_of(case.operation)} failed."


def _memory_reason(case: Case) -> Quote | None:
    """The service's word that the container was killed for memory."""
    for end in case.attempt.attempt.containers if case.attempt else ():
        if end.reason and "outofmemory" in end.reason.replace(" ", "").lower():
            return Quote(f"{end.source}.reason", end.reason)
    return None


def _interrupted(case: Case) -> Explanation | None:
    if case.operation.outcome == "failed":
        summary = f"{name_of(case.operation)} failed, and no line of its log says why."
        return Explanation(FAILED, "possible", summary, case.proof())
    if case.operation.outcome != "unfinished":
        return None
    lost = case.attempt.host_lost if case.attempt else None
    went = " Its host went away." if lost else ""
    summary = f"{name_of(case.operation)} did not complete{progress_of(case.operation)}: its log just stops.{went}"
    return Explanation(INTERRUPTED, "likely", summary, quotes(end_of(case.log), lost))


Step = Callable[[Case], Explanation | None]
STEPS: tuple[Step, ...] = (_dump_unfinished, _images_missing, _chain, _images_corrupt, _hung, _by_root, _interrupted)
"""Asked in this order; the first that knows answers."""
