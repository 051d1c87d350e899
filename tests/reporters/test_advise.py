"""How an advice is shown: nothing hostile gets through, and every form tells the same."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from rich.console import Console

from analyzer.advisor.instance_catalogue import InstanceCatalogue, shipped_instances
from analyzer.advisor.planning import Request, plan
from analyzer.advisor.planning_answer import Answer, answer
from analyzer.advisor.quantities import size_bytes
from analyzer.advisor.window import Window
from analyzer.reporters.advise import format_markdown, render_terminal
from analyzer.reporters.advise_data import CSV_COLUMNS, format_csv, format_json
from analyzer.reporters.advise_table import host_lines, table
from analyzer.reporters.instance_figures import figures
from analyzer.reporters.instances import record

GIB = 2**30
SCHEMA = json.loads(resources.files("analyzer.data").joinpath("schema/advice.schema.json").read_text("utf-8"))
HOSTILE = "=cmd|'\x1b[31m<img src=x>`|$(rm)"


def shown(memory: int | None = 60 * GIB, *names: str, vcpus: int = 8, top: int = 10) -> Answer:
    request = Request(Window(), memory_bytes=memory, vcpus=vcpus, instances=names)
    return answer(plan(request, shipped_instances()), top=top)


def on_screen(one: Answer, width: int, *, encoding: str = "utf-8") -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    render_terminal(one, Console(file=stream, width=width))
    stream.seek(0)
    return stream.read()


@pytest.mark.parametrize("width", [80, 120])
def test_the_columns_of_the_table_stand_below_each_other(width: int) -> None:
    lines = on_screen(shown(), width).split("\n\n")[1].splitlines()
    at = lines[0].index("verdict")
    assert len(lines) == 11
    assert {line[at : at + 5].strip() for line in lines[1:]} == {"fits"}
    assert max(map(len, lines)) <= width


def test_a_wide_screen_has_wider_gaps() -> None:
    narrow, wide = (on_screen(shown(), width).split("\n\n")[1].splitlines()[0] for width in (72, 120))
    assert len(narrow) < len(wide)
    assert narrow.split() == wide.split()


def test_the_parts_come_in_their_order() -> None:
    text = on_screen(shown(60 * GIB, "r6id.8xlarge"), 100)
    order = ["A task of 60.0 GiB and 8 vCPU", "type ", "The whole host", "Beware", "Assumed", "Also", "resourceLimits"]
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_a_screen_without_unicode_gets_text_all_the_same() -> None:
    assert "r6idn.2xlarge" in on_screen(shown(), 80, encoding="ascii")


def test_every_form_tells_the_same() -> None:
    one = shown()
    document = json.loads(format_json(one))
    rows = list(csv.DictReader(io.StringIO(format_csv(one))))
    names = [row["instance_type"] for row in document["types"]]
    assert names == [row["instance_type"] for row in rows]
    assert [f"{row['dump_seconds']['expected']}" for row in document["types"]] == [
        row["dump_seconds_expected"] for row in rows
    ]
    markdown = format_markdown(one)
    assert all(f"| `{name}` |" in markdown for name in names)
    assert all(name in on_screen(one, 120) for name in names)
    assert all(snippet["text"].splitlines()[-1] in markdown for snippet in document["snippets"])


def test_the_reverse_is_one_row_for_each_number_of_tasks_in_every_form() -> None:
    one = shown(None, "r6id.4xlarge", vcpus=1)
    assert format_markdown(one).count("| window |") == 5
    rows = list(csv.DictReader(io.StringIO(format_csv(one))))
    (told,) = json.loads(format_json(one))["types"]
    assert [row["tasks_per_host"] for row in rows] == ["1", "2", "4", "8", "16"]
    assert {(row["instance_type"], row["verdict"], row["largest_footprint_bound_by"]) for row in rows} == {
        ("r6id.4xlarge", "", "window")
    }
    assert [(str(each["tasks_per_host"]), str(each["footprint_bytes"])) for each in told["largest_footprints"]] == [
        (row["tasks_per_host"], row["largest_footprint_bytes"]) for row in rows
    ]


NAMES = sorted(name for name, kind in shipped_instances().types.items() if kind.baseline_gbps)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(NAMES), st.floats(20, 300), st.floats(0, 0.5))
def test_every_limit_fits_as_it_is_shown(name: str, seconds: float, margin: float) -> None:
    window = Window(seconds, margin)
    found = plan(Request(window, instances=(name,)), shipped_instances())
    _, *columns = table(answer(found, top=None))
    cells = {column.head: column.cells for column in columns}
    for tasks, written in zip(cells["tasks"], cells["largest each"], strict=True):
        if written.endswith("bytes"):
            continue
        memory = size_bytes(written, "--memory")
        assert [one.footprint_bytes >= memory for one in found.rows[0].capacities if one.tasks == int(tasks)] == [True]
        forward = Request(window, memory_bytes=memory, instances=(name,), tasks_per_host=int(tasks))
        assert plan(forward, shipped_instances()).rows[0].verdict == "fits"


def test_the_whole_hosts_limits_fit_as_they_are_shown() -> None:
    one = shown(60 * GIB, "r6id.4xlarge", vcpus=1)
    (line,) = host_lines(one)
    room, most = re.findall(r"(\d+\.\d GiB) (?:for tasks|each fit)", line)
    assert (room, most) == ("121.3 GiB", "43.6 GiB")
    assert shown(size_bytes(most, "-"), "r6id.4xlarge", vcpus=1).plan.fits
    assert shown(size_bytes(room, "-"), "r6id.4xlarge", vcpus=1).plan.rows[0].verdict == "outruns"  # it has room


@pytest.mark.parametrize(
    "one",
    [
        shown(),
        shown(None, "r6id.4xlarge", "t3.micro"),
        shown(9000 * GIB),
        shown(60 * GIB, "r6gd.large", vcpus=4),
        answer(plan(Request(Window(), memory_bytes=60 * GIB, tasks_at_once=7), shipped_instances()), top=None),
        answer(
            plan(Request(Window(), memory_bytes=60 * GIB, packed=True), shipped_instances()), top=3, everything=True
        ),
    ],
)
def test_the_json_is_of_its_schema(one: Answer) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(json.loads(format_json(one)))


@pytest.mark.parametrize(
    "broken", [{"fits": 1}, {"more": 1}, {"schema": "fsnap-advice/2"}, {"types": [{}]}, {"request": {}}]
)
def test_the_schema_refuses_what_is_none(broken: dict[str, object]) -> None:
    document = json.loads(format_json(shown())) | broken
    assert not Draft202012Validator(SCHEMA).is_valid(document)


def test_instance_figures_have_one_set_of_names() -> None:
    kind = shipped_instances().types["r6id.4xlarge"]
    told = figures(kind)
    (advised,) = json.loads(format_json(shown(None, kind.name)))["types"]
    assert told.items() <= record(kind).items()
    assert told.items() <= advised.items()
    assert set(told) <= set(CSV_COLUMNS)


def test_a_reason_is_folded_where_the_screen_is_narrow() -> None:
    one = shown(60 * GIB, "c5ad.large", vcpus=16)
    reason = "has 2 vCPUs, the task needs 16"
    assert reason in on_screen(one, 120)
    narrow = on_screen(one, 64).split("\n\n")[1].splitlines()
    assert max(map(len, narrow)) <= 64
    assert reason in " ".join(
        " ".join(line.split()[7:] if number == 1 else line.split()) for number, line in enumerate(narrow) if number
    )


def _hostile() -> Answer:
    odd = replace(shipped_instances().types["c6id.8xlarge"], name=HOSTILE)
    catalogue = InstanceCatalogue({HOSTILE: odd}, f"source {HOSTILE}", "today", HOSTILE)
    return answer(plan(Request(Window(), memory_bytes=8 * GIB), catalogue), top=10)


def test_a_name_from_a_catalogue_is_harmless_everywhere() -> None:
    one = _hostile()
    assert "\x1b" not in on_screen(one, 100)
    assert "\x1b" not in format_markdown(one)
    assert "<img" not in format_markdown(one).replace("\\<img", "").replace("`<img", "")
    (row,) = csv.DictReader(io.StringIO(format_csv(one)))
    assert row["instance_type"].startswith("'=")
    assert one.snippets == ()  # a shell would run it
    assert json.loads(format_json(one))["types"][0]["instance_type"] == HOSTILE


def test_what_has_no_baseline_is_shown_as_unknown() -> None:
    odd = replace(shipped_instances().types["c6id.8xlarge"], baseline_gbps=None)
    catalogue = InstanceCatalogue({odd.name: odd}, "mine", "2026-08-01")
    one = answer(plan(Request(Window(), memory_bytes=8 * GIB, instances=(odd.name,)), catalogue), top=10)
    text = on_screen(one, 100)
    assert "AWS gives no baseline bandwidth, so nothing can be predicted." in text
    (row,) = csv.DictReader(io.StringIO(format_csv(one)))
    assert (row["verdict"], row["dump_seconds_expected"]) == ("unknown", "")
    assert json.loads(format_json(one))["types"][0]["full_host"] is None
