"""The pre-flight's reports: whole, readable, and harmless whatever the documents hold."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from rich.console import Console

from analyzer.advisor.instance_catalogue import shipped_instances
from analyzer.checks.judge import judged, unseen
from analyzer.checks.record import checks
from analyzer.checks.result import CheckReport, Subject
from analyzer.checks.run import run_checks
from analyzer.classifier.catalogue import shipped
from analyzer.evidence.model import Gap
from analyzer.reporters.check_json import format_check_json, format_check_jsonl
from analyzer.reporters.check_junit import format_check_junit
from analyzer.reporters.check_markdown import format_check_markdown
from analyzer.reporters.check_output import write_check
from analyzer.reporters.check_page import check_rows, check_table
from analyzer.reporters.check_terminal import render_check
from analyzer.reporters.page import explain, format_rules
from tests.checks.environments import NAMES, fixture, report_of

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = json.loads(resources.files("analyzer.data").joinpath("schema/check.schema.json").read_text("utf-8"))
HOSTILE = "\x1b[31m\u202ex</failure>]]>&\x00\ufffe|`<b>` password=hunter2hunter2"


def on_screen(report: CheckReport, *, width: int = 80, encoding: str = "utf-8", colour: bool = False) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    render_check(
        report, Console(file=stream, width=width, force_terminal=colour, color_system="standard" if colour else None)
    )
    stream.seek(0)
    return stream.read()


def hostile() -> CheckReport:
    gap = Gap(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    subject = Subject("compute environment", HOSTILE)
    results = (
        judged("FS804", subject, "fail", HOSTILE, HOSTILE),
        judged("FS806", subject, "warn", HOSTILE, HOSTILE),
        unseen("FS842", subject, gap, ""),
        judged("FS801", subject, "pass", HOSTILE),
        judged("FS814", Subject("instance type", HOSTILE), "warn", HOSTILE),
    )
    return CheckReport(HOSTILE, "queue", HOSTILE, HOSTILE, None, "figures", results)


@pytest.mark.parametrize("name", NAMES)
def test_json_is_of_its_schema(name: str) -> None:
    document = json.loads(format_check_json(report_of(name)))
    Draft202012Validator(SCHEMA).validate(document)
    assert document["failed"] == (document["counts"]["fail"] > 0)


def test_json_of_hostile_documents_is_of_its_schema_and_keeps_secrets() -> None:
    text = format_check_json(hostile())
    Draft202012Validator(SCHEMA).validate(json.loads(text))
    assert "hunter2" not in text
    assert "\x1b" not in text


def test_json_lines_are_the_same_results() -> None:
    report = report_of("mixed-queue")
    lines = [json.loads(line) for line in format_check_jsonl(report).splitlines()]
    head = ("schema", "target", "region", "checked_at")
    assert [{k: v for k, v in line.items() if k not in head} for line in lines] == json.loads(
        format_check_json(report)
    )["results"]
    assert {(line["schema"], line["target"]) for line in lines} == {("fsnap-check/1", report.target)}


@pytest.mark.parametrize("name", NAMES)
def test_the_screen_is_readable_in_eighty_columns(name: str) -> None:
    text = on_screen(report_of(name))
    snippets = "\n".join(r.snippet.text for r in report_of(name).results if r.snippet)
    long = [line for line in text.splitlines() if len(line) > 80 and line.strip() not in snippets]
    assert long == []
    assert "\x1b" not in text


def test_colour_and_no_colour_say_the_same() -> None:
    report = report_of("too-much-memory")
    plain, coloured = on_screen(report), on_screen(report, colour=True)
    assert coloured != plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_marks_are_words_enough_in_ascii() -> None:
    text = on_screen(report_of("mixed-queue"), encoding="ascii")
    assert "  ! FS805 " in text
    assert "  + FS801 " in text


def test_the_worst_comes_first_and_the_counts_last() -> None:
    lines = on_screen(report_of("waits-for-ever")).splitlines()
    marks = [line.strip()[0] for line in lines if line.startswith("  ") and line[2:3] in "✗!?✓"]
    assert marks[0] == "✗"
    assert re.match(r"\d+ checks: 1 fail, 0 warn, 0 unknown, ", lines[-2])
    assert lines[-1] == "More: fsnap-diagnose explain FS861"


def test_a_fix_stands_under_its_check() -> None:
    text = on_screen(report_of("on-demand"))
    after = text.split("FS804")[1]
    assert "fix: Let the environment take Spot capacity" in after
    assert "aws batch update-compute-environment --region eu-west-1 --compute-environment snapshots-spot \\" in after


def test_one_permission_is_told_once() -> None:
    text = on_screen(report_of("some-denied"))
    assert text.count("to see it, allow ec2:DescribeLaunchTemplateVersions") == 1
    assert text.count("to see it, allow ec2:DescribeImages") == 1


def _sixty_types() -> CheckReport:
    evidence = fixture("good").evidence
    environment = json.loads(json.dumps(evidence.compute_environments[0]))
    environment["computeResources"]["instanceTypes"] = ["c6id", "m6id", "r6id", "m6i", "c6i", "r6i"]
    return run_checks(replace(evidence, compute_environments=(environment,), instance_types=()), shipped_instances())


def test_sixty_types_do_not_flood_the_screen() -> None:
    report = _sixty_types()
    names = {r.subject.name for r in report.results if r.subject.kind == "instance type"}
    assert len(names) >= 55
    text = on_screen(report)
    assert len(text.splitlines()) < 140
    assert "types more:" in text
    rows = [line.split()[1] for line in text.splitlines() if line.startswith("  ✗ ") and "." in line.split()[1]]
    assert len(rows) == 10, "the worst ten"
    assert {r["subject"]["name"] for r in json.loads(format_check_json(report))["results"]} >= names


def test_what_is_tolerated_is_explained() -> None:
    assert "FS816 c6id.8xlarge: 5.12 GiB per Gbps. Above 5 by the letter" in on_screen(report_of("good"))


def test_every_row_of_the_vendors_table_that_is_wrong_is_told_once() -> None:
    text = " ".join(on_screen(_sixty_types()).split())
    for name in ("c6id.4xlarge", "r6id.4xlarge", "m6id.4xlarge"):
        assert text.count(f"gives {name} ") == 1


def _suites(report: CheckReport) -> list[ET.Element]:
    root = ET.fromstring(format_check_junit(report).encode())  # noqa: S314 - our own output
    assert root.tag == "testsuites"
    return list(root)


@pytest.mark.parametrize("name", ["good", "on-demand", "some-denied", "optimal", "nothing-visible"])
def test_junit_counts_what_ci_counts(name: str) -> None:
    report = report_of(name)
    cases = [case for suite in _suites(report) for case in suite.iter("testcase")]
    of_results = Counter(result.status for result in report.results)
    assert len(cases) == len(report.results)
    assert sum(case.find("failure") is not None for case in cases) == of_results["fail"]
    assert sum(case.find("skipped") is not None for case in cases) == of_results["unknown"]
    warned = [case for case in cases if (case.findtext("system-out") or "").startswith("warn: ")]
    assert len(warned) == of_results["warn"]
    for suite in _suites(report):
        tests = list(suite.iter("testcase"))
        assert suite.get("tests") == str(len(tests))
        assert suite.get("failures") == str(sum(t.find("failure") is not None for t in tests))
        assert suite.get("skipped") == str(sum(t.find("skipped") is not None for t in tests))
        assert suite.get("timestamp") == "2026-11-15T12:00:00"


def test_junit_of_hostile_documents_is_xml() -> None:
    (environment, kind) = _suites(hostile())
    failure = environment.find("testcase/failure")
    assert failure is not None
    assert failure.get("type") == "FS804"
    assert "</failure>" in (failure.text or "")
    text = format_check_junit(hostile())
    assert not set(text) & {"\x00", "\x1b", "\ufffe", "\u202e"}
    assert "hunter2" not in text
    assert kind.find("testcase/system-out") is not None


def test_a_failure_says_what_to_paste() -> None:
    (failure,) = [f for suite in _suites(report_of("on-demand")) for f in suite.iter("failure")]
    assert failure.get("message") == "EC2"
    assert "aws batch update-compute-environment" in (failure.text or "")


def test_markdown_lets_nothing_out() -> None:
    text = format_check_markdown(hostile())
    assert "hunter2" not in text
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert "<b>" not in html
    assert "\x1b" not in text


@pytest.mark.parametrize("name", NAMES)
def test_markdown_tables_have_their_columns(name: str) -> None:
    html = MarkdownIt("commonmark").enable("table").render(format_check_markdown(report_of(name)))
    rows = html.split("<tr>")[1:]
    assert rows
    assert all(row.count("<td>") in (0, 3, 4) for row in rows)
    for result in report_of(name).results:
        assert result.id in html or result.subject.kind == "instance type"


def test_hostile_documents_do_not_move_the_cursor() -> None:
    assert not set(on_screen(hostile())) & {"\x1b", "\x00", "\u202e"}
    assert "hunter2" not in on_screen(hostile())


@pytest.mark.parametrize("output_format", ["terminal", "json", "jsonl", "markdown", "junit"])
def test_a_file_gets_what_the_screen_gets(output_format: str, tmp_path: Path, capfdbinary: Any) -> None:
    file = tmp_path / "out"
    write_check(report_of("no-retries"), output_format, file)
    write_check(report_of("no-retries"), output_format, None)
    assert file.read_bytes() == capfdbinary.readouterr().out
    assert b"FS862" in file.read_bytes()


def test_checks_are_explained_and_listed() -> None:
    for check, record in checks().items():
        page = explain(check.lower(), shipped()) or ""
        assert page.startswith(f"# {check} {record.title}\n")
    rows = json.loads(format_rules(shipped(), "json", more=check_rows()))
    assert [row["id"] for row in rows] == sorted([*shipped().rules, *checks()])
    assert explain("FS899", shipped()) is None


def test_the_page_lists_every_check_and_every_member() -> None:
    page = (DOCS / "check.md").read_text("utf-8")
    assert "\n".join(check_table("rules/")) in page
    for name in (*SCHEMA["properties"], *SCHEMA["$defs"]["result"]["properties"]):
        assert f"`{name}`" in page
