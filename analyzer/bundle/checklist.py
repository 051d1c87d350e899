"""`checklist.md`: each thing that the vendor's support asks for, with its place in the bundle or the way to get it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from analyzer.bundle.asked import Item, asked
from analyzer.bundle.places import part_of, parts
from analyzer.bundle.surroundings import Told, surroundings
from analyzer.diagnosis import Diagnosis
from analyzer.evidence.model import Evidence, Gap
from analyzer.reporters.markdown import table
from analyzer.reporters.text import code_block, code_cell, code_span, escape_markdown, field, own_prose, prose

MOST_VALUES = 12
"""Of one item; the report tells more."""
Status = Literal["present", "in part", "missing"]


@dataclass(frozen=True)
class Answer:
    """What there is of one item."""

    item: Item
    status: Status
    values: tuple[str, ...] = ()
    """What the evidence tells, in words; empty for an item that is a file."""
    members: tuple[str, ...] = ()
    """Where in the bundle it stands."""
    lacking: tuple[str, ...] = ()
    """Why it is missing, or what of it is, in sentences."""


def answers(diagnosis: Diagnosis, evidence: Evidence, members: Mapping[str, str]) -> tuple[Answer, ...]:
    """What there is of every item, in the order in which support asks. `members` as in `checklist`."""
    facts = surroundings(diagnosis, evidence)
    gaps = tuple(dict.fromkeys((*evidence.gaps, *diagnosis.gaps)))
    return tuple(
        _of_files(item, evidence, members, gaps)
        if item.parts
        else _of_facts(item, [fact for fact in facts if fact.item == item.id], evidence, members, gaps)
        for item in asked()
    )


def checklist(diagnosis: Diagnosis, evidence: Evidence, members: Mapping[str, str]) -> str:
    """The checklist as Markdown, made of the originals.

    `members`: a capture's member (`logs/2.jsonl`, `workdir/.command.log`) -> its name in the bundle; what was cut is
    not among them.
    """
    found = answers(diagnosis, evidence, members)
    here = [answer for answer in found if answer.status != "missing"]
    lacking = [answer for answer in found if answer.status != "present"]
    counts = [f"{sum(a.status == s for a in found)} {s}" for s in ("present", "in part", "missing")]
    lines = ["# What support asks for", "", f"{len(found)} items: {', '.join(counts)}.", ""]
    lines += ["## Present", "", *table(("item", "status", "what is known", "where"), [_row(a) for a in here])]
    for answer in lacking:
        lines += _missing(answer)
    lines += ["## Who asks", "", *table(("item", "source"), [_asker(item) for item in asked()])]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _of_facts(
    item: Item, facts: Sequence[Told], evidence: Evidence, members: Mapping[str, str], gaps: Iterable[Gap]
) -> Answer:
    held = [part for fact in facts if (part := part_of(fact.source, evidence))]
    where = tuple(dict.fromkeys(members[part] for part in held if part in members))
    values = tuple(dict.fromkeys(fact.value for fact in facts))
    if not facts:
        return Answer(item, "missing", lacking=_reasons(item, gaps))
    if not all(fact.sure for fact in facts):
        return Answer(item, "in part", values, where, ("What is known does not settle it.", *_reasons(item, gaps)))
    return Answer(item, "present", values, where or ("report.md",))


def _of_files(item: Item, evidence: Evidence, members: Mapping[str, str], gaps: Iterable[Gap]) -> Answer:
    there = [part for part in parts(evidence) if any(fnmatchcase(part, pattern) for pattern in item.parts)]
    where = tuple(members[part] for part in there if part in members)
    lost = [f"{part} was cut to keep the bundle small." for part in there if part not in members]
    lost += [f"{name} is in the work directory and was not fetched." for name in _unfetched(item, evidence, there)]
    if not where:
        return Answer(item, "missing", lacking=tuple(lost) or _reasons(item, gaps))
    return Answer(item, "in part" if lost else "present", members=where, lacking=tuple(lost))


def _unfetched(item: Item, evidence: Evidence, there: Iterable[str]) -> list[str]:
    """What the listing shows of an item and the evidence does not have."""
    have = set(there)
    listed = (f"workdir/{entry.key}" for entry in evidence.listing or ())
    return [n for n in listed if n not in have and any(fnmatchcase(n, pattern) for pattern in item.parts)]


def _reasons(item: Item, gaps: Iterable[Gap]) -> tuple[str, ...]:
    """Why an item is missing: what stood in the way, else what commonly does."""
    mine = [gap for gap in gaps if gap.permission and set(gap.permission.split(", ")) & set(item.permissions)]
    return tuple(f"{gap.what}: {gap.why}" for gap in mine) or (item.absent,)


def _row(answer: Answer) -> tuple[str, str, str, str]:
    return (
        escape_markdown(answer.item.asks, cell=True),
        answer.status,
        _some(answer.values),
        _some(answer.members),
    )


def _some(values: Sequence[str]) -> str:
    shown = "; ".join(code_cell(field(value)) for value in values[:MOST_VALUES])
    more = len(values) - MOST_VALUES
    return f"{shown}; and {more} more" if more > 0 else shown


def _missing(answer: Answer) -> list[str]:
    item = answer.item
    word = "Missing" if answer.status == "missing" else "In part"
    lines = [f"## {word}: {escape_markdown(item.asks)}", ""]
    for reason in answer.lacking[:MOST_VALUES]:
        lines += [f"- {escape_markdown(prose(reason))}"]
    if len(answer.lacking) > MOST_VALUES:
        lines.append(f"- and {len(answer.lacking) - MOST_VALUES} more")
    lines += ["", escape_markdown(own_prose(item.get)), ""]
    if item.command:
        lines += [*code_block(item.command.splitlines(), "bash"), ""]
    if item.permissions:
        allow = ", ".join(code_span(permission) for permission in item.permissions)
        lines += [f"To have it in the bundle by itself, allow: {allow}", ""]
    return lines


def _asker(item: Item) -> tuple[str, str]:
    return (escape_markdown(item.asks, cell=True), f"<{item.source}>")
