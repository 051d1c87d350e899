"""Names that the disguise learns from what a task's texts say: files, folders, repositories, runs, users, settings."""

from __future__ import annotations

import time
from typing import Any

import pytest

from analyzer.bundle.data_files import is_common, split_name
from analyzer.bundle.disguise import Disguise, make_disguise
from analyzer.bundle.task_texts import disguised_text
from tests.bundle.evidence import JOB, evidence


def shown(*lines: str) -> list[str]:
    disguise = make_disguise([evidence(*lines)])
    told = list(disguise.lines(lines))
    assert disguise.survivors("\n".join(told).encode()) == ()
    return told


def with_environment(**variables: str) -> tuple[Disguise, dict[str, str]]:
    environment = [{"name": name, "value": value} for name, value in variables.items()]
    job: dict[str, Any] = {**JOB, "container": {**JOB["container"], "environment": environment}}
    disguise = make_disguise([evidence(job=job)])
    hidden = disguise.document(job)["container"]["environment"]
    return disguise, {one["name"]: one["value"] for one in hidden}


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("Schmidt_Anna.bam", "Schmidt_Anna"),
        ("Schmidt_Anna.sorted.md.bam.bai", "Schmidt_Anna"),
        ("Schmidt_Anna_S12_L001_R1_001.fastq.gz", "Schmidt_Anna"),
        ("WT_REP1_2.fastq.gz", "WT_REP1"),
        ("T1.0012.bam", "T1"),
        ("PAT-0042_R1.fq.gz", "PAT-0042"),
        ("genome.fa", "genome"),
        (".bam", ".bam"),
        ("x", "x"),
    ],
)
def test_the_subject_of_a_name(name: str, subject: str) -> None:
    told = split_name(name)
    assert told[0] == subject
    assert "".join(told) == name


@pytest.mark.parametrize("name", ["genome_index", "multiqc_report", "reads_1", "versions", "GRCh38", "STAR"])
def test_common_names(name: str) -> None:
    assert is_common(name)


@pytest.mark.parametrize("name", ["Schmidt_Anna", "WT_REP1", "PAT-0042", "T1", "charite-onc-data"])
def test_names_of_somebody(name: str) -> None:
    assert not is_common(name)


def test_the_subject_of_a_file_is_hidden_wherever_it_stands() -> None:
    assert shown(
        "view Schmidt_Anna.bam", "@RG\\tSM:Schmidt_Anna", "Schmidt_Anna.sorted.bam", "SCHMIDT_ANNA_R1: ok"
    ) == [
        "view sample-1.bam",
        "@RG\\tSM:sample-1",
        "sample-1.sorted.bam",
        "sample-1_R1: ok",
    ]


def test_a_file_has_one_stand_in_however_it_is_written() -> None:
    (line,) = shown("Meier7.bam ./Meier7.bam s3://b-one/x/Meier7.bam /data/x/Meier7.bam Meier7.md.bam")
    assert line == "file-1.bam ./file-1.bam s3://bucket-2/x/file-1.bam /data/x/file-1.bam file-1.md.bam"


@pytest.mark.parametrize(
    "line",
    [
        "STAR --genomeDir star --readFilesIn reads_1.fastq.gz genome.fa ./ref.fa multiqc_report.html versions.yml",
        "(00.047943)   3263: mnt: /usr/lib/libx.so pages-1.img core-12.img /dev/shm/sem.x /opt/tool/share/Foo1.fa",
        "https://github.com/nf-core/rnaseq https://github.com/checkpoint-restore/criu/issues/2",
        "mode=fast PATH=/usr/bin LANG=C run -x 12 --cpus 4 --memory 6",
        "python@sha256 root@fd12 a@b",
    ],
)
def test_what_a_diagnosis_needs_stays(line: str) -> None:
    assert shown(line) == [line]


@pytest.mark.parametrize(
    ("written", "hidden"),
    [
        (
            "Launching `https://github.com/charite-onc/glioflow` [jolly_einstein] DSL2 - revision: 1a2b3c4d",
            "Launching `https://github.com/organisation-1/project-1` [run-2] DSL2 - revision: 1a2b3c4d",
        ),
        ("Launching `nf-core/rnaseq` [mad_curie] DSL2", "Launching `nf-core/rnaseq` [run-2] DSL2"),
        ("git@github.com:charite-onc/glioflow.git", "git@github.com:organisation-1/project-1.git"),
        ("nextflow run main.nf -name sad_turing -resume", "nextflow run main.nf -name run-2 -resume"),
        ("ssh -p 22 bkowalski@login01 ls", "ssh -p 22 user-3@host-1 ls"),
        ("NXF_RUN_NAME=sad_turing x", "NXF_RUN_NAME=run-2 x"),
        ('export LOGNAME="bkowalski"', 'export LOGNAME="user-3"'),
        ("x --sample-id Lopez-17 y", "x --sample-id sample-1 y"),
        ("at /data/projects/charite-onc/run/x", "at /data/projects/folder-3/run/x"),
        ("abfss://charite@acct.dfs.core.windows.net/x", "abfss://bucket-2/x"),
        ("gs://charite-b/onko-7/x", "gs://bucket-2/folder-3/x"),
        (
            "GET https://api.cloud.seqera.io/user/workflow/3yF0cTq8Zb1KpL?workspaceId=138659012345",
            "GET https://api.cloud.seqera.io/user/workflow/run-2?workspaceId=workspace-1",
        ),
    ],
)
def test_what_a_place_tells_is_hidden(written: str, hidden: str) -> None:
    assert shown(written) == [hidden]


def test_upper_and_lower_case_are_one_name() -> None:
    lines = ("NXF_ORG=Charite-Onc", "https://cloud.seqera.io/orgs/charite-onc/x", "at CHARITE-ONC")
    assert shown(*lines) == [
        "NXF_ORG=organisation-1",
        "https://cloud.seqera.io/orgs/organisation-1/x",
        "at organisation-1",
    ]


def test_values_of_unknown_variables_are_hidden() -> None:
    disguise, told = with_environment(
        COHORT="GliomaX-22",
        PROJECT_DIR="/data/projects/charite-onc/run7",
        OUT="gs://charite-b/onko-7",
        NXF_RUN_NAME="jolly_einstein",
        OMP_NUM_THREADS="4",
        FUSION_SNAPSHOT_LOG_LEVEL="debug",
        FLAG="true",
        SOME_ROOT="/usr/share/x",
    )
    assert told == {
        "COHORT": "value-1",
        "PROJECT_DIR": "/data/projects/folder-3/folder-4",
        "OUT": "gs://bucket-2/folder-5",
        "NXF_RUN_NAME": "run-2",
        "OMP_NUM_THREADS": "4",
        "FUSION_SNAPSHOT_LOG_LEVEL": "debug",
        "FLAG": "true",
        "SOME_ROOT": "/usr/share/x",
    }
    assert disguise.text("seen gliomax-22 and jolly_einstein") == "seen value-1 and run-2"


@pytest.mark.parametrize(
    "part", ["a", "a.", "/data/", "ssh ", "ssh a", "A=", "--sample", "x.bam", ".bam.", "nextflow run ", "_", "a@"]
)
def test_no_text_takes_long(part: str) -> None:
    text = part * (100_000 // len(part))
    start = time.perf_counter()
    disguised_text(text, lambda kind, value: kind or value)
    assert time.perf_counter() - start < 5


def test_a_sample_is_one_even_where_a_file_of_it_is_named_first() -> None:
    (line,) = shown("view PAT-0042.bam")  # the evidence's .command.run says, later, that this is the task's tag
    assert line == "view sample-1.bam"


def test_what_is_left_beside_a_secret_in_a_setting_is_hidden_too() -> None:
    _, told = with_environment(LINK="https://files.acme-bio.org/a?Signature=Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5&x=1")
    assert "acme" not in told["LINK"]
    assert "[masked]" in told["LINK"]
