"""What a release promises beside its schemas: names and numbers that scripts, tables and tickets hold on to.

`python -m tests.released.promises` (`make promises`) keeps those of this version in fixtures/released/VERSION, together
with its schemas. That is a step of a release; between releases nothing in there changes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import typer

from analyzer import __version__
from analyzer.advisor.instance_catalogue import shipped_instances
from analyzer.bundle.deliver import MAP_FORMAT
from analyzer.checks.record import checks
from analyzer.classifier.catalogue import shipped
from analyzer.cli.app import app
from analyzer.cli.options import EXIT_INTERRUPTED, EXIT_NOT_EXAMINED, EXIT_USAGE
from analyzer.evidence.capture import FORMAT as CAPTURE_FORMAT
from analyzer.evidence.capture_bundle import BUNDLE_FORMAT
from analyzer.examine import Failure, exit_status
from analyzer.reporters.advise_data import CSV_COLUMNS
from analyzer.reporters.fleet_csv import TABLES, format_fleet_csv
from analyzer.reporters.instances import format_instances
from analyzer.reporters.page import vocabulary
from analyzer.store.schema import COLUMNS, REQUIRED
from analyzer.store.schema import FORMAT as ROWS_FORMAT
from tests.command import REPOSITORY
from tests.golden.layout import laid_out
from tests.reporters.fleet_reports import WELL
from tests.reporters.samples import HEALTHY, OUTRUN

FOLDER = REPOSITORY / "fixtures" / "released"
Promises = Mapping[str, Any]


def promises() -> dict[str, Any]:
    """Those of this version."""
    types = shipped_instances()
    return {
        "formats": {"capture": CAPTURE_FORMAT, "bundle": BUNDLE_FORMAT, "map": MAP_FORMAT, "rows": ROWS_FORMAT},
        "exit_status": {
            "nothing wrong": exit_status([HEALTHY]),
            "a problem": exit_status([HEALTHY, OUTRUN]),
            "the command line is wrong": EXIT_USAGE,
            "a target could not be examined": exit_status([OUTRUN, Failure("x", "x")]),
            "nothing could be examined": EXIT_NOT_EXAMINED,
            "interrupted": EXIT_INTERRUPTED,
        },
        "rules": {rule.id: rule.cause for rule in shipped()},
        "checks": {check: record.scope for check, record in checks().items()},
        "causes": sorted(vocabulary()),
        "store": dict(COLUMNS),
        "store_never_null": sorted(REQUIRED),
        "csv": {
            "advise": list(CSV_COLUMNS),
            "instances": _head(format_instances(types, list(types.types.values())[:1], "csv")),
            **{f"report {table}": _head(format_fleet_csv(WELL, table)) for table in TABLES},
        },
        "commands": _commands(),
    }


def _head(text: str) -> list[str]:
    return text.splitlines()[0].split(",")


def _commands() -> dict[str, dict[str, list[str]]]:
    """Command -> option -> the values to choose from, if there is a choice."""
    group: Any = typer.main.get_command(app)
    told: dict[str, dict[str, list[str]]] = {}
    for name in group.list_commands(None):
        options = [one for one in group.get_command(None, name).params if one.param_type_name == "option"]
        told[name] = {
            spelling: list(getattr(one.type, "choices", None) or ())
            for one in options
            for spelling in (*one.opts, *one.secondary_opts)
        }
    return told


def broken(released: Any, now: Any, path: str = "") -> Iterator[str]:
    """What is no longer so, a sentence each: names may be added, none goes, and none comes to mean something else."""
    if isinstance(released, Mapping) and isinstance(now, Mapping):
        for name, value in released.items():
            below = f"{path} {name}".strip()
            if name in now:
                yield from broken(value, now[name], below)
            else:
                yield f"{below} is gone"
    elif isinstance(released, list) and isinstance(now, list):
        yield from (f"{path} no longer has {value}" for value in released if value not in now)
        kept = [value for value in now if value in released]
        if sorted(kept) == sorted(released) and kept != released:
            yield f"{path} has another order"
    elif released != now:
        yield f"{path} is {now} and was {released}"


def compatible(released: str, now: str) -> bool:
    """Whether what a version promised binds another one: below 1.0.0 a minor version may break it, then a major one."""
    return _binding(released) == _binding(now)


def _binding(version: str) -> Sequence[str]:
    major, minor, *_ = version.split(".")
    return (major, minor) if major == "0" else (major,)


def comparable_releases() -> list[Path]:
    """The folders of fixtures/released whose promises bind this version."""
    return [folder for folder in sorted(FOLDER.iterdir()) if compatible(folder.name, __version__)]


def write(folder: Path) -> None:
    """Keep what this version promises."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "schema").mkdir(parents=True)
    for file in (resources.files("analyzer.data") / "schema").iterdir():
        (folder / "schema" / file.name).write_text(file.read_text("utf-8"), "utf-8")
    (folder / "promises.json").write_text(laid_out(promises()) + "\n", "utf-8")


if __name__ == "__main__":
    write(FOLDER / __version__)
