"""`checklist.md`: each thing that the vendor's support asks for, with its place in the bundle or the way to get it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from analyzer.bundle.asked import Item, asked
from analyzer.bundle.places import Places, parts, places
from analyzer.bundle.surroundings import Grouped, grouped, surroundings
from analyzer.classifier.unseen import NOT_HERE
from analyzer.diagnosis import Diagnosis
from analyzer.evidence.model import Evidence, Gap
from analyzer.reporters.markdown import table
from analyzer.reporters.text import code_block, code_cell, code_span, escape_markdown, field, own_prose, prose

MOST_VALUES = 12
"""Of one item; the report tells more."""
MOST_PLACES = 3
"""That tell the same fact."""
REPORT = "report.md"
NOT_LISTED = "The listing of the work directory shows none: it was never written, or has been deleted."
_WORKDIR = "workdir/"
Status = Literal["present", "in part", "missing"]


@dataclass(frozen=True)
class Answer:
    """What there is of one item."""

    item: Item
    status: Status
    values: tuple[Grouped, ...] = ()
    """What the evidence tells; empty for an item that is a file."""
    members: tuple[str, ...] = ()
    """Where in the bundle it stands."""
    lacking: tuple[str, ...] = ()
    """Why it is missing, or what of it is, in sentences."""
    exists: bool = True
    """False where the work directory's listing shows that there is no such file: it cannot be fetched, either."""


@dataclass(frozen=True)
class _Case:
    diagnosis: Diagnosis
    evidence: Evidence
    places: Places

    @property
    def members(self) -> Mapping[str, str]:
        """A capture's member -> its name in the bundle."""
        return self.places.members

    def reasons(self, item: Item) -> tuple[str, ...]:
        """Why an item is missing: what stood in the way, else what commonly does."""
        gaps = dict.fromkeys((*self.evidence.gaps, *self.diagnosis.gaps))
        wanted = set(item.permissions)
        told = [gap for gap in gaps if gap.permission and not gap.why.startswith(NOT_HERE)]
        mine = [gap for gap in told if wanted & set((gap.permission or "").split(", "))]
        return tuple(_sentence(gap) for gap in mine) or (item.absent,)


def _sentence(gap: Gap) -> str:
    return f"{gap.what}: {gap.why}"


def answers(diagnosis: Diagnosis, evidence: Evidence, members: Mapping[str, str]) -> tuple[Answer, ...]:
    """What there is of every item, in the order in which support asks. `members` as in `checklist`."""
    case, told = _Case(diagnosis, evidence, places(evidence, members)), surroundings(diagnosis, evidence)
    return tuple(
        _of_files(item, case) if item.parts else _of_facts(item, grouped(told, item.id), case) for item in asked()
    )


def checklist(diagnosis: Diagnosis, evidence: Evidence, members: Mapping[str, str]) -> str:
    """The checklist as Markdown, made of the originals.

    `members`: a capture's member (`logs/2.jsonl`, `workdir/.command.log`) -> its name in the bundle; what was cut is
    not among them.
    """
    found = answers(diagnosis, evidence, members)
    here = [answer for answer in found if answer.status != "missing"]
    counts = [f"{sum(a.status == s for a in found)} {s}" for s in ("present", "in part", "missing")]
    lines = ["# What support asks for", "", f"{len(found)} items: {', '.join(counts)}.", ""]
    if here:
        lines += ["## In the bundle", "", *table(("item", "status", "what is known", "where"), [_row(a) for a in here])]
    for answer in found:
        lines += _lacking(answer) if answer.status != "present" else []
    lines += ["## Who asks", ""]
    lines += table(("item", "source"), [_asker(item) for item in asked()])
    return "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"


def _asker(item: Item) -> tuple[str, str]:
    helps = f": not asked for, but {item.helps}" if item.helps else ""
    return escape_markdown(item.asks, cell=True), f"<{item.source}>{escape_markdown(helps, cell=True)}"


def _of_facts(item: Item, values: Sequence[Grouped], case: _Case) -> Answer:
    if not values:
        return Answer(item, "missing", lacking=case.reasons(item))
    held = [part for value in values for source in value.sources if (part := case.places.part_of(source))]
    where = tuple(dict.fromkeys(case.members[part] for part in held if part in case.members)) or (REPORT,)
    lacking = [item.partial] if item.partial else []
    if not all(value.sure for value in values):
        lacking += ["What is known does not settle it.", *case.reasons(item)]
    return Answer(item, "in part" if lacking else "present", tuple(values), where, tuple(lacking))


def _of_files(item: Item, case: _Case) -> Answer:
    there = [part for part in parts(case.evidence) if _is(part, item)]
    where = tuple(case.members[part] for part in there if part in case.members)
    lacking = [f"{part} was cut to keep the bundle small." for part in there if part not in case.members]
    lacking += [f"{name} is in the work directory, and not in the bundle." for name in _unfetched(item, case, there)]
    if not where:
        exists = bool(lacking) or not _listed_without(item, case)
        why = lacking or (case.reasons(item) if exists else [NOT_LISTED])
        return Answer(item, "missing", lacking=tuple(why), exists=exists)
    lacking += [item.partial] if item.partial else []
    return Answer(item, "in part" if lacking else "present", members=where, lacking=tuple(lacking))


def _is(part: str, item: Item) -> bool:
    return any(fnmatchcase(part, pattern) for pattern in item.parts)


def _unfetched(item: Item, case: _Case, there: Sequence[str]) -> list[str]:
    """What the listing shows of an item and the evidence does not have."""
    have = set(there)
    listed = (_WORKDIR + entry.key for entry in case.evidence.listing or ())
    return [name for name in listed if name not in have and _is(name, item)]


def _listed_without(item: Item, case: _Case) -> bool:
    """Whether the work directory was listed, and the item, which could be nowhere else, is not there."""
    return case.evidence.listing is not None and all(pattern.startswith(_WORKDIR) for pattern in item.parts)


def _row(answer: Answer) -> tuple[str, str, str, str]:
    values = [_value(value) for value in answer.values]
    members = [code_cell(field(member)) for member in answer.members]
    places = _some(members, ", ", MOST_VALUES if answer.item.parts else MOST_PLACES)
    return (escape_markdown(answer.item.asks, cell=True), answer.status, _some(values, "; ", MOST_VALUES), places)


def _value(value: Grouped) -> str:
    about = f" ({escape_markdown(', '.join(value.about), cell=True)})" if value.about else ""
    return code_cell(field(value.value)) + about


def _some(shown: Sequence[str], between: str, most: int) -> str:
    more = len(shown) - most
    return between.join([*shown[:most], *([f"and {more} more"] if more > 0 else [])])


def _lacking(answer: Answer) -> list[str]:
    item = answer.item
    word = "Missing" if answer.status == "missing" else "In part"
    lines = [f"## {word}: {escape_markdown(item.asks)}", ""]
    lines += [f"- {escape_markdown(prose(reason))}" for reason in answer.lacking[:MOST_VALUES]]
    if len(answer.lacking) > MOST_VALUES:
        lines.append(f"- and {len(answer.lacking) - MOST_VALUES} more")
    lines.append("")
    if not answer.exists:
        return lines
    lines += [escape_markdown(own_prose(item.get)), ""]
    if item.command:
        lines += [*code_block(item.command.splitlines(), "bash"), ""]
    if item.permissions and answer.status == "missing":
        allow = ", ".join(code_span(permission) for permission in item.permissions)
        lines += [f"With these permissions the bundle has it by itself, as long as it exists: {allow}", ""]
    return lines
