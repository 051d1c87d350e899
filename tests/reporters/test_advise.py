"""How an advice is shown: nothing hostile gets through, and every form tells the same."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from analyzer.advisor.instance_catalogue import InstanceCatalogue, shipped_instances
from analyzer.advisor.planning import Request, plan
from analyzer.advisor.planning_answer import Answer, answer
from analyzer.advisor.window import Window
from analyzer.reporters.advise import format_markdown, render_terminal
from analyzer.reporters.advise_data import format_csv, format_json

GIB = 2**30
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


def test_the_reverse_is_one_row_for_each_number_of_tasks_and_one_line_of_csv() -> None:
    one = shown(None, "r6id.4xlarge", vcpus=1)
    assert format_markdown(one).count("| window |") == 5
    (row,) = csv.DictReader(io.StringIO(format_csv(one)))
    assert (row["tasks_per_host"], row["verdict"], row["largest_footprint_bound_by"]) == ("1", "", "window")
    (told,) = json.loads(format_json(one))["types"]
    assert [each["tasks_per_host"] for each in told["largest_footprints"]] == [1, 2, 4, 8, 16]
    assert str(told["largest_footprints"][0]["footprint_bytes"]) == row["largest_footprint_bytes"]


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
