"""The bundle: reports, and the capture of every target, disguised and written into one archive that is small enough."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import BinaryIO

from analyzer.bundle.checklist import checklist
from analyzer.bundle.cut import KeptContent
from analyzer.bundle.differences import differences
from analyzer.bundle.disguise import Disguise
from analyzer.bundle.disguised import masks_of, told_anew
from analyzer.bundle.limit import (
    DEFAULT_LIMIT,
    SMALLEST_LIMIT,
    Cut,
    Diagnose,
    LimitError,
    Reduced,
    Reduction,
    contents_of,
    in_unit_of,
)
from analyzer.bundle.manifest import CutEntry, TargetEntry, manifest
from analyzer.bundle.members import Archive, Tolerant, TooLargeError, TooManyError, no_note, without_outputs
from analyzer.bundle.places import parts
from analyzer.bundle.report import ticket_text
from analyzer.diagnosis import Diagnosis
from analyzer.evidence.capture import MANIFEST, read_capture
from analyzer.evidence.capture_bundle import CAPTURES
from analyzer.evidence.capture_write import write_members
from analyzer.evidence.content import Content, ShortenedContent
from analyzer.evidence.model import Evidence
from analyzer.evidence.store import MAX_FILES
from analyzer.reporters.json_report import format_json

SHARES = (0.96, 0.85, 0.75, 0.5, 0.25, 0.0)
"""Of the limit: what the packed logs may have, tried one after the other until the whole bundle fits."""
_HEADING = re.compile(r"^#{1,4} ", re.MULTILINE)
_REMOTE = re.compile(r"arn:|s3://|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{18,40}(?:[:#][0-9]{1,5})?$", re.IGNORECASE)


class ChangedError(Exception):
    """A bundle that would be diagnosed otherwise than its evidence; the text is for the user."""


@dataclass(frozen=True)
class Examined:
    """One target, and what was found out about it."""

    evidence: Evidence
    diagnosis: Diagnosis


@dataclass(frozen=True)
class NotExamined:
    """A target that could not be examined, and why."""

    target: str
    why: str


@dataclass(frozen=True)
class Contents:
    """All that the members of a bundle are made of, without secrets and identities."""

    folders: tuple[str, ...]
    """Each target's capture: `captures/1-job`."""
    evidences: tuple[Evidence, ...]
    """What the captures hold, read back."""
    diagnoses: tuple[Diagnosis, ...]
    replays: tuple[bool, ...]
    """For each: whether its capture replays to the same diagnosis."""
    failures: tuple[NotExamined, ...]
    cuts: tuple[CutEntry, ...]
    """What was left out, in the order of the targets."""
    changes: tuple[tuple[str, ...], ...] = ()
    """For each: what its capture says otherwise than its diagnosis; empty where it replays."""

    @property
    def told_changes(self) -> tuple[str, ...]:
        """All of them, with the captures' names."""
        pairs = zip(self.folders, self.changes, strict=False)
        return tuple(f"{folder}: {'; '.join(changes)}" for folder, changes in pairs if changes)

    @cached_property
    def places(self) -> tuple[dict[str, str], ...]:
        """For each target: a capture's member -> its name in the bundle."""
        return tuple(
            {part: f"{folder}/{part}" for part in parts(evidence)}
            for folder, evidence in zip(self.folders, self.evidences, strict=True)
        )


def _report(contents: Contents) -> str:
    cuts = [f"{cut.member}: {cut.what}" for cut in contents.cuts]
    failed = [f"{failure.target} could not be examined: {failure.why}" for failure in contents.failures]
    return ticket_text(contents.diagnoses, contents.evidences, [*cuts, *failed], contents.places, contents.told_changes)


def _lowered(page: str) -> str:
    """The page with its headings two levels down, to stand below another's; comments in its code are none."""
    parts = page.split("```")
    return "```".join(_HEADING.sub("##\\g<0>", part) if n % 2 == 0 else part for n, part in enumerate(parts))


def _checklist(contents: Contents) -> str:
    pages = [
        checklist(diagnosis, evidence, places)
        for diagnosis, evidence, places in zip(contents.diagnoses, contents.evidences, contents.places, strict=True)
    ]
    if len(pages) > 1:
        pages = [
            f"# What support asks for, of {len(pages)} targets\n",
            *(
                f"## Target {number} of {len(pages)}: `{folder}`\n\n{_lowered(page)}"
                for (number, folder), page in zip(enumerate(contents.folders, 1), pages, strict=True)
            ),
        ]
    notes = [f"- `{cut.member}`: {cut.what}\n" for cut in contents.cuts]
    return "\n".join([*pages, *(["## Left out of the bundle\n", "".join(notes)] if notes else [])])


def _page(contents: Contents) -> str:
    from analyzer.reporters.html import format_diagnosis_html

    return format_diagnosis_html(contents.diagnoses)


def _diagnosis(contents: Contents) -> str:
    return format_json(contents.diagnoses, verbose=True)


PAGES: tuple[tuple[str, Callable[[Contents], str]], ...] = (
    ("report.md", _report),
    ("report.html", _page),
    ("checklist.md", _checklist),
    ("diagnosis.json", _diagnosis),
)
"""Members that are made of the diagnoses; one more is one more line."""


@dataclass(frozen=True)
class Bundle:
    """What was written."""

    contents: Contents
    members: int
    """How many."""
    size: int
    """Bytes."""


def _silent(_: str) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class Assembly:
    """A bundle to be written: of what, how disguised, how large."""

    examined: tuple[Examined, ...]
    failures: tuple[NotExamined, ...]
    disguise: Disguise
    diagnose: Diagnose
    """To see that a smaller bundle still says the same."""
    max_bytes: int
    redacted: bool = True
    written_limit: str = DEFAULT_LIMIT
    """The limit as the user wrote it."""
    accept_changes: bool = True
    """Whether a capture may say something else than the evidence that it was made of."""
    tell: Callable[[str], None] = _silent
    """Is told what is being done, in a few words."""

    def write(self, stream: BinaryIO) -> Bundle:
        """Write into a stream that is empty and can be read back; whole, or cut until it fits.

        Raises:
            LimitError: it does not fit, whatever is cut.
            ChangedError: what it would say differs, which nobody has accepted.
            OSError: it cannot be written, or evidence cannot be read any more.
        """
        whole = tuple(_without_outputs(one.evidence) for one in self.examined)
        pairs = [(part.evidence, one.diagnosis) for part, one in zip(whole, self.examined, strict=True)]
        reduction = Reduction(pairs, self.diagnose)
        reduced = whole
        for share in SHARES:
            less = reduction.to(int(self.max_bytes * share))
            reduced = tuple(Reduced(now.evidence, (*was.cuts, *now.cuts)) for was, now in zip(whole, less, strict=True))
            try:
                return self._written(stream, reduced, self.max_bytes)
            except TooLargeError:
                continue
        least = self._written(stream, reduced, None)
        needed = in_unit_of(self.written_limit, max(least.size, SMALLEST_LIMIT))
        raise LimitError(
            f"the bundle does not fit into {self.written_limit}: what the diagnosis rests on needs {needed}; "
            f"give --max-size {needed}, or fewer targets"
        )

    def _written(self, stream: BinaryIO, targets: tuple[Reduced, ...], limit: int | None) -> Bundle:
        stream.seek(0)
        stream.truncate()
        self.tell("disguising ...")
        archive = Archive(stream, limit, MAX_FILES)
        try:
            return self._fill(archive, targets)
        except TooManyError as error:
            raise LimitError(f"the bundle cannot be read back: {error}; give fewer targets") from error
        finally:
            archive.abandon()

    def _fill(self, archive: Archive, targets: tuple[Reduced, ...]) -> Bundle:
        disguise = self.disguise
        masks = masks_of(disguise)
        folders = tuple(f"{CAPTURES}{n}-{t.evidence.kind}" for n, t in enumerate(targets, 1))
        sizes = [len(tuple(parts(target.evidence))) + 1 for target in targets]
        archive.on_member = _counting(self.tell, sum(sizes))
        told: list[Diagnosis] = []
        changes: list[tuple[str, ...]] = []
        evidences: list[Evidence] = []
        for folder, target, one in zip(folders, targets, self.examined, strict=True):
            name = _target(target.evidence.target, folder, disguise)
            write_members(replace(target.evidence, target=name), archive.within(folder), masks)
            # what was written is read back: the bundle's words are those that whoever receives it will see
            evidences.append(read_capture(archive.files(folder), name))
            replayed = self.diagnose(evidences[-1])
            changes.append(differences(one.diagnosis, replayed))
            told.append(told_anew(replace(one.diagnosis, target=name), replayed, disguise))
        contents = Contents(
            folders=folders,
            evidences=tuple(evidences),
            diagnoses=tuple(told),
            replays=tuple(not changed for changed in changes),
            failures=tuple(_not_examined(failure, disguise) for failure in self.failures),
            cuts=tuple(_cuts(folders, targets, disguise)),
            changes=tuple(changes),
        )
        if contents.told_changes and not self.accept_changes:
            raise ChangedError(
                "no bundle was made, as it would not say what the evidence says: "
                f"{', and '.join(contents.told_changes)}; "
                "give other --redact patterns, or --yes to have it so: report.md then tells what differs"
            )
        archive.on_member = no_note
        self.tell("packing ...")
        for name, make in PAGES:
            archive.add(name, _encoded(make(contents)))
        document = manifest(_entries(contents), archive.members.values(), contents.cuts, redacted=self.redacted)
        archive.add(MANIFEST, iter((document,)))
        archive.finish()
        return Bundle(contents, len(archive.members), archive.stream.tell())


def _counting(tell: Callable[[str], None], all_of_them: int) -> Callable[[int], None]:
    return lambda number: tell(f"disguising file {number} of {max(number, all_of_them)} ...")


def _cuts(folders: Sequence[str], targets: Sequence[Reduced], disguise: Disguise) -> Iterator[CutEntry]:
    for folder, target in zip(folders, targets, strict=True):
        yield from (
            CutEntry(f"{folder}/{disguise.name(cut.part)}", cut.what)
            for cut in (*target.cuts, *_unreadable(target.evidence))
        )


def _encoded(page: str) -> Iterator[bytes]:
    yield page.encode("utf-8", "replace")


def _without_outputs(evidence: Evidence) -> Reduced:
    left_out = without_outputs(evidence)
    cuts = tuple(Cut(f"workdir/{name}", why) for name, why in sorted(left_out.items()))
    workdir = {name: _tolerant(content) for name, content in evidence.workdir.items() if name not in left_out}
    logs = {number: _tolerant(content) for number, content in evidence.logs.items()}
    return Reduced(replace(evidence, workdir=workdir, logs=logs), cuts)


def _tolerant(content: Content) -> Content:
    # whoever writes it has to see that its empty lines need only be counted
    if isinstance(content, ShortenedContent):
        return replace(content, stored=Tolerant(content.stored))
    return Tolerant(content)


def _innermost(content: Content) -> Content:
    while isinstance(content, (ShortenedContent, KeptContent)):
        content = content.stored if isinstance(content, ShortenedContent) else content.whole
    return content


def _unreadable(evidence: Evidence) -> Iterator[Cut]:
    """What could not be read to its end while it was written."""
    for part, content in contents_of(evidence):
        whole = _innermost(content)
        if isinstance(whole, Tolerant) and whole.problem:
            yield Cut(part, f"it could not be read ({whole.problem})")


def _target(given: str, instead: str, disguise: Disguise) -> str:
    """A target as the bundle names it; a path on somebody's machine tells support nothing, and others too much."""
    return disguise.text(given) if _REMOTE.match(given) else instead


def _not_examined(failure: NotExamined, disguise: Disguise) -> NotExamined:
    instead = "a path on the machine where the bundle was made"
    target = _target(failure.target, instead, disguise)
    return NotExamined(target, disguise.text(failure.why.replace(failure.target, target)))


def _entries(contents: Contents) -> Sequence[TargetEntry]:
    examined = [
        TargetEntry(diagnosis.target, folder, diagnosis.verdict.cause, diagnosis.verdict.confidence, replays)
        for folder, diagnosis, replays in zip(contents.folders, contents.diagnoses, contents.replays, strict=True)
    ]
    return [*examined, *(TargetEntry(f.target, None, None, None, None, f.why) for f in contents.failures)]
