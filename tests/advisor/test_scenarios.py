"""What is recommended fits the job: over all scenarios, and one by one where it once did not."""

from __future__ import annotations

import io
import json
import re

import pytest
from rich.console import Console

from analyzer.classifier.catalogue import shipped
from analyzer.reporters.docs import pages
from analyzer.reporters.json_report import format_json
from analyzer.reporters.markdown import format_markdown
from analyzer.reporters.page import explain
from analyzer.reporters.terminal import render_terminal
from analyzer.support.redaction import MASK
from tests.advisor.cases import NAMES, advice_of, diagnosis_of, text_of

GIB = 2**30
OF_MEMORY = ("container.out_of_memory", "app.out_of_memory", "app.java_heap", "app.killed")
RAW = re.compile(
    r"si_code=|Unknown shit|Try to interrupt|Can't read pages data|Can't connect to server|Abort restore of|"
    r"proper root mount|\(\d\d\.\d{6}\)|page-xfer|spice|vdso:|mnt-v2:|tty: "
)


def _balanced(snippet: str) -> bool:
    return all(snippet.count(a) == snippet.count(b) for a, b in ("{}", "()", "[]")) and snippet.count("'") % 2 == 0


@pytest.mark.parametrize("name", NAMES)
def test_every_recommendation_can_be_pasted(name: str) -> None:
    for advice in advice_of(name):
        assert MASK not in f"{advice.summary}{advice.snippet}"
        if advice.snippet_language == "groovy":
            code = "\n".join(line for line in (advice.snippet or "").split("\n") if not line.strip().startswith("//"))
            assert _balanced(code), code
            assert not re.search(r"(?m)^process\.(?:memory|containerOptions|time|arch)\b", code), code
            assert "process {\n    memory" not in code
        if advice.snippet_language == "json":
            json.loads(advice.snippet or "")


@pytest.mark.parametrize("name", NAMES)
def test_what_the_job_tells_is_filled_in(name: str) -> None:
    job, text = diagnosis_of(name).job, text_of(name)
    for placeholder, member in (("YOUR_PROCESS", "process"), ("YOUR-JOB-ID", "id"), ("YOUR-WORKDIR", "workdir")):
        assert placeholder not in text or job[member] is None
    assert not re.search(r"(?<![A-Z_-])(?:PROCESS|WORKDIR|BUCKET/PATH|PARENT-ID|i-0123456789abcdef0)\b", text)


@pytest.mark.parametrize("name", NAMES)
def test_a_death_for_want_of_memory_is_answered_with_more(name: str) -> None:
    diagnosis = diagnosis_of(name)
    if diagnosis.verdict.cause not in OF_MEMORY:
        return
    asked = diagnosis.job["memory_requested_bytes"]
    assert isinstance(asked, int)
    advice = next(r for r in diagnosis.recommendations if r.kind == "memory")
    proposed = advice.proposed["memory_bytes"]
    assert advice.current["memory_bytes"] == asked
    assert isinstance(proposed, int)
    assert proposed > asked
    assert f"{{ {proposed // GIB}.GB * task.attempt }}" in (advice.snippet or "")


@pytest.mark.parametrize("name", NAMES)
def test_summaries_are_sentences(name: str) -> None:
    assert not RAW.search(diagnosis_of(name).verdict.summary)


@pytest.mark.parametrize("name", NAMES)
def test_no_two_recommendations_say_the_same(name: str) -> None:
    summaries = [r.summary for r in advice_of(name)]
    assert len(set(summaries)) == len(summaries)


def test_no_page_is_masked() -> None:
    catalogue = shipped()
    for name, page in pages(catalogue).items():
        assert MASK not in page, name
    for rule in catalogue:
        assert MASK not in (explain(rule.id, catalogue) or "")


@pytest.mark.parametrize("name", ["fusion-license", "host-terminated-unproven", "terminated-by-user"])
def test_reports_show_advice_as_it_is(name: str) -> None:
    diagnosis, screen = diagnosis_of(name), io.StringIO()
    render_terminal([diagnosis], Console(file=screen, width=200))
    document = json.loads(format_json([diagnosis], verbose=False))
    reports = (screen.getvalue(), format_markdown([diagnosis]), json.dumps(document["recommendations"]))
    wanted = {"fusion-license": "secrets.TOWER_ACCESS_TOKEN"}.get(name, "AttributeKey=")
    for report in reports:
        assert wanted in report
    assert all(MASK not in json.dumps(r) for r in document["recommendations"])


def test_a_dump_that_outran_its_window() -> None:
    instance, memory = advice_of("window-exceeded")[:2]
    assert instance.kind == "instance"  # 44 GiB would kill a task that held more: another host comes first
    assert "bandwidth" in instance.summary
    assert memory.kind == "memory"
    assert memory.proposed["memory_bytes"] == 44 * GIB
    # expected: 60881371136 / 121.625 * 102 s = 47.55 GiB; slowest: 0.796 of that rate * 120 s = 44.52 GiB, whole GiB
    assert memory.because["dump_bytes_per_second_from"] == "workdir.listing.jsonl: .fusion/dump/6/pages-*.img"
    assert "at least 56.7 GiB" in memory.summary
    assert "hard limit" in memory.summary
    assert "memory = 44.GB" in (memory.snippet or "")
    assert "incremental" not in text_of("window-exceeded")  # its pre-dumps are there


def test_a_dump_whose_time_nobody_measured_says_so() -> None:
    memory = next(r for r in advice_of("stuck-in-dumping") if r.kind == "memory")
    assert "not measured" in str(memory.because["dump_seconds_from"])
    assert "m6id.4xlarge has 6.25 Gbps" in memory.summary  # its host's line is known: that is the better figure


def test_time_limits_that_are_there_are_built_on() -> None:
    assert "limit of 2 h" in text_of("restore-hung")
    assert [r.proposed.get("time_limit") for r in advice_of("restore-hung")] == ["2.h"]
    assert "has none" in text_of("restore-hung-no-limit")
    assert "terminate-job" in text_of("restore-hung-no-limit")
    assert "{ 2.h * task.attempt }" in text_of("container-timeout")


@pytest.mark.parametrize(
    ("name", "wanted", "unwanted"),
    [
        ("overrides-too-long", "8 KiB", "sts:AssumeRole"),
        ("image-access-denied", "Wave", "ContainerRegistryReadOnly"),
        ("image-not-found", "docker manifest inspect quay.io/biocontainers/star:9.9.9", "freeze"),
        ("image-reason-cut", "ECR", "docker.registry"),
        ("recorded-restore-cgroup-strict", "control groups", "ulimit"),
        ("recorded-dump-action-script-fails-post", "send the dump log", "GNU tar"),
        ("recorded-restore-action-script-fails-post", "send the restore log", "GNU tar"),
        ("dump-fuse-mount", "Mount nothing inside", "bind mounts"),
        ("dump-bind-mount", "bind mounts", "squashfuse"),
        ("restore-address-missing", "listen on", "TCP_MODE"),
        ("restore-file-missing", "work directory", "scratch"),
        ("container-create-failed", "must be on the host", "BlockDeviceMappings"),
        ("dependency-failed", "dependsOn", "array-job-id"),
        ("array-parent", "--array-job-id e2acbcd6-84eb-5440-bf32-fedffaf76151", "dependsOn"),
        ("dump-175-no-full-dumps", "No full dump", "less memory"),
        ("only-pre-dumps", "No full dump", "less memory"),
        ("dump-cut-early", "long before the window", "120 s"),
        ("host-terminated-by-hand", "Ask whoever", "cloudtrail"),
        ("host-scale-in", "scale-in", "cloudtrail"),
        ("host-on-demand", "no Spot instance", "cloudtrail"),
        ("host-terminated-unproven", "AttributeValue=i-0e6be35fdc3a976d6", "scale-in"),
        ("host-reclaimed-cloudtrail", "fusion.snapshots = true", "LOG_LEVEL"),
        ("runnable-no-capacity", "m6id (10) and r6id (20)", '"r6id"'),
        ("bare-id", "work directory", "LOG_LEVEL"),
        ("nothing-at-all", "job's id", "LOG_LEVEL"),
        ("runnable-waiting", "--job-queue TowerForge-", "YOUR-QUEUE"),
        ("killed-by-nextflow", "process.errorStrategy = 'finish'", "withName"),
    ],
)
def test_advice_fits_the_fault(name: str, wanted: str, unwanted: str) -> None:
    assert wanted in text_of(name)
    assert unwanted not in text_of(name)


def test_titles_claim_no_more_than_is_known() -> None:
    rules = shipped().rules
    assert "nothing proves" not in rules["FS302"].title
    assert "the log" not in rules["FS199"].title + rules["FS299"].title
    assert {rule.since for rule in shipped()} == {"0.1.0"}
