"""How instance types are listed: nothing hostile of a catalogue's file gets through, in no form."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from analyzer.advisor.instance_catalogue import InstanceCatalogue, shipped_instances
from analyzer.reporters.instances import format_instances

HOSTILE = "=HYPERLINK(1)\x1b[31m\x9b31m\u202e<img src=x> | @all AKIAIOSFODNN7EXAMPLE"
"""A source that whoever wrote the file made up; also with what looks like a key."""
FORMS = ("terminal", "json", "csv", "markdown")


def listed(form: str, source: str = HOSTILE, *names: str) -> str:
    shipped = shipped_instances()
    catalogue: InstanceCatalogue = replace(shipped, source=source)
    return format_instances(catalogue, [shipped.types[name] for name in names or ("r6id.4xlarge",)], form)


@pytest.mark.parametrize("form", FORMS)
def test_a_hostile_source_does_nothing(form: str) -> None:
    told = listed(form)
    assert not {"\x1b", "\x9b", "\u202e"} & set(told)
    assert "AKIAIOSFODNN7EXAMPLE" not in told


def test_a_source_is_no_formula() -> None:
    (row,) = csv.DictReader(io.StringIO(listed("csv")))
    assert row["source"].startswith("'=HYPERLINK")
    assert (row["instance_type"], row["vcpus"]) == ("r6id.4xlarge", "16")


def test_a_source_is_no_markup() -> None:
    line = listed("markdown").splitlines()[-1]
    assert "\\<img" in line
    assert "`@all`" in line


def test_json_has_the_types_as_they_are() -> None:
    told = json.loads(listed("json", "EC2", "c6id.8xlarge", "r6id.large"))
    assert [one["instance_type"] for one in told["types"]] == ["c6id.8xlarge", "r6id.large"]
    assert told["source"] == "EC2"
