from __future__ import annotations

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from analyzer import __version__
from analyzer.bundle.report import ticket_text
from analyzer.evidence.content import MemoryContent
from analyzer.evidence.model import Evidence, Gap
from analyzer.reporters.markdown import format_markdown
from tests.bundle.made import SCENARIOS, diagnosis_of, evidence_of, members_of
from tests.reporters.samples import HOSTILE, HOSTILE_TEXT, SECRET

RENDERER = MarkdownIt("gfm-like")
assert RENDERER.linkify is not None
RENDERER.linkify.set({"fuzzy_link": False, "fuzzy_email": True})  # a bare `job.json` is no link to a forge


def ticket(scenario: str, *cut: str) -> str:
    evidence = evidence_of(scenario)
    return ticket_text([diagnosis_of(scenario)], [evidence], cut, [members_of(evidence)])


def section(text: str, heading: str) -> str:
    return text.split(f"### {heading}", 1)[1].split("\n### ", 1)[0]


def table(text: str) -> list[list[str]]:
    """Cells of the first table, its heading and rule left out."""
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows[2:]]


def inline(tokens: list[Token]) -> set[str]:
    return {child.type for token in tokens for child in token.children or []}


def test_it_begins_with_one_line_that_says_it_all() -> None:
    first = ticket("window-exceeded").splitlines()[0]
    assert first.startswith("# The dump outran the reclamation window: exit code 176, ")
    assert "STAR_ALIGN" in first


def test_what_the_markdown_format_says_is_said_in_the_same_words() -> None:
    text = ticket("window-exceeded")
    other = format_markdown([diagnosis_of("window-exceeded")])
    for heading in ("What happened", "What to do"):
        assert section(text, heading).replace("captures/1-job/", "") == section(other, heading)


def test_what_a_recommendation_rests_on_names_its_place_in_the_bundle() -> None:
    advice = section(ticket("window-exceeded"), "What to do")
    assert "\n     - dump time 121.6 s (captures/1-job/workdir/.fusion/dump/6/dump_6.log)\n" in advice
    assert "(captures/1-job/workdir.listing.jsonl: `.fusion/dump/6/pages-*.img`: 501 MB/s" in advice
    assert not re.search(r"(?<!1-job/)(workdir/|workdir\.listing)", advice)


def test_a_stranger_is_told_what_the_files_and_the_stand_ins_are() -> None:
    told = ticket("window-exceeded").splitlines()[2]
    for name in ("`captures/`", "`checklist.md`", "`diagnosis.json`", "`manifest.json`", "`[masked]`", "`bucket-N`"):
        assert name in told


@pytest.mark.parametrize("scenario", sorted(path.name for path in SCENARIOS.iterdir()))
def test_no_backtick_is_left_over_and_no_code_takes_a_stop(scenario: str) -> None:
    for token in RENDERER.parse(ticket(scenario)):
        for child in token.children or []:
            assert child.type != "code_inline" or not child.content.endswith((";", ",", ");")), child.content
    assert "\\`" not in ticket(scenario).partition("### What to do")[2].partition("### What could not")[0]


def test_every_quote_names_its_place_in_the_bundle() -> None:
    proof = section(ticket("window-exceeded"), "Evidence")
    places = [line for line in proof.splitlines() if line.startswith("`") and line.endswith(":")]
    assert len(places) > 5
    assert all("captures/1-job/" in place for place in places)
    assert "`captures/1-job/workdir/.fusion/dump/6/dump_6.log:372` at 121.625 s:" in proof
    assert "`job.attempts[1].statusReason` in `captures/1-job/job.json`:" in proof
    assert "`logs/3:1` in `captures/1-job/logs/3.jsonl` at " in proof


def test_what_was_tried() -> None:
    tried = section(ticket("window-exceeded"), "What was tried")
    rows = table(tried)
    assert [row[0] for row in rows] == ["1", "2", "3"]
    assert [row[3] for row in rows] == ["1 h 04 min", "1 h 21 min", "36 s"]
    assert "Host EC2" in rows[0][4]
    assert rows[2][4] == "exit code 176: Essential container in task exited"
    assert "- attempts that Batch may make: 5" in tried
    assert "- Batch's rule: retry where status reason is Host EC2\\*" in tried


def test_the_environment_is_read_from_the_evidence() -> None:
    rows = table(section(ticket("window-exceeded"), "Environment"))
    told = {(row[0], row[1]) for row in rows}
    for one in (
        ("Cloud provider and region", "`AWS Batch in eu-west-1`"),
        ("Instance type", "`m6id.4xlarge (spot, eu-west-1b)` (attempt 1, attempt 2, attempt 3)"),
        ("Memory and CPU requested", "`12 vCPU, 60.0 GiB`"),
        ("Linux kernel version", "`6.1.0-56-cloud-amd64`"),
        ("Architecture (x86_64 or ARM64)", "`x86_64` (attempt 1, attempt 2, attempt 3)"),
        ("CRIU version", "`4.2`"),
        ("Snapshot settings (fusion.snapshots)", "`5 attempts allowed`"),
        ("Environment settings of the task", "`AWS_MAX_ATTEMPTS=5`"),
    ):
        assert one in told
    assert {row[2] for row in rows if row[0] == "Linux kernel version"} == {
        "`captures/1-job/workdir/.fusion/dump/1/pre_1.log` and 3 more",
        "`captures/1-job/workdir/.fusion/dump/3/dump_3.log` and 3 more",
    }


def test_only_harmless_settings_show_their_values() -> None:
    evidence = evidence_of("window-exceeded")
    assert evidence.job is not None
    variables = [
        {"name": name, "value": value}
        for name, value in (
            ("FUSION_LOG_LEVEL", "debug"),
            ("FUSION_LICENSE_TOKEN", "plain-licence"),
            ("FUSION_SNAPSHOTS_TCP_MODE", "close"),
            ("CUSTOMER", "acme-hospital"),
            ("AWS_SECRET_ACCESS_KEY", SECRET),
            ("NXF_VER", "26.04.1"),
        )
    ]
    job = {**evidence.job, "container": {**evidence.job["container"], "environment": variables}}
    text = ticket_text([diagnosis_of("window-exceeded")], [replace(evidence, job=job)])
    for told in ("FUSION_LOG_LEVEL=debug", "`CUSTOMER`", "`FUSION_LICENSE_TOKEN`", "FUSION_SNAPSHOTS_TCP_MODE=close"):
        assert told in text
    for hidden in ("acme-hospital", "plain-licence", SECRET):
        assert hidden not in text
    assert ["Nextflow version", "`26.04.1`"] in [row[:2] for row in table(section(text, "Environment"))]


@pytest.mark.parametrize(
    ("name", "text", "version"),
    [
        (".fusion.log", b'{"level":"info","message":"Fusion version 2.5.9 starting"}\n', "2.5.9"),
        (".command.log", b"get https://fusionfs.seqera.io/releases/v2.6-snap_amd64.json\n", "2.6"),
        (".fusion.log", b'{"level":"info","message":"mounted"}\n', None),
        (".command.log", b"STAR 2.7.11 fusion detection 1.2.3\n", None),
    ],
)
def test_the_version_of_fusion_where_a_log_tells_it(name: str, text: bytes, version: str | None) -> None:
    evidence = Evidence("x", "workdir", workdir={name: MemoryContent(text)})
    shown = ticket_text([diagnosis_of("workdir-alone")], [evidence])
    rows = [row[1] for row in table(section(shown, "Environment")) if row[0] == "Fusion version"]
    assert rows == ([f"`{version}`"] if version else [])


def test_what_is_not_known_and_what_could_not_be_seen_is_said() -> None:
    text = ticket("window-exceeded", "captures/1-job/workdir/.command.log: 3 MiB of its middle")
    assert "Not known: Nextflow version, Fusion version." in text
    assert "## What is not in the bundle\n\n- captures/1-job/workdir/.command.log: 3 MiB of its middle\n" in text
    gap = Gap("the log of attempt 2", "AccessDenied on logs:GetLogEvents", "its words", "logs:GetLogEvents")
    diagnosis = replace(diagnosis_of("window-exceeded"), gaps=(gap,))
    assert "| the log of attempt 2 |" in ticket_text([diagnosis], [evidence_of("window-exceeded")])


def test_several_targets_begin_with_a_table() -> None:
    names = ["window-exceeded", "well", "nothing-at-all"]
    text = ticket_text([diagnosis_of(n) for n in names], [evidence_of(n) for n in names])
    assert text.startswith("# 3 targets: 1 with a problem, 1 healthy, 1 undetermined\n")
    rows = table(text)[:3]
    assert [row[0] for row in rows] == ["1", "2", "3"]
    assert rows[0][2:] == ["Problem: `dump.window_exceeded`", "certain", "`176`"]
    assert re.findall(r"^## (\d)", text, re.MULTILINE) == ["1", "2", "3"]


def test_evidences_must_be_those_of_the_diagnoses() -> None:
    with pytest.raises(ValueError, match="zip"):
        ticket_text([diagnosis_of("well")], [])


def test_nothing_hostile_becomes_markup() -> None:
    evidence = Evidence(
        HOSTILE_TEXT,
        "job",
        region=HOSTILE_TEXT,
        job={
            "jobName": HOSTILE_TEXT,
            "attempts": [{"statusReason": HOSTILE_TEXT, "startedAt": 10**18, "stoppedAt": True}],
            "retryStrategy": {"attempts": 2, "evaluateOnExit": [{"action": HOSTILE_TEXT, "onReason": HOSTILE_TEXT}]},
            "container": {"image": HOSTILE_TEXT, "environment": [{"name": HOSTILE_TEXT, "value": "x"}]},
            "tags": {"nextflow.io/version": HOSTILE_TEXT},
        },
        compute_environments=({"computeResources": {"type": HOSTILE_TEXT, "instanceTypes": [HOSTILE_TEXT, 7]}},),
    )
    text = ticket_text([HOSTILE] * 2, [evidence] * 2, [HOSTILE_TEXT], [{"job.json": HOSTILE_TEXT}] * 2)
    tokens = RENDERER.parse(text)
    assert {token.type for token in tokens if token.type.startswith("html")} == set()
    assert inline(tokens) <= {"text", "code_inline", "softbreak", "strong_open", "strong_close", "text_special"}
    words = " ".join(c.content for t in tokens for c in t.children or [] if c.type == "text")
    assert "@" not in words
    assert not re.search(r"#\d|www\.", words)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u200b]", text)


@pytest.mark.parametrize("scenario", sorted(path.name for path in SCENARIOS.iterdir()))
def test_every_scenario_makes_a_page_that_holds(scenario: str) -> None:
    tokens = RENDERER.parse(ticket(scenario))
    assert [t.content for t in tokens if t.type.startswith("html")] == []
    assert next(t.tag for t in tokens if t.type == "heading_open") == "h1"
    links = [c.attrGet("href") for t in tokens for c in t.children or [] if c.type == "link_open"]
    assert all(str(link).startswith("https://") for link in links)


@pytest.mark.parametrize("hostile", [False, True])
def test_every_row_has_the_cells_of_its_heading(hostile: bool) -> None:
    """Forges cut a row at every bar that is not escaped, in code as well, and drop what is too much."""
    text = ticket_text([HOSTILE], [Evidence("x", "log")]) if hostile else ticket("window-exceeded")
    tables = re.findall(r"(?m)(?:^ *\|.*\n)+", re.sub(r"(?ms)^ *(```+).*?^ *\1$", "", text))
    assert len(tables) > 2
    for one in tables:
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in one.splitlines()}) == 1


def test_it_says_which_version_wrote_it() -> None:
    assert ticket("well").endswith(f"---\n\nfsnap-diagnose {__version__}\n")
