"""JSON that is read in reviews: whatever fits on a line is on one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

WIDTH = 160


def laid_out(document: Any, indent: int = 0, taken: int = 0) -> str:
    """The document as JSON without a last line end.

    `indent` is that of its first line, in columns; `taken` are the columns beside it that its name and a comma need.
    """
    flat = json.dumps(document, ensure_ascii=False)
    if not isinstance(document, dict | list) or not document or indent + taken + len(flat) <= WIDTH:
        return flat
    inner = indent + 2
    if isinstance(document, dict):
        names = [(f"{json.dumps(name, ensure_ascii=False)}: ", member) for name, member in document.items()]
        return _block("{}", [name + laid_out(m, inner, len(name) + 1) for name, m in names], indent)
    return _block("[]", [laid_out(member, inner, 1) for member in document], indent)


def _block(brackets: str, members: Iterable[str], indent: int) -> str:
    margin = " " * (indent + 2)
    return f"{brackets[0]}\n{margin}" + f",\n{margin}".join(members) + f"\n{' ' * indent}{brackets[1]}"
