"""A bundle that has to be small: the least telling goes first, and the diagnosis stays."""

from __future__ import annotations

import io
import json
import random
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from analyzer.bundle import limit
from analyzer.bundle.assemble import Assembly, Bundle, Examined
from analyzer.bundle.disguise import make_disguise
from analyzer.bundle.limit import LimitError, Reduction, conclusions, in_unit_of, learnable, limit_bytes
from analyzer.classifier.catalogue import shipped
from analyzer.diagnosis import Diagnosis
from analyzer.evidence.content import MemoryContent, read_all
from analyzer.evidence.model import Evidence, ListingEntry
from analyzer.fetchers.local import read_all_of
from analyzer.pipeline import diagnose
from tests.bundle.made import evidence_of

CATALOGUE = shipped()
NOISE = random.Random(7)  # noqa: S311 - text that does not pack well, the same every time


def _diagnose(evidence: Evidence) -> Diagnosis:
    return diagnose(evidence, CATALOGUE)


def noisy(events: int) -> bytes:
    lines = ({"timestamp": n, "message": f"{n} read {NOISE.getrandbits(256):x}"} for n in range(events))
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def large(scenario: str, attempt: int, events: int = 8_000) -> Evidence:
    """A scenario whose attempt wrote much before what its log has."""
    evidence = evidence_of(scenario)
    log = read_all(evidence.logs[attempt], 2**24)
    return replace(evidence, logs={**evidence.logs, attempt: MemoryContent(noisy(events) + log)})


def bundled(evidence: Evidence, max_bytes: int, into: Path) -> Bundle:
    with into.open("w+b") as stream:
        one = Examined(evidence, _diagnose(evidence))
        return Assembly((one,), (), make_disguise([evidence]), _diagnose, max_bytes).write(stream)


@pytest.mark.parametrize(
    ("written", "size"),
    [("25MB", 25_000_000), ("25 mb", 25_000_000), ("10MiB", 10 * 2**20), ("1.5M", 1_500_000), ("500kB", 500_000)],
)
def test_sizes(written: str, size: int) -> None:
    assert limit_bytes(written) == size


@pytest.mark.parametrize("written", ["", "large", "-1MB", "25XB", "1e9", "25MB25MB", "9" * 400 + "MB", "٢MB"])
def test_no_sizes(written: str) -> None:
    with pytest.raises(LimitError, match="is no size"):
        limit_bytes(written)


def test_a_limit_that_no_bundle_keeps_is_refused() -> None:
    with pytest.raises(LimitError, match="too small"):
        limit_bytes("99kB")
    with pytest.raises(LimitError, match=r"give 0\.1MB or more"):
        limit_bytes("0.09MB")


def test_a_log_that_nobody_quotes_goes_first_and_the_replay_says_the_same(tmp_path: Path) -> None:
    evidence = large("window-exceeded", 1)
    whole = bundled(evidence, 10**9, tmp_path / "whole.zip")
    cut = bundled(evidence, 200_000, tmp_path / "cut.zip")
    assert whole.size > 250_000
    assert not whole.contents.cuts
    assert cut.size <= 200_000
    assert [c.member.rpartition("/")[2] for c in cut.contents.cuts] == ["1.jsonl"]
    assert cut.contents.replays == (True,)
    (replayed,) = read_all_of(tmp_path / "cut.zip", "ticket.zip")
    (before,) = read_all_of(tmp_path / "whole.zip", "ticket.zip")
    assert conclusions(_diagnose(replayed)) == conclusions(_diagnose(before))
    with zipfile.ZipFile(tmp_path / "cut.zip") as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert manifest["cut"][0]["member"] == "captures/1-job/logs/1.jsonl"
        assert "captures/1-job/logs/1.jsonl" in archive.read("report.md").decode()
        assert "captures/1-job/logs/1.jsonl" in archive.read("checklist.md").decode()
        kept = archive.read("captures/1-job/logs/1.jsonl")
        assert b"lines left out here" in kept
    lines = 8_000 + read_all(evidence_of("window-exceeded").logs[1], 2**20).count(b"\n")
    assert kept.count(b"\n") < lines / 2
    assert read_all(replayed.logs[1], 2**24).count(b"\n") == lines
    assert cut.size > 0.8 * 200_000


def test_a_quoted_line_stays_with_its_number_and_its_neighbours(tmp_path: Path) -> None:
    evidence = evidence_of("tool-java-heap")
    attempt, log = next(iter(evidence.logs.items()))
    filled = noisy(4_000) + read_all(log, 2**24) + noisy(4_000)
    evidence = replace(evidence, logs={attempt: MemoryContent(filled)}, workdir={})
    diagnosis = _diagnose(evidence)
    quoted = [q for f in diagnosis.findings for q in f.evidence if q.source == f"logs/{attempt}" and q.line]
    assert quoted
    made = bundled(evidence, 150_000, tmp_path / "ticket.zip")
    assert made.size <= 150_000
    assert made.contents.replays == (True,)
    (replayed,) = read_all_of(tmp_path / "ticket.zip", "ticket.zip")
    again = [q for f in _diagnose(replayed).findings for q in f.evidence if q.source == f"logs/{attempt}"]
    assert [q.line for q in quoted] == [q.line for q in again if q.line]


def test_identities_are_learned_of_all_that_a_bundle_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limit, "MOST_BYTES", 400_000)
    evidence = large("window-exceeded", 1)
    diagnosis = _diagnose(evidence)
    (kept,) = Reduction([(evidence, diagnosis)], _diagnose).to(10**9)
    held = set(read_all(kept.evidence.logs[1], 2**24).splitlines())
    learned = set(read_all(learnable(evidence, diagnosis).logs[1], 2**24).splitlines())
    assert len(held) > 1_000
    assert [line for line in held - learned if line and b"lines left out here" not in line] == []
    assert len(learned) < 8_000


def test_the_same_evidence_is_cut_to_the_same_bytes(tmp_path: Path) -> None:
    evidence = large("window-exceeded", 1)
    for name in ("one.zip", "two.zip"):
        bundled(evidence, 200_000, tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_the_listing_is_shortened_last() -> None:
    evidence = evidence_of("window-exceeded")
    entries = tuple(ListingEntry(f"results/{NOISE.getrandbits(128):x}.bam", n, None) for n in range(5_000))
    evidence = replace(evidence, listing=(*(evidence.listing or ()), *entries))
    reduction = Reduction([(evidence, _diagnose(evidence))], _diagnose)
    (untouched,) = reduction.to(10**9)
    assert untouched.cuts == ()
    (reduced,) = reduction.to(20_000)
    assert [cut.part for cut in reduced.cuts][-1] == "workdir.listing.jsonl"
    assert len(reduced.evidence.listing or ()) == len(evidence_of("window-exceeded").listing or ())


def test_what_changes_the_diagnosis_is_not_cut() -> None:
    """The figures come from the whole of a dump's log: cut, they would be others."""
    evidence = evidence_of("window-exceeded")
    name = ".fusion/dump/6/dump_6.log"
    lines = read_all(evidence.workdir[name], 2**24).splitlines(keepends=True)
    middle = [
        f"(100.{n:06d}) page-xfer:  p 0x{NOISE.getrandbits(40):x}000 - 0x7f3699300000\n".encode() for n in range(9_000)
    ]
    log = b"".join([*lines[:200], *middle, *lines[200:]])
    evidence = replace(evidence, workdir={**evidence.workdir, name: MemoryContent(log)})
    wanted = _diagnose(evidence)
    (reduced,) = Reduction([(evidence, wanted)], _diagnose).to(0)
    assert conclusions(_diagnose(reduced.evidence)) == conclusions(wanted)


def test_when_even_the_least_does_not_fit_the_size_that_would_is_told() -> None:
    evidence = evidence_of("window-exceeded")
    one = Examined(evidence, _diagnose(evidence))
    with pytest.raises(LimitError, match=r"fit into 30kB: .* needs 100kB; give --max-size 100kB"):
        Assembly((one,), (), make_disguise([evidence]), _diagnose, 30_000, written_limit="30kB").write(io.BytesIO())
    assert Assembly((one,), (), make_disguise([evidence]), _diagnose, 100_000).write(io.BytesIO()).size <= 100_000


@pytest.mark.parametrize(
    ("written", "size", "told"),
    [("0.02MB", 123_456, "0.13MB"), ("20kB", 123_456, "123.46kB"), ("30KiB", 102_400, "100KiB"), ("5", 2_000, "2kB")],
)
def test_sizes_are_told_in_the_users_unit_and_are_enough(written: str, size: int, told: str) -> None:
    assert in_unit_of(written, size) == told
    assert limit_bytes(in_unit_of("1MB", 100 * size)) >= 100 * size
