"""Restores that failed for want of whole images: a dump that never was, files missing or damaged, a lost parent."""

from __future__ import annotations

import re

from analyzer.classifier.finding import Quote
from analyzer.classifier.rules.explanation import Explanation, clean, end_of, images_of, name_of, names, quote, quotes
from analyzer.classifier.rules.restore_case import (
    CHAIN,
    CORRUPT,
    FAILED,
    MISSING,
    NOT_WHOLE,
    UNFINISHED,
    VANISHED,
    Case,
)
from analyzer.classifier.units import bytes_text, seconds_text
from analyzer.parsers.checkpoint_log import CheckpointLog

ZOMBIES_LACK = ("fs", "mm", "ids")
"""Images that a zombie does not have: that they are missed proves nothing by itself."""
_NOTE = re.compile(r"No ((inventory|pstree|files|core|pagemap|fs|mm|ids)(?:-\d{1,10})?\.img) image")
NO_INVENTORY = "Unexpected EOF on (empty-image)"


def dump_unfinished(case: Case) -> Explanation | None:
    """There was no finished dump: none at all, one that never completed, or one that was still going on."""
    checkpoint = case.operation.checkpoint
    if case.rule == VANISHED or (case.failed and case.rule not in NOT_WHOLE):
        return None
    if case.rule == UNFINISHED:
        summary = f"{name_of(case.operation)} found a pre-dump only: there is no full dump to restore from."
        return Explanation(UNFINISHED, "certain", summary, case.proof())
    dump = checkpoint.log
    if checkpoint.outcome in ("unfinished", "failed") and not checkpoint.has_inventory and not _cleaned_up(case):
        how = "failed" if checkpoint.outcome == "failed" else "never completed"
        at = f" (its log stops after {seconds_text(dump.last_seconds)})" if dump and dump.last_seconds else ""
        summary = f"{name_of(case.operation)} found nothing whole: the dump {how}{at}."
        shown = end_of(dump) if dump else images_of(checkpoint)
        seen = dump is not None and (dump.timed or dump.failed is not None or checkpoint.files is not None)
        sure = seen and case.root is not None and case.root.signature is not None
        return Explanation(UNFINISHED, "certain" if sure else "likely", summary, case.proof(shown))
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


def images_missing(case: Case) -> Explanation | None:
    """Image files of a dump are not there, by the listing, by the log's remarks, or by its error."""
    missing = case.images.missing or _noted_missing(case)
    told = case.root is not None and case.root.signature is not None and case.rule == MISSING
    if not missing and not told:
        return None
    if case.failed and case.rule not in (*NOT_WHOLE, "FS215", "FS220"):
        return None
    note = _missing_note(case)
    if not missing:
        what = case.sentence
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


def images_corrupt(case: Case) -> Explanation | None:
    """Image files are empty or shorter than they were written."""
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


def parent_missing(case: Case) -> Explanation | None:
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
