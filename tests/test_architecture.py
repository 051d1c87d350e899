"""The way through the house is one way, and nothing below the fetchers asks the clock or the network."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import analyzer

ROOT = Path(analyzer.__file__).parent
ROOMS = {
    "evidence": set[str](),
    "parsers": {"evidence"},
    "fetchers": {"evidence", "parsers"},
    "support": set[str](),
    "classifier": {"evidence", "parsers"},
    "advisor": {"evidence", "parsers", "classifier", "support"},
    "checks": {"evidence", "parsers", "classifier", "advisor", "support"},
    "fleet": {"evidence", "parsers", "classifier", "advisor", "support"},
    "store": {"evidence", "fleet", "support"},
    "reporters": {"evidence", "parsers", "classifier", "advisor", "checks", "fleet", "support"},
    "bundle": {"evidence", "parsers", "classifier", "advisor", "reporters", "support"},
}
"""Room -> the rooms that it may import."""
OUTSIDE_WORLD = {"socket", "ssl", "urllib.request", "http.client", "boto3", "botocore", "time", "random"}


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _rooms_of(imports: set[str]) -> set[str]:
    return {name.split(".")[1] for name in imports if name.startswith("analyzer.")} & set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_comes_before_it(room: str) -> None:
    for path in (ROOT / room).rglob("*.py"):
        assert _rooms_of(_imports(path)) - {room} <= ROOMS[room], path


@pytest.mark.parametrize("room", sorted(set(ROOMS) - {"fetchers"}))
def test_only_the_fetchers_know_the_clock_and_the_network(room: str) -> None:
    for path in (ROOT / room).rglob("*.py"):
        assert _imports(path) & OUTSIDE_WORLD == set(), path
        assert "datetime.now" not in path.read_text(), path


def test_nobody_imports_the_command_line() -> None:
    for path in ROOT.rglob("*.py"):
        if path.parent.name != "cli" and path.name != "__main__.py":
            assert not any(name.startswith("analyzer.cli") for name in _imports(path)), path


@pytest.mark.parametrize("module", ["parse", "invocation"])
def test_what_an_event_says_is_read_without_clock_and_network(module: str) -> None:
    imports = _imports(ROOT / "events" / f"{module}.py")
    assert imports & OUTSIDE_WORLD == set()
    assert _rooms_of(imports) - {"evidence"} <= {"fetchers"}
    # how a region's name looks, and nothing else of that room
    assert {name for name in imports if name.startswith("analyzer.fetchers")} <= {
        "analyzer.fetchers.targets",
        "analyzer.fetchers.targets.is_region",
    }
