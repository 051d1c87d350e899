"""All regular expressions of the package, each with the way in which it is used."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import analyzer
from analyzer.classifier.catalogue import shipped

ROOT = Path(analyzer.__file__).parent
ANCHORED = frozenset({"match", "fullmatch"})
CALLS = frozenset({"search", "sub", "subn", "findall", "finditer", "split", *ANCHORED})
AnyPattern = re.Pattern[str] | re.Pattern[bytes]


@dataclass(frozen=True)
class Used:
    """A pattern, where it stands, and how it is asked for: `search` stands for all ways that try each place."""

    where: str
    pattern: AnyPattern
    how: str


def _modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        if parts[-1] != "__main__":
            yield ".".join(parts).removesuffix(".__init__"), path


def _patterns_in(value: object, depth: int = 0) -> Iterator[AnyPattern]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 4 and isinstance(value, (tuple, list, set, frozenset)):
        for one in value:
            yield from _patterns_in(one, depth + 1)
    elif depth < 4 and isinstance(value, Mapping):
        for one in (*value.keys(), *value.values()):
            yield from _patterns_in(one, depth + 1)
    elif depth < 4 and type(value).__module__.startswith("analyzer.") and hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from _patterns_in(getattr(value, name, None), depth + 1)


def _asked_for(trees: Iterable[ast.Module]) -> dict[str, set[str]]:
    """Name of a pattern -> the methods that are called on it; a name that is handed on counts as searched."""
    found: dict[str, set[str]] = {}
    for tree in trees:
        called = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                called.add(id(node.value))
                found.setdefault(node.value.id, set()).add(node.attr)
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in called:
                found.setdefault(node.id, set()).add("search")
    return found


def _inline(name: str, tree: ast.Module) -> Iterator[Used]:
    """Patterns that are written where they are used: `re.search("...", text)`."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        on_re = isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
        first = node.args[0]
        text = first.value if on_re and isinstance(first, ast.Constant) else None
        if node.func.attr in CALLS and isinstance(text, (str, bytes)):
            how = node.func.attr if node.func.attr in ANCHORED else "search"
            pattern: Any = re.compile(text)
            yield Used(f"{name}:{node.lineno}", pattern, how)


def _named(name: str, module: ModuleType, asked: Mapping[str, set[str]]) -> Iterator[Used]:
    for member, value in vars(module).items():
        calls = asked.get(member, set()) & CALLS
        single = calls <= ANCHORED and isinstance(value, re.Pattern) and calls
        how = ("match" if "match" in calls else "fullmatch") if single else "search"
        for pattern in _patterns_in(value):
            yield Used(f"{name}.{member}", pattern, how)


@cache
def all_patterns() -> list[Used]:
    """Each pattern once: of modules, of calls, and of the catalogue's signatures."""
    trees = {name: ast.parse(path.read_text("utf-8")) for name, path in _modules()}
    everywhere = _asked_for(trees.values())
    found: list[Used] = []
    for name, tree in trees.items():
        here = {n: calls for n, calls in _asked_for([tree]).items() if n.startswith("_")}
        found += _inline(name, tree)
        found += _named(name, importlib.import_module(name), {**everywhere, **here})
    found += [Used(f"{s.rule}: {s.text[:40]}", s.pattern, "search") for s in shipped().signatures() if s.pattern]
    distinct: dict[tuple[str | bytes, int], Used] = {}
    for used in found:
        key = (used.pattern.pattern, used.pattern.flags)
        if key not in distinct or used.how == "search":
            distinct[key] = used
    return list(distinct.values())
