"""What releases promised beside their schemas is still so."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analyzer import __version__
from tests.released.promises import FOLDER, broken, comparable_releases, compatible, promises, write

NOW = promises()


def test_there_is_a_release_to_compare_with() -> None:
    assert comparable_releases(), f"make promises keeps what {__version__} promises in {FOLDER.name}/{__version__}"


@pytest.mark.parametrize("release", comparable_releases(), ids=lambda folder: folder.name)
def test_promises_are_kept(release: Path) -> None:
    released = json.loads((release / "promises.json").read_text("utf-8"))
    assert list(broken(released, NOW)) == [], f"{release.name} promised something else"


def test_what_is_added_breaks_nothing() -> None:
    more = copy.deepcopy(NOW)
    more["rules"]["FS399"] = "host.new"
    more["causes"].insert(0, "host.new")
    more["store"]["new_column"] = "string"
    more["csv"]["advise"].append("new_column")
    more["commands"]["diagnose"]["--format"].insert(1, "xml")
    more["commands"]["a-new-one"] = {"--queue": []}
    assert list(broken(NOW, more)) == []


BREAKS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "a rule's id has another cause": (lambda p: p["rules"].update(FS101="dump.failed"), "rules FS101 is dump.failed"),
    "a rule goes": (lambda p: p["rules"].pop("FS101"), "rules FS101 is gone"),
    "a check goes": (lambda p: p["checks"].pop("FS842"), "checks FS842 is gone"),
    "a cause goes": (lambda p: p["causes"].remove("dump.failed"), "causes no longer has dump.failed"),
    "an exit status is another": (lambda p: p["exit_status"].update({"a problem": 2}), "exit_status a problem is 2"),
    "captures have another format": (lambda p: p["formats"].update(capture="x/2"), "formats capture is x/2 and was"),
    "a column goes": (lambda p: p["store"].pop("cause"), "store cause is gone"),
    "a column has another type": (lambda p: p["store"].update(vcpus="string"), "store vcpus is string and was double"),
    "a column may be null": (lambda p: p["store_never_null"].remove("cause"), "store_never_null no longer has cause"),
    "a CSV column goes": (lambda p: p["csv"]["advise"].remove("verdict"), "csv advise no longer has verdict"),
    "CSV columns change places": (lambda p: p["csv"]["advise"].reverse(), "csv advise has another order"),
    "a table goes": (lambda p: p["csv"].pop("report gaps"), "csv report gaps is gone"),
    "an option goes": (lambda p: p["commands"]["diagnose"].pop("--brief"), "commands diagnose --brief is gone"),
    "a command goes": (lambda p: p["commands"].pop("check"), "commands check is gone"),
    "a form goes": (
        lambda p: p["commands"]["check"]["--format"].remove("junit"),
        "commands check --format no longer has junit",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_what_breaks_somebody_is_caught(name: str) -> None:
    change, told = BREAKS[name]
    now = copy.deepcopy(NOW)
    change(now)
    found = list(broken(NOW, now))
    assert len(found) == 1
    assert found[0].startswith(told)


@pytest.mark.parametrize(
    ("released", "now", "bound"),
    [
        ("0.1.0", "0.1.4", True),
        ("0.1.0", "0.2.0", False),
        ("0.9.0", "1.0.0", False),
        ("1.2.0", "1.9.1", True),
        ("1.2.0", "2.0.0", False),
    ],
)
def test_which_versions_are_bound(released: str, now: str, bound: bool) -> None:
    assert compatible(released, now) is bound


def test_they_are_written_as_they_are_read(tmp_path: Path) -> None:
    write(tmp_path / "1.0.0")
    assert json.loads((tmp_path / "1.0.0" / "promises.json").read_text("utf-8")) == NOW
    assert len(list((tmp_path / "1.0.0" / "schema").glob("*.json"))) >= 4
