from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from importlib import resources
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from analyzer.diagnosis import Diagnosis
from analyzer.reporters.json_report import dumps, format_json
from analyzer.reporters.jsonl import format_jsonl
from tests.reporters.samples import HEALTHY, HOSTILE, HOSTILE_TEXT, OUTRUN, SECRET, UNKNOWN

SCHEMA = json.loads(resources.files("analyzer.data").joinpath("schema/diagnosis.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def _properties(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        for name, member in schema.get("properties", {}).items():
            yield f"{path}/{name}", member
        for name, member in schema.items():
            yield from _properties(member, f"{path}/{name}")
    elif isinstance(schema, list):
        for number, member in enumerate(schema):
            yield from _properties(member, f"{path}/{number}")


def test_every_field_is_described() -> None:
    described = list(_properties(SCHEMA))
    assert len(described) > 50
    assert [path for path, member in described if not member.get("description")] == []


@pytest.mark.parametrize("verbose", [False, True])
@pytest.mark.parametrize("diagnosis", [OUTRUN, HEALTHY, UNKNOWN, HOSTILE], ids=lambda d: d.verdict.rule)
def test_output_is_valid(diagnosis: Diagnosis, verbose: bool) -> None:
    document = json.loads(format_json([diagnosis], verbose=verbose))
    VALIDATOR.validate(document)
    assert ("examined" in document) == verbose


@pytest.mark.parametrize(
    "break_it",
    [
        lambda d: d["verdict"].pop("cause"),
        lambda d: d["verdict"].update(cause="dump"),
        lambda d: d["findings"][0].update(evidence=[]),
        lambda d: d["findings"][0]["evidence"][0].update(line=0),
        lambda d: d.update(extra=1),
        lambda d: d["recommendations"][0].update(snippet="x"),
        lambda d: d.update(schema="fsnap-diagnosis/2"),
    ],
)
def test_the_schema_refuses_what_the_contract_does(break_it: Any) -> None:
    document = json.loads(format_json([OUTRUN], verbose=True))
    break_it(document)
    assert not VALIDATOR.is_valid(document)


def test_one_object_or_an_array() -> None:
    assert json.loads(format_json([OUTRUN], verbose=False))["target"] == OUTRUN.target
    assert [d["target"] for d in json.loads(format_json([OUTRUN, HEALTHY], verbose=False))] == [
        OUTRUN.target,
        HEALTHY.target,
    ]
    # two targets of which one could not be examined: still an array
    assert [d["target"] for d in json.loads(format_json([OUTRUN], verbose=False, several=True))] == [OUTRUN.target]
    assert json.loads(format_json([], verbose=False, several=False)) == []


def test_json_lines_in_order() -> None:
    text = format_jsonl([OUTRUN, HOSTILE, HEALTHY], verbose=False)
    lines = text.splitlines()  # splits at U+2028 and the like, too
    assert [json.loads(line)["target"] for line in lines] == [OUTRUN.target, HOSTILE.target, HEALTHY.target]
    assert text.endswith("}\n")
    assert format_jsonl([], verbose=False) == ""


def test_hostile_text_is_kept_but_cannot_act() -> None:
    text = format_json([HOSTILE], verbose=True)
    assert json.loads(text)["verdict"]["summary"] == HOSTILE_TEXT
    assert {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs"}} <= {"\n"}


def test_secrets_are_masked() -> None:
    text = format_json([HOSTILE], verbose=True)
    for secret in (SECRET, "hunter2", "abc123secret", "IOSFODNN7EXAMPLE"):
        assert secret not in text


def test_figures_that_json_has_not_are_null() -> None:
    measurements = json.loads(format_json([HOSTILE], verbose=False))["measurements"]
    assert measurements["odd"] is None


def test_values_of_other_types_are_written() -> None:
    diagnosis = replace(UNKNOWN, job={"name": {"b"}, "more": (1, b"x"), "deep": {1: None}})
    assert json.loads(format_json([diagnosis], verbose=False))["job"] == {
        "name": ["b"],
        "more": [1, "b'x'"],
        "deep": {"1": None},
    }


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)
    )
)
def test_escaping_loses_nothing(document: Any) -> None:
    text = dumps(document)
    assert json.loads(text) == document
    text.encode()
