"""Names of files: of a capture's members, and of what lies in a work directory."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from analyzer.bundle.arns import Resolve
from analyzer.bundle.storage_names import disguised_key, is_of_every_task
from analyzer.bundle.vocabulary import is_ordinary
from analyzer.evidence.capture import LISTED_DOCUMENTS, LISTING, MANIFEST, SINGLE_DOCUMENTS

_MEMBERS = frozenset(
    {MANIFEST, LISTING, "workdir", "logs", *(f"{name}.json" for name in (*SINGLE_DOCUMENTS, *LISTED_DOCUMENTS))}
)
_NUMBERED = re.compile(r"[0-9]{1,9}(?:\.jsonl)?")


def _is_ours(part: str) -> bool:
    if is_of_every_task(part):
        return True
    return part in _MEMBERS or _NUMBERED.fullmatch(part) is not None or is_ordinary(PurePosixPath(part).stem)


def disguised_name(name: str, resolve: Resolve, text: Callable[[str], str]) -> str:
    """Files that every capture and every task has keep their names; others are told by their number and ending."""
    parts = []
    for part in name.split("/"):
        if _is_ours(part):
            parts.append(part)
            continue
        known = text(part)
        parts.append(known if known != part else disguised_key(part, resolve))
    return "/".join(parts)
