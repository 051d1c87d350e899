"""Groovy's grammar, as tree-sitter has it: what a real parser makes of a snippet."""

from __future__ import annotations

from functools import cache

import dekobon_tree_sitter_groovy
from tree_sitter import Language, Node, Parser


@cache
def _parser() -> Parser:
    return Parser(Language(dekobon_tree_sitter_groovy.language()))


def complaints(text: str) -> list[str]:
    """Where the text is not Groovy: `line 2, column 5: ...`; empty where it is."""
    found: list[str] = []
    pending: list[Node] = [_parser().parse(text.encode("utf-8")).root_node]
    while pending:
        node = pending.pop()
        if node.is_error or node.is_missing:
            said = (node.text or b"")[:40].decode("utf-8", "replace")
            found.append(f"line {node.start_point[0] + 1}, column {node.start_point[1] + 1}: {said or node.type}")
        pending += node.children
    return found
