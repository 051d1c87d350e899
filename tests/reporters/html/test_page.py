from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from analyzer.fleet.report import FleetReport
from analyzer.reporters.html import format_diagnosis_html, format_report_html
from analyzer.reporters.html.page import own_hashes, render
from analyzer.reporters.html.report import anchors_of
from tests.reporters.html.fleet import build, empty, hostile
from tests.reporters.samples import HEALTHY, HOSTILE, HOSTILE_TEXT, OUTRUN, SECRET, UNKNOWN

VOID = {"meta", "link", "br", "wbr", "hr", "img", "input"}


class Tags(HTMLParser):
    """What a page's elements are, and whether they close in the order in which they open."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


PAGES = {
    "report": format_report_html(build(40)),
    "empty": format_report_html(empty()),
    "hostile": format_report_html(hostile(HOSTILE_TEXT)),
    "diagnoses": format_diagnosis_html([OUTRUN, HEALTHY, UNKNOWN, HOSTILE], verbose=True),
    "diagnosis": format_diagnosis_html([OUTRUN]),
    "none": format_diagnosis_html([]),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_sound_and_whole_in_itself(name: str) -> None:
    tags = Tags(PAGES[name])
    assert len(tags.ids) == len(set(tags.ids))
    within = {link for link in tags.links if link.startswith("#")}
    assert within <= {f"#{one}" for one in tags.ids}
    outside = {link for link in tags.links if not link.startswith("#")} - {"data:,"}
    assert all(re.match(r"https://(?:[a-z0-9-]+\.console\.aws\.amazon\.com|docs\.seqera\.io)/", one) for one in outside)
    assert tags.seen & {"img", "iframe", "object", "form", "input", "base", "image", "foreignobject"} == set()
    assert not {one for one in tags.attributes if one.startswith("on")} | (tags.attributes & {"style", "src", "srcset"})


@pytest.mark.parametrize("name", PAGES)
def test_the_browser_is_told_to_run_only_our_own(name: str) -> None:
    style, script = own_hashes()
    policy = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', PAGES[name])
    told = ("default-src 'none'", f"style-src '{style}'", f"script-src '{script}'", "img-src data:")
    assert policy == ["; ".join((*told, "base-uri 'none'", "form-action 'none'"))]
    assert PAGES[name].count("<script>") == PAGES[name].count("<style>") == 1


def test_text_from_outside_stays_text() -> None:
    for name in ("hostile", "diagnoses"):
        tags = Tags(PAGES[name])
        assert "<script>alert(1)</script>" in tags.text
        assert "http://evil.example/x" in tags.text
        assert not any("evil" in link for link in tags.links)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", PAGES[name])


def test_no_secret_is_shown() -> None:
    for secret in (SECRET, "hunter2", "abc123secret", "IOSFODNN7EXAMPLE"):
        assert secret not in PAGES["diagnoses"]
    report = build(3)
    example = replace(report.failures[0].example, quote=f"aws_secret_access_key = {SECRET}")
    failures = tuple(replace(one, example=example, summary=f"PASSWORD=hunter2 {SECRET}") for one in report.failures)
    page = format_report_html(replace(report, failures=failures, scope=("PASSWORD=hunter2",)))
    assert "hunter2" not in page
    assert SECRET not in page


def test_equal_reports_give_equal_bytes_in_every_process() -> None:
    program = (
        "import hashlib\nfrom tests.reporters.html.fleet import build\n"
        "from analyzer.reporters.html import format_report_html\n"
        "print(hashlib.sha256(format_report_html(build(20)).encode()).hexdigest())"
    )
    root = Path(__file__).parents[3]
    ran = [
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            cwd=root,
            env={"PYTHONHASHSEED": seed},
        )
        for seed in ("1", "2")
    ]
    assert ran[0].stdout == ran[1].stdout != ""


def test_every_failed_job_has_its_row_its_evidence_and_its_page_in_the_console() -> None:
    report = build(40)
    page = PAGES["report"]
    for failure in report.failures:
        assert f'id="job-{failure.job_id}"' in page
        assert f'<tr role="row" id="row-job-{failure.job_id}">' in page
        assert (
            f"https://eu-west-1.console.aws.amazon.com/batch/home?region=eu-west-1#jobs/detail/{failure.job_id}" in page
        )
    assert page.count("<article ") == 40
    assert page.count("<blockquote>") >= 40


def test_the_first_screen_answers() -> None:
    text = re.sub(r"\s+", " ", Tags(PAGES["report"]).text)
    head = text[text.index("40 of 12,480 jobs failed") : text.index("What to know before")]
    assert "0.3 % of all jobs, down from 1.1 %" in head
    assert "Process BWAMEM2_MEM" in head
    assert "2,875 h, 898 USD 356 of 412 lost hosts were survived; 318 jobs went well all the same." in head
    assert "Process GATK4_MARKDUPLICATES 19 of 640 jobs failed; none of 598 in the period before." in head


def test_an_empty_period_says_so_in_sentences() -> None:
    text = Tags(PAGES["empty"]).text
    for sentence in (
        "No job ended in this period",
        "Nothing failed",
        "No host was lost",
        "There is no period before to compare with.",
        "No full dump with its time and its memory was seen, so there is nothing to draw.",
        "No job with several attempts is known with its times, so there is nothing to draw.",
        "There is no failed job to show.",
    ):
        assert sentence in text


def test_money_is_not_shown_where_no_price_is_known() -> None:
    report = _without_prices(build(12))
    text = Tags(format_report_html(report)).text
    assert "USD" not in text.replace("Lost to failures and reclaims, USD", "").replace("Saved by restores, USD", "")


def _without_prices(report: FleetReport) -> FleetReport:
    return replace(
        report,
        totals=replace(report.totals, usd_lost=None, usd_saved=None),
        totals_before=None,
        by_cause=tuple(replace(g, totals=replace(g.totals, usd_lost=None)) for g in report.by_cause),
        by_process=(),
        by_instance_type=(),
        by_queue=(),
        by_day=(),
        changes=tuple(replace(change, usd=None) for change in report.changes),
    )


def test_code_in_a_sentence_of_our_own_is_set_as_code() -> None:
    report = build(3)
    changes = tuple(replace(change, advice="Set `a_b = <1>` & `c`, or 1.5 GB") for change in report.changes)
    page = format_report_html(replace(report, changes=changes))
    assert "<p>Set <code>a_<wbr>b = &lt;1&gt;</code> &amp; <code>c</code>, or 1.5 GB</p>" in page


def test_anchors_are_the_jobs_own_and_never_the_same() -> None:
    anchors = anchors_of(["a b", "a-b", "a:1", "a:1", "<x>"])
    assert anchors == {"a b": "job-a-b", "a-b": "job-a-b-2", "a:1": "job-a-1", "<x>": "job--x-"}


def test_a_template_cannot_forget_a_member() -> None:
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError):
        render("report.html.j2", title="x")
