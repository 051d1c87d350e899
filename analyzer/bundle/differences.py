"""What a bundle says otherwise than the evidence that it was made of, in words that anybody understands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from analyzer.bundle.disguised import bones
from analyzer.diagnosis import Diagnosis

MOST_FIGURES = 5
"""Named one by one; further ones are counted."""
_PARTS = {
    "job": "what is known of the job",
    "chain": "the story of its attempts",
    "findings": "the rules that matched, or where their evidence stands",
    "recommendations": "the advice",
}


def differences(original: Diagnosis, replayed: Diagnosis) -> tuple[str, ...]:
    """Clauses such as "confidence: certain by the evidence, likely by the bundle"; empty where both say the same."""
    before, after = _document(original), _document(replayed)
    if before == after:
        return ()
    told = [
        _clause(name, getattr(original.verdict, name), getattr(replayed.verdict, name))
        for name in ("cause", "rule", "confidence")
        if getattr(original.verdict, name) != getattr(replayed.verdict, name)
    ]
    told += _figures(original.measurements or {}, replayed.measurements or {})
    told += [f"{words} differs" for name, words in _PARTS.items() if before.get(name) != after.get(name)]
    return tuple(told) or ("the details of the verdict differ",)


def _document(diagnosis: Diagnosis) -> Mapping[str, object]:
    return cast("Mapping[str, object]", bones(diagnosis))


def _figures(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[str]:
    changed = [name for name in dict.fromkeys((*before, *after)) if before.get(name) != after.get(name)]
    numbers = [name for name in changed if _is_number(before.get(name)) or _is_number(after.get(name))]
    for name in numbers[:MOST_FIGURES]:
        yield _clause(name.replace("_", " "), before.get(name), after.get(name))
    if len(numbers) > MOST_FIGURES:
        yield f"{len(numbers) - MOST_FIGURES} more figures differ"


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float))


def _clause(name: str, before: object, after: object) -> str:
    return f"{name}: {_shown(before)} by the evidence, {_shown(after)} by the bundle"


def _shown(value: object) -> str:
    # a text among the figures may be a name that was to go
    return "none" if value is None else str(value) if isinstance(value, (str, int, float)) else "something else"
