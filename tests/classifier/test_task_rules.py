"""How a task's own end is told: exit codes weighed against texts, measured memory, and who else may have ended it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from analyzer.classifier.catalogue import shipped
from analyzer.classifier.engine import CODED, evaluate
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Finding
from analyzer.classifier.gather import gather
from analyzer.classifier.rules.common import SUMMARY_CHARACTERS, clean
from analyzer.evidence.content import MemoryContent
from analyzer.evidence.model import Evidence

KILLED_LINE = ".command.sh: line 12:    45 Killed                  STAR --runThreadN 8"
OOM_REASON = "OutOfMemoryError: Container killed due to memory usage"
DISK_LINE = "sort: write failed: /tmp/sortX: No space left on device"
FUSION = ["/usr/bin/fusion", "bash", "/fusion/s3/bucket/work/ab/cd/.command.run"]


def facts_of(
    code: int | None,
    *lines: str,
    reason: str | None = None,
    command: list[str] | None = None,
    status_reason: str = "Essential container in task exited",
    files: dict[str, str] | None = None,
) -> Facts:
    container = {"exitCode": code, "reason": reason, "logStreamName": "d/default/1"}
    attempt = {
        "startedAt": 1_767_225_600_000,
        "stoppedAt": 1_767_225_700_000,
        "statusReason": status_reason,
        "container": {k: v for k, v in container.items() if v is not None},
    }
    document: dict[str, Any] = {
        "jobId": "j",
        "status": "FAILED",
        "attempts": [attempt],
        "container": {"command": command or ["bash"], "resourceRequirements": [{"type": "MEMORY", "value": "1024"}]},
    }
    log = "".join(json.dumps({"timestamp": n, "message": line}) + "\n" for n, line in enumerate(lines, 1))
    workdir = {name: MemoryContent(text.encode()) for name, text in (files or {}).items()}
    logs = {1: MemoryContent(log.encode())} if lines else {}
    return gather(Evidence("j", "job", job=document, logs=logs, workdir=workdir), shipped())[0]


def causes(facts: Facts) -> dict[str, str]:
    return {finding.cause: finding.confidence for finding in evaluate(facts, shipped())[0]}


def finding(facts: Facts, cause: str) -> Finding:
    (found,) = [f for f in evaluate(facts, shipped())[0] if f.cause == cause]
    return found


def trace(kib: int) -> dict[str, str]:
    return {".command.trace": f"nextflow.trace/v2\npeak_rss={kib}\n"}


def test_137_by_itself_is_not_out_of_memory() -> None:
    assert causes(facts_of(137, "working")) == {"app.killed": "likely"}


def test_137_with_the_service_s_word_for_it_is_the_container_s_limit() -> None:
    assert causes(facts_of(137, "working", reason=OOM_REASON)) == {"container.out_of_memory": "certain"}


def test_137_with_the_shell_s_word_is_likely_memory() -> None:
    assert causes(facts_of(137, KILLED_LINE)) == {"app.out_of_memory": "likely", "app.killed": "possible"}


def test_measured_memory_far_below_the_limit_speaks_against_it() -> None:
    facts = facts_of(137, KILLED_LINE, files=trace(100 * 1024))
    assert causes(facts) == {"app.out_of_memory": "possible", "app.killed": "likely"}
    assert finding(facts, "app.killed").evidence[1].text == "peak 0.10 GiB of 1.00 GiB"


def test_measured_memory_at_the_limit_speaks_for_it() -> None:
    facts = facts_of(137, "working", files=trace(1020 * 1024))
    assert causes(facts) == {"app.out_of_memory": "likely", "app.killed": "possible"}
    assert finding(facts, "app.out_of_memory").evidence[0].source == "job.attempts[0].container.exitCode"


@pytest.mark.parametrize(
    "reason", ["Host EC2 (instance i-0a1b2c3d) terminated.", "Job attempt duration exceeded timeout"]
)
def test_a_kill_from_outside_is_not_the_task_s(reason: str) -> None:
    found = causes(facts_of(137, KILLED_LINE, status_reason=reason))
    assert not {cause for cause in found if cause.startswith("app.")}


@pytest.mark.parametrize(
    ("code", "cause", "confidence"),
    [(139, "app.segfault", "likely"), (141, "app.broken_pipe", "likely"), (127, "app.command_not_found", "possible")],
)
def test_a_code_alone_is_never_certain(code: int, cause: str, confidence: str) -> None:
    assert causes(facts_of(code, "working")) == {cause: confidence, "app.failed": "possible"}


def test_a_code_and_its_text_are_certain() -> None:
    assert causes(facts_of(139, "Segmentation fault"))["app.segfault"] == "certain"
    assert causes(facts_of(1, "Segmentation fault"))["app.segfault"] == "likely"
    assert causes(facts_of(141, "gzip: stdout: Broken pipe"))["app.broken_pipe"] == "certain"
    assert causes(facts_of(1, "gzip: stdout: Broken pipe"))["app.broken_pipe"] == "possible"


def test_a_text_that_wants_a_code_is_weaker_where_there_is_none() -> None:
    evidence = Evidence("x", "log", workdir={"task.log": MemoryContent(b"gzip: stdout: Broken pipe\n")})
    assert causes(gather(evidence, shipped())[0]) == {"app.broken_pipe": "possible"}


def test_a_failure_of_its_own_quotes_the_code_and_the_last_errors() -> None:
    facts = facts_of(1, "INFO: 0 errors so far", "ERROR: invalid reference name chr1", "cleaning up", "--on-error=stop")
    found = finding(facts, "app.failed")
    assert found.confidence == "likely"
    assert [(q.source, q.text) for q in found.evidence] == [
        ("job.attempts[0].container.exitCode", "1"),
        ("logs/1", "ERROR: invalid reference name chr1"),
    ]
    assert "chr1" in found.summary


def test_a_failure_of_its_own_without_a_log() -> None:
    assert finding(facts_of(3), "app.failed").summary.endswith("Its log could not be seen.")


def test_a_named_cause_takes_the_weight_from_the_bare_failure() -> None:
    found = causes(facts_of(1, "java.lang.OutOfMemoryError: Java heap space"))
    assert found == {"app.java_heap": "certain", "app.failed": "possible"}


@pytest.mark.parametrize("code", [175, 176, 177])
def test_snapshot_codes_without_any_snapshot_are_possibly_the_tool_s(code: int) -> None:
    assert causes(facts_of(code, "done"))["app.failed"] == "possible"


@pytest.mark.parametrize("code", [174, 175, 176, 177])
def test_snapshot_and_fusion_codes_under_fusion_are_not_the_tool_s(code: int) -> None:
    assert "app.failed" not in causes(facts_of(code, "done", command=FUSION))


def test_174_under_fusion_with_nothing_deeper() -> None:
    assert causes(facts_of(174, "done", command=FUSION)) == {"fusion.io_error": "likely"}
    assert "fusion.io_error" not in causes(facts_of(174, "done"))


def test_174_gives_way_to_what_fusion_says() -> None:
    line = '11:23AM FTL [seqera-fusion] creating data store error="NoCredentialProviders: no valid providers in chain"'
    found = causes(facts_of(174, line, command=FUSION))
    assert found["fusion.credentials"] == "certain"
    assert (found["fusion.io_error"], found["fusion.startup_failed"]) == ("possible", "possible")


def test_a_start_of_fusion_that_failed_for_a_reason_of_its_own() -> None:
    line = '11:23AM FTL [seqera-fusion] validating work path error="empty prefix"'
    assert causes(facts_of(1, line, command=FUSION))["fusion.startup_failed"] == "certain"


def test_fusion_s_words_on_a_line_that_is_not_fusion_s_are_nothing() -> None:
    assert "fusion.credentials" not in causes(facts_of(1, "docs: NoCredentialProviders means ...", command=FUSION))


def test_the_first_of_the_last_burst_is_the_root() -> None:
    found = causes(facts_of(139, DISK_LINE, "Segmentation fault"))
    assert (found["app.disk_full"], found["app.segfault"]) == ("certain", "likely")


def test_what_was_survived_long_ago_is_not_the_root() -> None:
    calm = ["working on it, as is right and proper for a tool"] * 1000
    found = causes(facts_of(1, "[Errno 28] No space left on device", *calm, "MemoryError"))
    assert (found["app.disk_full"], found["app.out_of_memory"]) == ("likely", "certain")


def test_a_missing_command_is_the_last_command() -> None:
    denied = "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied"
    found = causes(facts_of(127, denied, ".command.sh: line 4: samtolls: command not found"))
    assert (found["storage.access_denied"], found["app.command_not_found"]) == ("likely", "certain")


def test_errors_of_a_task_that_succeeded_are_nothing() -> None:
    assert causes(facts_of(0, DISK_LINE, "Segmentation fault", "MemoryError")) == {}


def test_a_work_directory_alone() -> None:
    files = {".exitcode": MemoryContent(b"1"), ".command.err": MemoryContent(b"Error: no reads\n")}
    found = finding(gather(Evidence("s3://b/w", "workdir", workdir=files), shipped())[0], "app.failed")
    assert found.attempt is None
    assert [q.source for q in found.evidence] == ["workdir/.exitcode", "workdir/.command.err"]


def test_summaries_are_one_line_and_bounded() -> None:
    found = finding(facts_of(1, "Error: \x1b[31m" + "long \u0007 words " * 100), "app.failed")
    assert len(found.summary) <= SUMMARY_CHARACTERS
    assert found.summary.isprintable()
    assert clean("a\n\tb\x00c") == "a b c"


HEALTHY = """\
EXITING is what STAR does last; see https://github.com/alexdobin/STAR
[M::mem_process_seqs] Processed 80000 reads in 12.3 CPU sec, 1.2 real sec
INFO  2026-01-01 10:00:00 MarkDuplicates: Found 0 records with errors. No space problems.
Usage: tool [--fail-on-error] [--max-memory MEM] [--ignore-segfaults] <in.bam>
WARNING: --limitBAMsortRAM not set: not enough information to guess it
Finished successfully: error_rate.txt out_of_memory_test.log AccessDenied_report.csv
Checking for command-line arguments ... not found, using defaults
download: s3://bucket/SlowDown_genes.tsv to ./SlowDown_genes.tsv
Picked up _JAVA_OPTIONS: -Xmx8g -XX:+ExitOnOutOfMemoryError
0 reads killed by filter; pipe closed; link created; write errors: 0
11:23AM INF [seqera-fusion] mounting filesystem
11:23AM WRN [seqera-fusion] upload retry error="SlowDown: Please slow down" path=/fusion/s3/b/x
Retrying after connection problem (1/5): will go on
Connection pool reset; broken pipelines: none
env: PATH=/usr/bin:/bin LICENSE=none
""".splitlines()


def test_lines_of_healthy_logs_accuse_nobody_even_when_the_task_failed_of_something_else() -> None:
    found = causes(facts_of(1, *HEALTHY, "my_tool: chromosome names differ"))
    assert found == {"app.failed": "likely"}


def test_every_coded_rule_is_in_the_catalogue() -> None:
    assert set(CODED) <= set(shipped().rules)


def test_a_log_whose_lines_were_not_all_examined_leaves_a_gap() -> None:
    def gaps(lines: int) -> list[tuple[str, str]]:
        log = MemoryContent(b"what an exec format error is\n" * lines)
        return [(gap.what, gap.why) for gap in gather(Evidence("x", "log", workdir={"task.log": log}), shipped())[1]]

    why = 'so many of its lines hold "exec format error" that not all of these were examined'
    assert gaps(2000) == []
    assert gaps(3000) == [("task.log", why)]
