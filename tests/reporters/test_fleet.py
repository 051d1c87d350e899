"""A report over a period in every form but HTML: it reads well, says the same, and nothing from outside acts."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from rich.cells import cell_len

from analyzer.fleet.fail_on import _FIGURES, parse_fail_on
from analyzer.fleet.report import Change, Configuration, FleetReport, Group, Totals
from analyzer.reporters.brief import MAX_CHARACTERS
from analyzer.reporters.fleet_brief import format_fleet_brief
from analyzer.reporters.fleet_configuration import MOST_LINES, beginning
from analyzer.reporters.fleet_csv import TABLES, format_fleet_csv
from analyzer.reporters.fleet_json import fleet_document, format_fleet_json
from analyzer.reporters.fleet_markdown import format_fleet_markdown
from analyzer.reporters.fleet_output import fleet_text, write_fleet
from analyzer.reporters.fleet_view import period_text
from tests.fleet.made import PERIOD, report_of, rows_for
from tests.reporters.fleet_reports import EMPTY, GOLDEN, GOLDENS, WEEK, WELL, on_screen, piped, with_text
from tests.reporters.html.fleet import build
from tests.reporters.samples import SECRET

SCHEMA = json.loads(resources.files("analyzer.data").joinpath("schema/report.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
RENDERER = MarkdownIt("commonmark", {"html": True}).enable("table")
HOSTILE = (
    "=cmd()",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "<b>x</b><script>alert(1)</script><!-- ",
    "[link](x) ![picture](https://x.example/p.png) @everyone #1 www.x.example",
    "\x1b[31mred\x1b]0;title\x07\x9b2J",
    "user\u202egnp.exe\u200b\ufeff\U000e0041",
    "two\nlines\r\nand\ttabs | a cell\x00",
    "```\n# heading\n- item\n> quote\n~~~",
    f"password={SECRET}",
    "\ud800 half",
    "x" * 5_000,
    "y " * 2_500,
    "",
    " ",
    "é" * 500 + "漢字" * 500,
)
HOSTILE_REPORTS = tuple(with_text(WEEK, text) for text in HOSTILE)
SEVERAL = {
    "by hand": WEEK,
    "well": WELL,
    "empty": EMPTY,
    "made": build(),
    "of rows": report_of(*(rows_for(name) for name in ("window-exceeded", "survived-reclaim", "tool-java-heap"))),
}


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def controls(text: str) -> set[str]:
    return {character for character in text if unicodedata.category(character) in {"Cc", "Cf", "Cs"}} - {"\n"}


@pytest.mark.parametrize("name", GOLDENS)
def test_what_is_written(name: str) -> None:
    assert GOLDENS[name]() == (GOLDEN / name).read_text("utf-8")


# the terminal


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("report", [WEEK, WELL, build()], ids=["by hand", "well", "made"])
def test_a_terminal_shows_nothing_wider_than_itself(width: int, report: FleetReport) -> None:
    wide = [line for line in plain(on_screen(report, width=width)).splitlines() if cell_len(line) > width]
    assert [line for line in wide if not line.startswith("     job.") and "withName" not in line] == []


def test_a_pipe_gets_no_colour_no_boxes_and_whole_names() -> None:
    text = piped(build())
    assert not re.search(r"[\x1b─-╿]", text)
    assert "\n\n\n" not in text
    assert [line for line in text.split("\n") if line != line.rstrip()] == []
    for group in build().by_process:
        assert re.search(rf"  {re.escape(group.key)}$", text, re.MULTILINE)


def test_a_narrow_terminal_leaves_out_columns_before_it_breaks_names() -> None:
    narrow, broad = plain(on_screen(WEEK, width=80)), plain(on_screen(WEEK, width=120))
    assert "USD lost  process" in broad
    assert "h lost  process" in narrow
    assert "survived" in broad.split("Processes")[1].split("Instance types")[0]
    assert "NFCORE_RNASEQ:RNASEQ:ALIGN_STAR:STAR_ALIGN\n" in narrow.split("Processes")[1].split("Instance types")[0]


def test_everything_comes_in_its_order() -> None:
    headings = re.findall(r"^([A-Z][A-Za-z ]+?)(?:  .*)?$", piped(WEEK).split("\n\n", 1)[1], re.MULTILINE)
    assert headings == [
        *("What to change first", "Causes", "Processes", "Instance types", "Queues", "Days", "Who is next"),
        *("New or worse", "To paste", "What could not be seen", "To know", "How it was reckoned"),
    ]


def test_a_long_configuration_is_begun_and_can_be_pasted() -> None:
    block = "    withName: 'P{}' {{\n        memory = 8.GB\n    }}"
    whole = "\n".join(["process {", *(block.format(n) for n in range(40)), "}"])
    lines, hidden = beginning(whole)
    assert len(lines) <= MOST_LINES
    assert (lines[0], lines[-1]) == ("process {", "}")
    assert "\n".join(lines).count("{") == "\n".join(lines).count("}")
    assert hidden == 122 - len(lines)
    text = piped(replace(WEEK, configuration=Configuration(whole)))
    assert f"{hidden} lines more with --format markdown" in text
    assert "P39" not in text
    assert "P39" in format_fleet_markdown(replace(WEEK, configuration=Configuration(whole)))


def test_days_are_told_one_by_one_or_in_a_line() -> None:
    few = replace(WEEK, by_day=WEEK.by_day[:4])
    assert re.search(r"^  2026-11-03  4 of 60      █{24}$", piped(few), re.MULTILINE)
    assert "  2026-11-01  ·▂█▄▄█▂·▂█▄▄█▂·▂█▄▄█▂  2026-11-21\n  most: 4 of 60 on 2026-11-03\n" in piped(WEEK)
    many = tuple(Group(f"day {n:03}", "", Totals(9, 7, 2)) for n in range(300))
    assert plain(piped(replace(WEEK, by_day=many))).count("█") == 300


def test_a_terminal_that_has_only_ascii_gets_ascii() -> None:
    text = piped(WEEK, encoding="ascii")
    assert "  2026-11-01  _:%==%:_:%==%:_:%==%:  2026-11-21" in text
    no_price = replace(WEEK.by_queue[1], totals=replace(WEEK.by_queue[1].totals, usd_lost=None))
    assert re.search(
        r" -  long-queue$", piped(replace(WEEK, by_queue=(WEEK.by_queue[0], no_price)), encoding="ascii"), re.M
    )


@pytest.mark.parametrize("width", [1, 20, 40, 200])
@pytest.mark.parametrize("report", [WEEK, EMPTY, *HOSTILE_REPORTS[:4]])
def test_any_width_will_do(width: int, report: FleetReport) -> None:
    assert "period" in piped(report, width=width)
    assert "period" in on_screen(report, width=width)


@pytest.mark.parametrize("report", HOSTILE_REPORTS)
def test_hostile_text_does_nothing_to_a_terminal(report: FleetReport) -> None:
    for text in (piped(report), plain(on_screen(report))):
        assert controls(text) == set()


# Markdown


@pytest.mark.parametrize("report", HOSTILE_REPORTS)
def test_hostile_text_is_no_markup(report: FleetReport) -> None:
    text = format_fleet_markdown(report)
    assert controls(text) == set()
    tokens = RENDERER.parse(text)
    inline = {child.type for token in tokens for child in token.children or []}
    assert inline <= {"text", "code_inline", "softbreak", "strong_open", "strong_close", "text_special"}
    assert {token.type for token in tokens if token.type.startswith("html")} == set()
    headings = [tokens[n + 1].content for n, token in enumerate(tokens) if token.type == "heading_open"]
    expected = [
        tokens[n + 1].content for n, token in enumerate(tokens) if token.type == "heading_open" and token.level == 0
    ]
    assert headings == expected
    assert headings[1] == "What to change first"
    assert headings[-1] == "How it was reckoned"
    assert len(headings) == 14
    words = " ".join(child.content for token in tokens for child in token.children or [] if child.type == "text")
    assert "://" not in words
    assert "@everyone" not in words


@pytest.mark.parametrize("report", [WEEK, build(), *HOSTILE_REPORTS])
def test_every_row_of_a_markdown_table_has_its_columns(report: FleetReport) -> None:
    html = RENDERER.render(format_fleet_markdown(report))
    tables = html.split("<table>")[1:]
    assert len(tables) >= 8
    for one in tables:
        columns = one.split("</thead>")[0].count("<th")
        rows = one.split("</table>")[0].split("<tr>")[2:]
        assert all(len(re.findall(r"<td", row)) == columns - 1 or row.count("<td") == columns for row in rows)


def test_of_many_failures_markdown_says_where_the_rest_is() -> None:
    report = build(202)
    assert "The newest 50 of 202 failed jobs; csv and json have 202, parquet has all." in format_fleet_markdown(report)
    assert "The newest 3 of 32 failed jobs; parquet has all." in format_fleet_markdown(WEEK)


# CSV


def rows(report: FleetReport, table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(format_fleet_csv(report, table)), strict=True))


@pytest.mark.parametrize("table", TABLES)
def test_every_table_has_its_rows(table: str) -> None:
    counts = {
        "failures": len(WEEK.failures),
        "causes": len(WEEK.by_cause),
        "processes": len(WEEK.by_process),
        "instance-types": len(WEEK.by_instance_type),
        "queues": len(WEEK.by_queue),
        "days": len(WEEK.by_day),
        "causes-by-day": len(WEEK.causes_by_day),
        "changes": len(WEEK.changes),
        "dumps": len(WEEK.dumps),
        "survivors": len(WEEK.survivors),
        "trends": len(WEEK.trends),
        "timelines": 2,
        "gaps": len(WEEK.gaps),
    }
    found = rows(WEEK, table)
    assert len(found) == counts[table]
    assert rows(EMPTY, table) == []
    assert list(found[0]) == format_fleet_csv(EMPTY, table).strip().split(",")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("report", HOSTILE_REPORTS)
def test_no_cell_is_a_formula(table: str, report: FleetReport) -> None:
    text = format_fleet_csv(report, table)
    assert controls(text) == set()
    found = rows(report, table)
    assert len(found) == len(rows(WEEK, table))
    cells = [cell for row in found for cell in row.values()]
    assert [cell for cell in cells if re.match(r"[=+\-@\t\r]", cell)] == []
    assert [row for row in found if None in row] == []


def test_figures_of_csv_have_their_units_in_their_names() -> None:
    (first, *_) = rows(WEEK, "survivors")
    assert (first["dump_seconds"], first["window_seconds"], first["window_share"]) == ("118.9", "120.0", "0.990833")
    (worst, *_) = rows(WEEK, "processes")
    assert (worst["failed_share"], worst["lost_hours"], worst["lost_usd"]) == ("0.045238", "96.5", "24.125")
    assert (worst["failed_before"], worst["jobs_before"]) == ("8", "390")
    (change, *_) = rows(WEEK, "changes")
    assert (change["job_id"], change["quote_line"]) == (WEEK.changes[0].examples[0].job_id, "2843")
    odd = replace(WEEK, survivors=(replace(WEEK.survivors[0], seconds=float("nan"), window_seconds=0.0),))
    assert rows(odd, "survivors")[0]["dump_seconds"] == ""
    assert rows(odd, "survivors")[0]["window_share"] == ""


def test_there_are_no_other_tables() -> None:
    with pytest.raises(KeyError):
        format_fleet_csv(WEEK, "nothing")


# JSON


@pytest.mark.parametrize("name", SEVERAL)
def test_json_is_of_its_schema(name: str) -> None:
    document = json.loads(format_fleet_json(SEVERAL[name]))
    assert [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(document)] == []
    assert document["totals"]["jobs"] == SEVERAL[name].totals.jobs


@pytest.mark.parametrize("report", HOSTILE_REPORTS)
def test_json_of_hostile_text_is_of_its_schema(report: FleetReport) -> None:
    text = format_fleet_json(report)
    assert controls(text) == set()
    VALIDATOR.validate(json.loads(text))


def _broken(document: Any, at: Any) -> Iterator[str]:
    """Break the document at every place, once each, by a member too many and by one too few."""
    if isinstance(at, dict):
        at["more"] = 1
        yield "a member more"
        del at["more"]
        for name in list(at):
            kept = at.pop(name)
            yield name
            at[name] = kept
            yield from _broken(document, kept)
    elif isinstance(at, list) and at:
        yield from _broken(document, at[0])


def test_the_schema_refuses_a_member_more_and_a_member_less_everywhere() -> None:
    document = json.loads(format_fleet_json(WEEK))
    tried = 0
    for what in _broken(document, document):
        assert not VALIDATOR.is_valid(document), what
        tried += 1
    assert tried > 200
    assert VALIDATOR.is_valid(document)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda d: d.update(schema="fsnap-report/2"),
        lambda d: d["totals"].update(failed="32"),
        lambda d: d["totals"].update(failed_share=2.5),
        lambda d: d["trends"][0].update(kind="better"),
        lambda d: d["timelines"][0]["spans"][0].update(saved=None),
        lambda d: d["changes"][0].update(rank=0),
        lambda d: d["survivors"][0].update(memory_bytes=1.5),
    ],
)
def test_the_schema_refuses_what_the_contract_does(break_it: Any) -> None:
    document = json.loads(format_fleet_json(WEEK))
    break_it(document)
    assert not VALIDATOR.is_valid(document)


def test_every_member_of_a_report_is_in_its_document() -> None:
    document = fleet_document(WEEK)
    assert len(document) == len(fields(FleetReport)) + len(("schema", "tool_version"))
    assert len(document["changes"][0]) == len(fields(Change))
    assert document == json.loads(format_fleet_json(WEEK))


def test_numbers_that_json_has_not_are_null() -> None:
    odd = replace(WEEK, survivors=(replace(WEEK.survivors[0], window_seconds=0.0),))
    assert fleet_document(odd)["survivors"][0]["window_share"] is None
    document = fleet_document(replace(WEEK, totals=Totals(usd_lost=float("inf"))))
    assert document["totals"]["lost_usd"] is None
    assert document["totals"]["failed_share"] is None


def test_the_configuration_keeps_its_lines() -> None:
    assert fleet_document(WEEK)["configuration"]["nextflow"] == WEEK.configuration.nextflow


# the short form


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=300) | st.sampled_from(HOSTILE) | st.text("`*_[]()<>|@:!.; \n\\é\U0001f4a5\u202e", max_size=3000),
    st.booleans(),
    st.none() | st.text(max_size=700),
)
def test_the_short_form_is_short(text: str, markdown: bool, link: str | None) -> None:
    short = format_fleet_brief(with_text(WEEK, text), markdown=markdown, broken=(text, text), link=link)
    assert 0 < units(short) < MAX_CHARACTERS
    assert controls(short) == set()
    assert "32 of 1,260 jobs failed" in short
    if markdown:
        tokens = RENDERER.parse(short)
        inline = {child.type for token in tokens for child in token.children or []}
        allowed = {"text", "code_inline", "softbreak", "strong_open", "strong_close", "text_special"}
        links = {"link_open", "link_close"} if link else set()
        assert inline <= allowed | links
        assert {token.type for token in tokens if token.type.startswith(("html", "fence", "heading"))} == set()


@pytest.mark.parametrize("name", SEVERAL)
def test_what_the_short_form_says(name: str) -> None:
    report = SEVERAL[name]
    short = format_fleet_brief(report, broken=("--fail-on rate>2%: it is more.",), link="s3://bucket/report.html")
    assert units(short) < MAX_CHARACTERS
    assert "! --fail-on rate>2%: it is more.\n" in short
    assert short.endswith("\nFull report: s3://bucket/report.html\n")
    for change in report.changes[:3]:
        assert change.title in short
    for trend in report.trends[:2]:
        assert trend.kind in short
    assert ("To change first:" in short) == bool(report.changes)


def test_a_link_is_one_only_where_it_is_plain() -> None:
    for link, shown in (
        ("https://x.example/a_b.html?c=1", "Full report: <https://x.example/a_b.html?c=1>\n"),
        ("https://x.example/>[a](b)", "Full report: `https://x.example/>[a](b)`\n"),
        ("s3://bucket/a b.html", "Full report: `s3://bucket/a b.html`\n"),
    ):
        assert format_fleet_brief(WEEK, markdown=True, link=link).endswith(shown)
    assert "Full report" not in format_fleet_brief(WEEK, link="x" * 601)
    assert "Full report" not in format_fleet_brief(WEEK)


# all of them


@pytest.mark.parametrize("output_format", ["markdown", "json", *TABLES])
def test_secrets_are_masked(output_format: str) -> None:
    report = with_text(WEEK, f"password={SECRET}")
    if output_format in TABLES:
        text = format_fleet_csv(report, output_format)
    else:
        # what the catalogue and the advisor say is theirs, and never masked
        ours = tuple(replace(change, title="", advice="") for change in report.changes)
        told = tuple(replace(failure, title="", advice=None) for failure in report.failures)
        causes = tuple(replace(group, label="") for group in report.by_cause)
        trends = tuple(replace(trend, label="") for trend in report.trends)
        clean = replace(
            report, changes=ours, failures=told, by_cause=causes, trends=trends, configuration=Configuration("")
        )
        text = fleet_text(clean, output_format)
    assert SECRET not in text


@pytest.mark.parametrize("output_format", ["terminal", "markdown", "json", "csv", "html"])
def test_a_file_gets_what_the_screen_gets(output_format: str, tmp_path: Path, capfdbinary: Any) -> None:
    file = tmp_path / "out"
    write_fleet(WELL, output_format, file)
    write_fleet(WELL, output_format, None)
    assert file.read_bytes() == capfdbinary.readouterr().out
    assert len(file.read_bytes()) > 100


def test_the_table_can_be_chosen() -> None:
    assert fleet_text(WEEK, "csv", table="gaps") == format_fleet_csv(WEEK, "gaps")
    assert fleet_text(WEEK, "csv") == format_fleet_csv(WEEK, "failures")


@pytest.mark.parametrize(
    ("since", "until", "told"),
    [
        ("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z", "2026-11-21"),
        ("2026-11-20T00:00:00Z", "2026-11-22T00:00:00Z", "2026-11-20 to 2026-11-21 (2 days)"),
        ("2026-11-21T06:30:00Z", "2026-11-22T06:30:00Z", "2026-11-21 06:30 to 2026-11-22 06:30 UTC"),
        ("2026-11-21T02:00:00+02:00", "2026-11-22T00:00:00Z", "2026-11-21"),
        ("never", "\x1b[1m", "never to "),
        ("2026-11-22T00:00:00Z", "2026-11-22T00:00:00Z", "2026-11-22 00:00 to 2026-11-22 00:00 UTC"),
    ],
)
def test_the_period_in_words(since: str, until: str, told: str) -> None:
    assert period_text(replace(PERIOD, since=since, until=until)) == told


def test_one_job_and_no_job() -> None:
    assert piped(EMPTY).startswith("No job ended in this period\n\njobs of  ")
    one = replace(WELL, totals=Totals(1, 1))
    assert piped(one).startswith("The one job did not fail\nNo host was lost.\n\n")
    failed = replace(WELL, totals=Totals(1, 0, 1, 0, 1, 0, 0.5))
    assert piped(failed).startswith(
        "1 of 1 job failed (100.0 %)\n1 host was lost; no task went on from a checkpoint.\nFailures and reclaims lost"
    )


# its page


def test_the_page_names_every_member_table_and_bound() -> None:
    page = (Path(__file__).parents[2] / "docs" / "report.md").read_text("utf-8")
    members = {
        *SCHEMA["properties"],
        *SCHEMA["$defs"]["totals"]["properties"],
        *SCHEMA["$defs"]["change"]["properties"],
    }
    for name in (*members, *SCHEMA["$defs"]["dump"]["properties"], *SCHEMA["$defs"]["example"]["properties"], *TABLES):
        assert f"`{name}`" in page, name
    bounds = re.findall(r"'([^' ]+[<>=][^' ]+)'", page)
    assert len(bounds) >= 9
    assert {parse_fail_on(bound).figure or "causes" for bound in bounds} == {"causes", *_FIGURES}
    for heading in re.findall(r"^([A-Z][A-Za-z ]+?)(?:  .*)?$", piped(WEEK).split("\n\n", 1)[1], re.MULTILINE):
        assert f"| {heading} |" in page or heading in ("Processes", "Instance types", "Queues")
