"""Captures written and read back: the same evidence, without its secrets."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analyzer.evidence.capture import read_capture
from analyzer.evidence.capture_mask import Masks
from analyzer.evidence.capture_write import CaptureError, write_capture
from analyzer.evidence.content import MemoryContent, iter_lines, read_all
from analyzer.evidence.model import Evidence, Gap, ListingEntry
from analyzer.evidence.store import read_folder, read_zip
from analyzer.support.redaction import mask_environment, mask_secrets

MASKS = Masks(mask_secrets, mask_environment)
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # noqa: S105 - the example key of the AWS documentation
LARGE = MemoryContent(
    b"(00.1) head\n(00.2) cut he", b"re\n(99.123456) tail\n(100.12345) last\n", original_size=5_000_000
)
EVIDENCE = Evidence(
    target="3c0a1d7e-0000-4000-8000-000000000001",
    kind="job",
    region="eu-central-1",
    captured_at="2026-11-22T09:30:00Z",
    job={
        "jobId": "x",
        "container": {
            "environment": [
                {"name": "AWS_SECRET_ACCESS_KEY", "value": SECRET},
                {"name": "FUSION_WORK", "value": "/fusion/s3/b/w"},
            ]
        },
    },
    compute_environments=({"computeEnvironmentName": "ce"},),
    spot_prices=({"InstanceType": "r6id.4xlarge", "SpotPrice": "0.41", "AvailabilityZone": "eu-central-1a"},),
    placement_scores=({"Region": "eu-central-1", "Score": 7, "InstanceTypes": ["r6id.4xlarge", "m6id.8xlarge"]},),
    logs={2: MemoryContent(b'{"timestamp": 1, "message": "hello"}\n')},
    workdir={
        ".command.log": MemoryContent(f"AWS_SECRET_ACCESS_KEY={SECRET}\nplain\n".encode()),
        ".fusion/dump/3/dump_3.log": LARGE,
    },
    listing=(ListingEntry(".command.log", 12, "2026-11-22T09:30:00Z"),),
    gaps=(Gap("the host", "gone", "its type", "ec2:DescribeInstances"),),
)


def _read(path: Path) -> Evidence:
    return read_capture(read_zip(path) if path.suffix == ".zip" else read_folder(path), EVIDENCE.target)


@pytest.mark.parametrize("name", ["capture", "capture.zip"])
def test_what_was_written_reads_back_the_same(tmp_path: Path, name: str) -> None:
    write_capture(EVIDENCE, tmp_path / name, MASKS)
    back = _read(tmp_path / name)
    members = ("kind", "region", "captured_at", "compute_environments", "listing", "gaps", "target")
    for member in (*members, "spot_prices", "placement_scores"):
        assert getattr(back, member) == getattr(EVIDENCE, member)
    dump = ".fusion/dump/3/dump_3.log"
    assert list(iter_lines(back.workdir[dump])) == list(iter_lines(LARGE))
    assert back.workdir[dump].size == LARGE.size
    assert read_all(back.logs[2], 1000) == read_all(EVIDENCE.logs[2], 1000)


@pytest.mark.parametrize("name", ["capture", "capture.zip"])
def test_secrets_are_not_in_what_was_written(tmp_path: Path, name: str) -> None:
    write_capture(EVIDENCE, tmp_path / name, MASKS)
    back = _read(tmp_path / name)
    texts = [json.dumps(back.job), *(read_all(c, 10_000).decode() for c in back.workdir.values())]
    assert not any(SECRET in text for text in texts)
    assert any("/fusion/s3/b/w" in text for text in texts)
    assert any("plain" in text for text in texts)


PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nshortlast\n-----END RSA PRIVATE KEY-----\nafter\n"


def test_no_line_of_a_private_key_is_written(tmp_path: Path) -> None:
    events = "".join(json.dumps({"timestamp": 1, "message": line}) + "\n" for line in PEM.splitlines())
    evidence = Evidence(
        target="t",
        kind="job",
        logs={1: MemoryContent(events.encode())},
        workdir={".command.log": MemoryContent(PEM.encode())},
    )
    write_capture(evidence, tmp_path / "capture", MASKS)
    for name in ("logs/1.jsonl", "workdir/.command.log"):
        text = (tmp_path / "capture" / name).read_text()
        assert "MIIEow" not in text
        assert "shortlast" not in text
        assert "after" in text


def test_captures_are_private_and_their_gaps_masked(tmp_path: Path) -> None:
    gap = Gap("the log", f"AWS_SECRET_ACCESS_KEY={SECRET} was refused", "the log")
    write_capture(Evidence(target="t", kind="job", gaps=(gap,)), tmp_path / "capture", MASKS)
    manifest = tmp_path / "capture" / "manifest.json"
    assert SECRET not in manifest.read_text()
    assert manifest.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["out.tar.gz", "missing/out.zip", "x" * 300 + ".zip"])
def test_a_destination_that_will_not_do_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CaptureError):
        write_capture(EVIDENCE, tmp_path / name, MASKS)
    assert list(tmp_path.iterdir()) == []


def test_writing_a_capture_of_a_capture_changes_nothing(tmp_path: Path) -> None:
    write_capture(EVIDENCE, tmp_path / "a.zip", MASKS)
    write_capture(_read(tmp_path / "a.zip"), tmp_path / "b.zip", MASKS)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_nothing_is_overwritten_and_nothing_half_is_left(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").write_text("mine")
    with pytest.raises(CaptureError, match="exists already"):
        write_capture(EVIDENCE, tmp_path / "there", MASKS)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["file", "there"]


@pytest.mark.parametrize(
    ("member", "content"),
    [
        ("job.json", b"{"),
        ("job.json", b"[" * 100_000),
        ("job.json", b"[1, 2]"),
        ("compute_environments.json", b'{"a": 1}'),
        ("cloudtrail.json", b"\xff\xfe\x00"),
        ("workdir.listing.jsonl", b'{"key": "../up", "size": 1}\nnonsense\n'),
        ("manifest.json", b"\x00\x01"),
        ("manifest.json", b'{"format": "something-else/9"}'),
    ],
)
def test_a_malformed_member_is_a_gap_that_names_it(tmp_path: Path, member: str, content: bytes) -> None:
    manifest: dict[str, Any] = {
        "format": "fsnap-capture/1",
        "target": "t",
        "region": None,
        "captured_at": None,
        "gaps": [],
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / member).write_bytes(content)
    evidence = read_capture(read_folder(tmp_path), "t")
    assert any(member in gap.what for gap in evidence.gaps)


def test_every_member_of_an_event_is_masked_and_none_that_stands_there_twice_passes(tmp_path: Path) -> None:
    token = f"AWS_SECRET_ACCESS_KEY={SECRET}"
    lines = (
        f'{{"timestamp": 1, "message": "{token}", "message": "fine"}}',
        f'{{"timestamp": 2, "message": "fine", "stream": "{token}"}}',
        f'{{"timestamp": 3, "message": "{token}"',
    )
    log = MemoryContent("\n".join(lines).encode())
    write_capture(replace(EVIDENCE, logs={1: log}), tmp_path / "capture", MASKS)
    written = (tmp_path / "capture/logs/1.jsonl").read_text()
    assert SECRET not in written
    assert [json.loads(line)["message"] for line in written.splitlines()[:2]] == ["fine", "fine"]
    assert len(written.splitlines()) == 3


@pytest.mark.parametrize("before", [65_480, 65_500, 131_000, 262_100])
def test_a_secret_in_a_line_without_end_is_not_parted(before: int, tmp_path: Path) -> None:
    line = "x " * (before // 2) + f"AWS_SECRET_ACCESS_KEY={SECRET} " + "y " * 100_000
    files = {".command.log": MemoryContent(line.encode())}
    write_capture(replace(EVIDENCE, workdir=files), tmp_path / "capture", MASKS)
    written = (tmp_path / "capture/workdir/.command.log").read_text()
    assert written == line.replace(SECRET, "[masked]")


def test_names_and_lines_can_be_changed_too(tmp_path: Path) -> None:
    masks = Masks(
        mask_secrets,
        mask_environment,
        name=lambda name: name.replace("sample-7", "file-1"),
        lines=lambda lines: (line.replace("sample-7", "file-1") for line in lines),
    )
    evidence = replace(
        EVIDENCE,
        logs={1: MemoryContent(b'{"timestamp": 1, "message": "sample-7"}\n')},
        workdir={"sample-7.log": MemoryContent(b"a\r\nsample-7\r\nend"), ".fusion/dump/3/dump_3.log": LARGE},
        listing=(ListingEntry("sample-7.log", 12, None),),
    )
    write_capture(evidence, tmp_path / "capture", masks)
    back = _read(tmp_path / "capture")
    assert read_all(back.workdir["file-1.log"], 99) == b"a\r\nfile-1\r\nend"
    assert b"file-1" in read_all(back.logs[1], 99)
    assert [entry.key for entry in back.listing or ()] == ["file-1.log"]
    tail = [line.data for line in iter_lines(back.workdir[".fusion/dump/3/dump_3.log"])]
    assert tail[-1] == b"(100.12345) last"
    assert back.workdir[".fusion/dump/3/dump_3.log"].size == LARGE.size
