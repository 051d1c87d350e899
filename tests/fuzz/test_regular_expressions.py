"""No regular expression takes time out of proportion to the text: each is attacked with texts made from itself."""

from __future__ import annotations

import ast
import re
import time

from analyzer.classifier.verdict import MAX_SHAPE_CHARACTERS
from analyzer.evidence.content import MAX_LINE_BYTES
from tests.fuzz.attacks import attacks
from tests.fuzz.patterns import ROOT, AnyPattern, Used, all_patterns

SHORT, LONG = MAX_LINE_BYTES // 4, MAX_LINE_BYTES
"""Characters: a line of a log is never longer."""
FAST_SECONDS = 0.05
"""On a text of LONG characters; what takes longer must not take more than in proportion."""
BOUNDED = {"analyzer.classifier.verdict._VARIABLE": MAX_SHAPE_CHARACTERS}
"""Patterns that never see a longer text: it takes them less than FAST_SECONDS."""
MOST_GROWTH = 8
"""Of the time, for a text four times as long: in proportion it is 4, with the square 16."""
HOPELESS_SECONDS = 0.15


def seconds(pattern: AnyPattern, how: str, text: str, runs: int) -> float:
    """Processor time of this thread alone, the least of some runs: other programs do not count."""
    given = text.encode("utf-8", "replace") if isinstance(pattern.pattern, bytes) else text
    least = float("inf")
    for _ in range(runs):
        begin = time.thread_time()
        if how == "search":
            for _match in pattern.finditer(given):  # type: ignore[arg-type]  # its kind is that of the pattern
                pass
        else:
            getattr(pattern, how)(given)
        least = min(least, time.thread_time() - begin)
    return least


def too_slow(used: Used, head: str, pump: str, tail: str) -> str | None:
    def taken(length: int, runs: int) -> float:
        return seconds(used.pattern, used.how, head + pump * max(1, length // len(pump)) + tail, runs)

    if used.where in BOUNDED:
        longest = BOUNDED[used.where]
        return None if taken(longest, 3) <= FAST_SECONDS else f"{used.where}: {longest} characters take too long"
    for length in (16, 20, 24, 28, 64, 256, 1024, 4096, SHORT):
        if taken(length, 1) > HOPELESS_SECONDS:
            return f"{used.where}: {length} characters of {pump[:40]!r} after {head[:40]!r} take far too long"
    if taken(SHORT, 1) * MOST_GROWTH * 2 <= FAST_SECONDS or taken(LONG, 1) <= FAST_SECONDS:
        return None
    long, short = taken(LONG, 3), taken(SHORT, 3)
    if long <= FAST_SECONDS or long / max(short, 1e-6) < MOST_GROWTH:
        return None
    return f"{used.where}: {pump[:40]!r} after {head[:40]!r} takes {short:.3f} s, four times as much {long:.3f} s"


def test_time_is_in_proportion_to_the_text() -> None:
    found = [too_slow(used, *attack) for used in all_patterns() for attack in attacks(used.pattern)]
    assert [one for one in found if one] == []


def test_the_attacks_find_what_they_are_for() -> None:
    for bad in (r"(a+)+$", r"\s+$", r"(?:[\w.-]*/)+[\w.-]*"):
        used = Used("bad", re.compile(bad), "search")
        assert any(too_slow(used, *attack) for attack in attacks(used.pattern)), bad


def test_every_pattern_is_attacked() -> None:
    """Whatever is compiled in the package is in a module's own names, or one of those few that are made of data."""
    made_of_data = {
        "bundle/own_rules.py",  # of the user's own patterns, whose stars are bounded and give nothing back
        # alternatives of literal names, no repeats: the bundle's identities, their halves, a map's stand-ins, secrets
        *("bundle/concealment.py", "bundle/known.py", "bundle/survivors.py", "bundle/unredact.py"),
        "support/known_secrets.py",
        # of records whose patterns are collected: the catalogue's signatures, the forms of command lines
        *("classifier/rule_record.py", "support/command_lines.py"),
    }
    for path in sorted(ROOT.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
        inside = [
            node
            for function in functions
            for node in ast.walk(function)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr == "compile"
        ]
        name = path.relative_to(ROOT).as_posix()
        assert not inside or name in made_of_data, name
    assert len(all_patterns()) > 300
