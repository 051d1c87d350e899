"""Paths on this machine: which kind of evidence each gives."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from analyzer.evidence.model import Evidence
from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.local import read_path

DUMP_LOG = b"(00.000000) CRIU run id = 1\n(00.000488) Version: 4.2 (gitid 0)\n(00.1) Dumping finished successfully\n"


def _read(path: Path) -> Evidence:
    return read_path(path, str(path))


def _write(root: Path, **files: bytes) -> Path:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def test_a_work_directory_is_read_in_place_without_its_images(tmp_path: Path) -> None:
    files = {
        ".command.run": b"#!/bin/bash\n",
        ".fusion/dump/1/dump_1.log": DUMP_LOG,
        ".fusion/dump/1/pages-1.img": b"x" * 10,
    }
    evidence = _read(_write(tmp_path, **files))
    assert evidence.kind == "workdir"
    assert sorted(evidence.workdir) == [".command.run", ".fusion/dump/1/dump_1.log"]
    assert evidence.listing is not None
    assert {(e.key, e.size) for e in evidence.listing} == {(name, len(data)) for name, data in files.items()}


@pytest.mark.parametrize("name", ["2/dump_2.log", "dump_2.log"])
def test_a_dump_folder_alone_is_put_where_it_belongs(tmp_path: Path, name: str) -> None:
    assert list(_read(_write(tmp_path, **{name: DUMP_LOG})).workdir) == [".fusion/dump/2/dump_2.log"]


@pytest.mark.parametrize("name", ["dump_1.log", "renamed.txt", ".fusion.log", ".command.err"])
def test_bare_logs_are_known_by_name_or_content(tmp_path: Path, name: str) -> None:
    assert _read(_write(tmp_path, **{name: DUMP_LOG}) / name).kind == "log"


JOB = {"jobId": "x", "status": "FAILED", "jobArn": "arn:aws:batch:eu-west-2:111122223333:job/x"}


@pytest.mark.parametrize(
    "document", [JOB, {"jobs": [JOB]}, {"source": "aws.batch", "detail-type": "Batch Job State Change", "detail": JOB}]
)
def test_a_job_description_is_read_bare_or_wrapped(tmp_path: Path, document: object) -> None:
    evidence = _read(_write(tmp_path, **{"job.json": json.dumps(document).encode()}) / "job.json")
    assert (evidence.kind, evidence.region) == ("job", "eu-west-2")
    assert dict(evidence.job or {}) == JOB


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("job.json", b"{", "not valid JSON"),
        ("job.json", b"[" * 100_000, "not valid JSON"),
        ("job.json", b'{"a": 1}', "not a job"),
        ("job.json", b'{"jobs": []}', "0 jobs"),
        ("picture.png", b"\x89PNG\r\n", "not a file that can be examined"),
        ("empty", b"", "not a file that can be examined"),
        ("broken.zip", b"PK\x03\x04 nonsense", "zip archive that cannot be read"),
    ],
)
def test_files_that_are_none_of_these_get_a_sentence(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    path = _write(tmp_path, **{name: data}) / name
    with pytest.raises(FetchError, match=words) as caught:
        _read(path)
    assert str(path) in str(caught.value)


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.log")
    with pytest.raises(FetchError, match="neither a file nor a folder"):
        _read(tmp_path / "pipe.log")


def test_a_folder_of_other_things_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="work directory or a capture"):
        _read(_write(tmp_path, **{"notes.txt": b"hello"}))
