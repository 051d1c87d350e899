"""What differs between two documents, for someone who has to decide whether that was meant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

TOLD = 3
LONGEST = 90
_ABSENT = object()
_FIRST = ("exit_status", "verdict", "findings", "results")
"""Members of which a difference weighs most."""


def differences(kept: Any, now: Any, path: str = "") -> Iterator[str]:
    """Each difference in a few words, what weighs most first."""
    if isinstance(kept, dict) and isinstance(now, dict):
        names = [*kept, *(name for name in now if name not in kept)]
        for name in sorted(names, key=lambda name: (name not in _FIRST, names.index(name))):
            yield from differences(kept.get(name, _ABSENT), now.get(name, _ABSENT), f"{path}.{name}".lstrip("."))
    elif isinstance(kept, list) and isinstance(now, list):
        if len(kept) != len(now):
            yield f"{path} has {len(now)} members and had {len(kept)}"
        for number, (before, after) in enumerate(zip(kept, now, strict=False)):
            yield from differences(before, after, f"{path}[{number}]")
    elif type(kept) is not type(now) or kept != now:
        yield _told(kept, now, path)


def _told(kept: Any, now: Any, path: str) -> str:
    if kept is _ABSENT:
        return f"{path} is new: {_short(now)}"
    if now is _ABSENT:
        return f"{path} is gone: {_short(kept)}"
    return f"{path} is {_short(now)} and was {_short(kept)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def sentence(name: str, kept: Any, now: Any) -> str | None:
    """What changed and how to accept it; None where nothing did."""
    found = list(differences(kept, now))
    if not found:
        return None
    more = f"; and {len(found) - TOLD} more" if len(found) > TOLD else ""
    return f"{name}: {'; '.join(found[:TOLD])}{more}. If that is meant: make golden, and look at the diff."
