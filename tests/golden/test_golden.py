"""Every answer to a fixture is the one that was reviewed, and the diagnoses are what their schema promises."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.golden.answers import FOLDER, answers, diagnosed, kept_in
from tests.golden.differences import differences, sentence
from tests.golden.layout import WIDTH, laid_out
from tests.loopback.scenario import all_scenarios

ANSWERS = answers()
SCHEMA = json.loads(resources.files("analyzer.data").joinpath("schema/diagnosis.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
OUTRUN = "window-exceeded"


def kept(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return document


def test_every_fixture_has_an_answer_that_was_reviewed() -> None:
    assert len(ANSWERS) > 250
    missing, left = sorted(set(ANSWERS) - kept_in(FOLDER)), sorted(kept_in(FOLDER) - set(ANSWERS))
    assert (missing, left) == ([], []), f"without a golden answer: {missing}; of no fixture: {left}; run: make golden"


@pytest.mark.parametrize("name", sorted(kept_in(FOLDER) & set(ANSWERS)))
def test_what_is_said_is_what_was_reviewed(name: str) -> None:
    changed = sentence(name, kept(name), ANSWERS[name]())
    if changed:
        pytest.fail(changed, pytrace=False)


@pytest.mark.parametrize("name", [one.name for one in all_scenarios()])
def test_a_diagnosis_is_what_the_schema_promises(name: str) -> None:
    document = diagnosed(name, verbose=True)
    del document["exit_status"]
    assert [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(document)] == []


def test_a_golden_answer_can_be_read_in_a_review() -> None:
    """Short records are on one line each; a line is only long where one text is."""
    text = (FOLDER / f"scenarios/{OUTRUN}.json").read_text("utf-8")
    assert len(text.splitlines()) < 400
    long = [line.strip().rstrip(",") for line in text.splitlines() if len(line) > WIDTH + 1]
    assert [line for line in long if not isinstance(json.loads(line.split(": ", 1)[-1]), str)] == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d: d["verdict"].update(cause="dump.failed"), 'verdict.cause is "dump.failed" and was "dump.window_ex'),
        (lambda d: d["verdict"].update(rule="FS102"), 'verdict.rule is "FS102" and was "FS101"'),
        (lambda d: d["findings"].pop(), "findings has"),
        (lambda d: d["verdict"].pop("owner"), 'verdict.owner is gone: "pipeline"'),
        (lambda d: d["job"].update(colour=None), "job.colour is new: null"),
        (lambda d: d["job"].update(exit_code=float(d["job"]["exit_code"])), "job.exit_code is 176.0 and was 176"),
        (lambda d: d.update(exit_status=0), "exit_status is 0 and was 1"),
        (lambda d: d["recommendations"][0].update(proposed={}), "recommendations[0].proposed.instance_types is gone"),
    ],
)
def test_a_change_is_told_in_one_sentence_with_the_way_out(change: Any, told: str) -> None:
    now = kept(f"scenarios/{OUTRUN}")
    change(now)
    changed = sentence(OUTRUN, kept(f"scenarios/{OUTRUN}"), now)
    assert changed
    assert changed.startswith(f"{OUTRUN}: {told}")
    assert changed.endswith("If that is meant: make golden, and look at the diff.")
    assert "\n" not in changed


def test_what_weighs_most_is_told_first_and_not_all_of_it() -> None:
    before = {"target": "a", "job": {"x": 1, "y": 2}, "verdict": {"cause": "one"}}
    now = {"target": "b", "job": {"x": 2, "y": 3}, "verdict": {"cause": "two"}}
    assert next(differences(before, now)) == 'verdict.cause is "two" and was "one"'
    assert "; and 1 more. If" in (sentence("name", before, now) or "")
    assert sentence("name", before, before) is None


@pytest.mark.parametrize("document", [{}, [], {"a": []}, None, "x" * 200, [["y" * 70] * 3, {"k": "z" * 120}], {"é": 1}])
def test_the_layout_loses_nothing(document: Any) -> None:
    assert json.loads(laid_out(document)) == document
