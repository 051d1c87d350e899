from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analyzer.evidence.content import MemoryContent
from analyzer.parsers.command_run import MAX_CHILDREN, CommandRunHeader, parse_command_run

WRAPPER = """#!/bin/bash
### ---
### name: 'NFCORE_RNASEQ:ALIGN:STAR_ALIGN (WT_REP1 (batch 2))'
### container: 'quay.io/biocontainers/star:2.7.11b--h43eeafb_0'
### outputs:
### - '*d.out.bam'
### - 'versions.yml'
### ...
# NEXTFLOW TASK: NFCORE_RNASEQ:ALIGN:STAR_ALIGN (WT_REP1 (batch 2))
set -e
"""

ARRAY = """#!/bin/bash
### ---
### name: 'ALIGN (1)'
### array:
###   index-name: AWS_BATCH_JOB_ARRAY_INDEX
###   index-start: 0
###   work-dirs:
###   - s3://bucket/work/aa/0123
###   - s3://bucket/work/bb/4567
### ...
"""


def parse(text: str) -> CommandRunHeader | None:
    return parse_command_run(MemoryContent(text.encode()))


def test_a_task() -> None:
    assert parse(WRAPPER) == CommandRunHeader(
        task_name="NFCORE_RNASEQ:ALIGN:STAR_ALIGN (WT_REP1 (batch 2))",
        process="NFCORE_RNASEQ:ALIGN:STAR_ALIGN",
        container="quay.io/biocontainers/star:2.7.11b--h43eeafb_0",
        outputs=("*d.out.bam", "versions.yml"),
    )


def test_an_array_lists_its_children_in_order() -> None:
    header = parse(ARRAY)
    assert header is not None
    assert header.array_work_dirs == ("s3://bucket/work/aa/0123", "s3://bucket/work/bb/4567")
    assert (header.task_name, header.process) == ("ALIGN (1)", "ALIGN")


def test_windows_line_ends_and_a_name_without_a_tag() -> None:
    header = parse(ARRAY.replace("\n", "\r\n").replace("ALIGN (1)", "ALIGN"))
    assert header is not None
    assert (header.process, len(header.array_work_dirs)) == ("ALIGN", 2)


def test_older_wrappers_have_only_the_comment() -> None:
    header = parse("#!/bin/bash\n# NEXTFLOW TASK: FASTQC (s1)\nset -e\n")
    assert header == CommandRunHeader(task_name="FASTQC (s1)", process="FASTQC")


def test_a_header_cut_off_keeps_what_was_read() -> None:
    header = parse(ARRAY[: ARRAY.index("bb/4567") + 2])
    assert header is not None
    assert header.array_work_dirs == ("s3://bucket/work/aa/0123", "s3://bucket/work/bb")


def test_no_header() -> None:
    assert parse("#!/bin/bash\necho '### name: x'\n") is None
    assert parse("") is None


def test_no_more_children_than_an_array_can_have() -> None:
    header = parse("### ---\n### work-dirs:\n" + "### - s3://b/w\n" * (MAX_CHILDREN + 5))
    assert header is not None
    assert len(header.array_work_dirs) == MAX_CHILDREN


@given(st.text(alphabet="#- :'\n\r(name)abc", max_size=400))
def test_any_text_is_survived(text: str) -> None:
    header = parse("### ---\n" + text)
    assert header is None or header.process is None or header.process in (header.task_name or "")


@given(st.binary(max_size=400))
def test_any_bytes_are_survived(data: bytes) -> None:
    parse_command_run(MemoryContent(b"### ---\n### name: '" + data))
