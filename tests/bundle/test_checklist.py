from __future__ import annotations

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from analyzer.bundle.asked import Item, asked, read_items
from analyzer.bundle.checklist import MOST_VALUES, NOT_LISTED, Answer, answers, checklist
from analyzer.bundle.places import parts, places
from analyzer.evidence.content import MemoryContent
from analyzer.evidence.model import Evidence, Gap, ListingEntry
from tests.bundle.made import SCENARIOS, diagnosis_of, evidence_of, members_of

WANTED = {
    "nextflow-version",
    "provider",
    "instance-type",
    "memory-and-cpu",
    "kernel",
    "exit-code",
    "command-log",
    "snapshot-messages",
    "time-of-failure",
    "compute-environment",
    "snapshot-settings",
    "architecture",
    "dump-metadata",
    "dump-logs",
    "dump-directory",
    "environment",
}
"""What the vendor's page asks for under "Getting help", and the task's environment."""
RENDERER = MarkdownIt("commonmark").enable("table")


def found(scenario: str, **changes: object) -> dict[str, Answer]:
    evidence = replace(evidence_of(scenario), **changes)  # type: ignore[arg-type]  # members are chosen by the test
    return {a.item.id: a for a in answers(diagnosis_of(scenario), evidence, members_of(evidence))}


def test_everything_that_support_asks_for_is_on_the_list() -> None:
    assert {item.id for item in asked()} >= WANTED


@pytest.mark.parametrize("item", asked(), ids=lambda item: item.id)
def test_every_item_says_who_asks_and_how_to_get_it(item: Item) -> None:
    assert re.fullmatch(r"https://docs\.seqera\.io/[a-z0-9/#-]+", item.source)
    assert len(item.asks) <= 60
    for sentence in (item.absent, item.get, item.partial or "."):
        assert sentence.endswith(".")
    assert all(re.fullmatch(r"[a-z0-9]+:[A-Z][A-Za-z]+", permission) for permission in item.permissions)


@pytest.mark.parametrize(
    "record", [{"id": "x"}, {**dict.fromkeys(("id", "asks", "source", "absent", "get"), "y"), "z": 1}]
)
def test_a_list_that_is_wrong_is_refused(record: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="checklist: item"):
        read_items({"item": [record]})


def test_the_documentation_lists_every_item() -> None:
    page = (SCENARIOS.parents[1] / "docs" / "checklist.md").read_text("utf-8")
    for item in asked():
        assert f"]({item.source})" in next(
            line for line in page.splitlines() if line.startswith(f"| {item.asks.replace('*', chr(92) + '*')} |")
        )


def test_an_id_is_used_once() -> None:
    record = dict.fromkeys(("id", "asks", "source", "absent", "get"), "y")
    with pytest.raises(ValueError, match="same id"):
        read_items({"item": [record, record]})


def test_what_the_evidence_tells_is_present_with_its_place() -> None:
    items = found("window-exceeded")
    kernel = items["kernel"]
    assert kernel.status == "present"
    assert [value.value for value in kernel.values] == ["6.1.0-56-cloud-amd64", "6.18.44-fc-v669"]
    assert "captures/1-job/workdir/.fusion/dump/1/pre_1.log" in kernel.members
    assert items["instance-type"].members == ("captures/1-job/instances.json",)
    assert items["exit-code"].values[-1].value.startswith("exit code 176")
    assert items["time-of-failure"].values[-1].value == "2026-11-17T09:36:36Z"
    assert items["dump-logs"].status == "present"
    assert len(items["dump-logs"].members) == 8


def test_what_can_be_there_in_part_only_says_so() -> None:
    items = found("window-exceeded")
    for name in ("compute-environment", "snapshot-settings", "dump-directory"):
        assert items[name].status == "in part"
        assert items[name].lacking == (items[name].item.partial,)


def test_a_missing_item_says_why_and_how_to_get_it() -> None:
    assert found("window-exceeded")["nextflow-version"].status == "missing"
    evidence = evidence_of("window-exceeded")
    page = checklist(diagnosis_of("window-exceeded"), evidence, members_of(evidence))
    part = page.split("## Missing: Nextflow version\n", 1)[1].split("\n## ", 1)[0]
    assert "A Batch job does not tell it" in part
    assert "```bash\nnextflow -version\n" in part


def test_a_gap_that_stood_in_the_way_is_the_reason() -> None:
    gap = Gap("the log of attempt 3", "AccessDenied on logs:GetLogEvents", "its words", "logs:GetLogEvents")
    log = found("window-exceeded", logs={}, workdir={}, listing=None, gaps=(gap,))["command-log"]
    assert log.status == "missing"
    assert log.lacking == ("the log of attempt 3: AccessDenied on logs:GetLogEvents",)


def test_a_version_in_the_jobs_tags_is_taken() -> None:
    job = {**(evidence_of("window-exceeded").job or {}), "tags": {"nextflow.io/version": "26.04.1"}}
    answer = found("window-exceeded", job=job)["nextflow-version"]
    assert answer.status == "present"
    assert [value.value for value in answer.values] == ["26.04.1"]
    assert answer.members == ("captures/1-job/job.json",)


@pytest.mark.parametrize(("name", "run"), [("tw-3yF0cTq8-STAR_x", "3yF0cTq8"), ("tw-run-1-STAR_x", "run-1")])
def test_the_run_is_read_from_the_jobs_name(name: str, run: str) -> None:
    values = found("window-exceeded", job={**(evidence_of("window-exceeded").job or {}), "jobName": name})["run"].values
    assert f"Seqera Platform's run {run}" in [value.value for value in values]


def test_candidates_settle_nothing() -> None:
    answer = found("host-terminated-unproven")["instance-type"]
    assert answer.status == "in part"
    assert [value.value for value in answer.values] == ["one of m6id, r6id, c6id"]
    assert answer.lacking == ("What is known does not settle it.", answer.item.absent)


def test_what_was_cut_is_missing_for_that_reason() -> None:
    evidence, diagnosis = evidence_of("window-exceeded"), diagnosis_of("window-exceeded")
    members = {part: name for part, name in members_of(evidence).items() if "dump_6" not in part}
    items = {a.item.id: a for a in answers(diagnosis, evidence, members)}
    assert items["dump-logs"].status == "in part"
    assert items["dump-logs"].lacking == ("workdir/.fusion/dump/6/dump_6.log was cut to keep the bundle small.",)
    nothing = {a.item.id: a for a in answers(diagnosis, evidence, {})}
    assert nothing["dump-logs"].status == "missing"
    assert nothing["kernel"].members == ("report.md",)


def test_the_listing_tells_what_is_not_in_the_bundle_and_what_does_not_exist() -> None:
    listing = (ListingEntry(".fusion/dump/1/pre_1.log", 9, None), ListingEntry(".fusion/dump/1/x.img", 9, None))
    evidence = Evidence("x", "workdir", listing=listing)
    items = {a.item.id: a for a in answers(diagnosis_of("workdir-alone"), evidence, members_of(evidence))}
    logs, metadata = items["dump-logs"], items["dump-metadata"]
    assert logs.lacking == ("workdir/.fusion/dump/1/pre_1.log is in the work directory, and not in the bundle.",)
    assert logs.exists
    assert metadata.lacking == (NOT_LISTED,)
    assert not metadata.exists
    page = checklist(diagnosis_of("workdir-alone"), evidence, members_of(evidence))
    part = page.split("## Missing: dump\\_metadata" if "dump\\_" in page else "## Missing: dump_metadata", 1)[1]
    assert "aws s3 cp" not in part.split("\n## ", 1)[0]


def test_a_bare_log_tells_kernel_and_architecture() -> None:
    head = (
        b"(00.000128) Version: 4.2 (gitid 0)\n(00.000150) Running on vm Linux 6.1.102-111.amzn2023 #1 SMP x aarch64\n"
    )
    evidence = Evidence("dump_3.log", "log", workdir={"dump_3.log": MemoryContent(head)})
    items = {a.item.id: a for a in answers(diagnosis_of("workdir-alone"), evidence, members_of(evidence))}
    told = {name: [value.value for value in items[name].values] for name in ("kernel", "architecture", "criu-version")}
    assert told == {"kernel": ["6.1.102-111.amzn2023"], "architecture": ["aarch64"], "criu-version": ["4.2"]}
    assert items["kernel"].members == ("captures/1-job/workdir/dump_3.log",)


def test_the_page_counts_its_items() -> None:
    evidence = evidence_of("window-exceeded")
    page = checklist(diagnosis_of("window-exceeded"), evidence, members_of(evidence))
    items = answers(diagnosis_of("window-exceeded"), evidence, members_of(evidence))
    counts = [sum(a.status == s for a in items) for s in ("present", "in part", "missing")]
    assert f"{len(asked())} items: {counts[0]} present, {counts[1]} in part, {counts[2]} missing." in page
    assert page.count("\n## Missing: ") == counts[2]
    assert page.count("\n## In part: ") == counts[1]


def test_long_lists_are_cut_and_counted() -> None:
    many = {f".fusion/dump/{n}/dump_{n}.log": MemoryContent(b"x\n") for n in range(1, 41)}
    evidence = Evidence("x", "workdir", workdir=many)
    page = checklist(diagnosis_of("workdir-alone"), evidence, members_of(evidence))
    row = next(line for line in page.splitlines() if line.startswith("| All logs of the dump folders"))
    assert row.count("captures/1-job") == MOST_VALUES
    assert f"and {40 - MOST_VALUES} more" in row


@pytest.mark.parametrize("scenario", sorted(path.name for path in SCENARIOS.iterdir()))
def test_every_scenario_has_a_page_that_holds(scenario: str) -> None:
    evidence = evidence_of(scenario)
    tokens = RENDERER.parse(checklist(diagnosis_of(scenario), evidence, members_of(evidence)))
    assert [t.content for t in tokens if t.type.startswith("html")] == []
    links = {c.attrGet("href") for t in tokens for c in t.children or [] if c.type == "link_open"}
    assert links == {item.source for item in asked()}


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("logs/2", "logs/2.jsonl"),
        ("job.attempts[1].statusReason", "job.json"),
        ("cloudtrail.json[0].eventName", "cloudtrail.json"),
        ("workdir/.fusion/dump/6/dump_6.log", "workdir/.fusion/dump/6/dump_6.log"),
        ("workdir.listing.jsonl", "workdir.listing.jsonl"),
        ("logs/99", None),
        ("", None),
        ("../../etc/passwd", None),
    ],
)
def test_where_a_source_stands(source: str, part: str | None) -> None:
    assert places(evidence_of("window-exceeded"), {}).part_of(source) == part


def test_every_quote_of_every_scenario_has_a_place() -> None:
    for scenario in sorted(path.name for path in SCENARIOS.iterdir()):
        evidence = evidence_of(scenario)
        every = set(parts(evidence))
        for finding in diagnosis_of(scenario).findings:
            for quote in finding.evidence:
                assert places(evidence, {}).part_of(quote.source) in every, (scenario, quote.source)
