"""The bundle: what is in it, that it replays, and that the same evidence gives the same bytes."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from analyzer.bundle.assemble import Assembly, Bundle, Examined, NotExamined
from analyzer.bundle.disguise import make_disguise
from analyzer.bundle.disguised import bones
from analyzer.bundle.undisguised import undisguised
from analyzer.classifier.catalogue import shipped
from analyzer.diagnosis import Diagnosis
from analyzer.evidence.content import MemoryContent
from analyzer.evidence.model import Evidence
from analyzer.fetchers.local import read_all_of
from analyzer.pipeline import diagnose
from analyzer.reporters.json_report import masked_document
from tests.bundle.made import SCENARIOS, diagnosis_of, evidence_of

CATALOGUE = shipped()
NAMES = sorted(folder.name for folder in SCENARIOS.iterdir())
WORDS_OF_A_LINE = "fingerprint"
"""Made of the decisive line's words, some of which are stand-ins in the bundle."""


def _diagnose(evidence: Evidence) -> Diagnosis:
    return diagnose(evidence, CATALOGUE)


def assembly(*evidences: Evidence, failures: tuple[NotExamined, ...] = ()) -> Assembly:
    examined = tuple(Examined(evidence, _diagnose(evidence)) for evidence in evidences)
    return Assembly(examined, failures, make_disguise(evidences), _diagnose, 25_000_000)


def written(wanted: Assembly, into: Path) -> Bundle:
    with into.open("w+b") as stream:
        return wanted.write(stream)


def members(bundle: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def document(data: bytes) -> Any:
    return json.loads(data)


def without_own_words(told: dict[str, Any]) -> dict[str, Any]:
    verdict = {name: value for name, value in told["verdict"].items() if name != WORDS_OF_A_LINE}
    return {**told, "target": "", "verdict": verdict}


@pytest.mark.parametrize("name", NAMES)
def test_every_scenario_replays_to_the_same_diagnosis(name: str, tmp_path: Path) -> None:
    made = written(assembly(evidence_of(name)), tmp_path / "ticket.zip")
    assert made.contents.replays == (True,)
    (evidence,) = read_all_of(tmp_path / "ticket.zip", "ticket.zip")
    replayed, original = _diagnose(evidence), diagnosis_of(name)
    assert evidence.target == "ticket.zip"
    # verdict, confidence, rules, places of quotes and every figure, as the original has them
    assert bones(replayed) == bones(original)
    # and, word for word, what stands in the bundle
    told = document(members(tmp_path / "ticket.zip")["diagnosis.json"])
    again = json.loads(json.dumps(masked_document(replayed, verbose=True)))
    assert without_own_words(told) == without_own_words(again)
    assert told["verdict"]["fingerprint"] == original.verdict.fingerprint


def test_the_members_and_their_fingerprints(tmp_path: Path) -> None:
    written(assembly(evidence_of("window-exceeded")), tmp_path / "ticket.zip")
    found = members(tmp_path / "ticket.zip")
    assert list(found) == sorted(found)
    manifest = document(found["manifest.json"])
    assert manifest["format"] == "fsnap-bundle/1"
    assert manifest["schema"] == {"diagnosis": "fsnap-diagnosis/1", "capture": "fsnap-capture/1"}
    assert manifest["tool"].startswith("fsnap-diagnose ")
    assert (manifest["redacted"], manifest["cut"]) == (True, [])
    assert manifest["targets"] == [
        {
            "target": "captures/1-job",
            "capture": "captures/1-job",
            "cause": "dump.window_exceeded",
            "confidence": "certain",
            "replays": True,
            "problem": None,
        }
    ]
    listed = {m["name"]: (m["sha256"], m["bytes"]) for m in manifest["members"]}
    assert listed == {
        name: (hashlib.sha256(data).hexdigest(), len(data)) for name, data in found.items() if name != "manifest.json"
    }
    assert {"report.md", "checklist.md", "diagnosis.json", "captures/1-job/job.json"} <= set(listed)


def test_the_same_evidence_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        written(assembly(evidence_of("window-exceeded"), evidence_of("tool-java-heap")), tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_several_targets_are_one_list_and_one_diagnosis_each(tmp_path: Path) -> None:
    names = ("window-exceeded", "tool-java-heap", "well")
    failed = (NotExamined("/home/alice/secret-study/x.zip", "/home/alice/secret-study/x.zip: no such file or folder"),)
    written(assembly(*map(evidence_of, names), failures=failed), tmp_path / "ticket.zip")
    found = members(tmp_path / "ticket.zip")
    causes = [diagnosis_of(name).verdict.cause for name in names]
    assert [told["verdict"]["cause"] for told in document(found["diagnosis.json"])] == causes
    replayed = read_all_of(tmp_path / "ticket.zip", "ticket.zip")
    assert [_diagnose(evidence).verdict.cause for evidence in replayed] == causes
    assert [e.target for e in replayed] == [f"ticket.zip/captures/{n}-job" for n in (1, 2, 3)]
    assert found["checklist.md"].decode().count("# What support asks for\n") == 3
    *_, problem = document(found["manifest.json"])["targets"]
    assert problem["capture"] is None
    assert "no such file" in problem["problem"]
    assert b"could not be examined" in found["report.md"]
    assert not [name for name, data in found.items() if b"alice" in data or b"secret-study" in data]


def test_an_unpacked_bundle_is_a_target_and_so_is_each_of_its_captures(tmp_path: Path) -> None:
    written(assembly(evidence_of("window-exceeded"), evidence_of("well")), tmp_path / "ticket.zip")
    with zipfile.ZipFile(tmp_path / "ticket.zip") as archive:
        archive.extractall(tmp_path / "ticket")
    assert len(read_all_of(tmp_path / "ticket", "ticket")) == 2
    (one,) = read_all_of(tmp_path / "ticket/captures/2-job", "it")
    assert _diagnose(one).verdict == diagnosis_of("well").verdict


def test_the_tasks_own_data_stay_at_home(tmp_path: Path) -> None:
    evidence = evidence_of("window-exceeded")
    genome = MemoryContent(b">patient 77\nACGTACGT\n")
    workdir = {**evidence.workdir, "patient-77.fasta": genome, ".fusion/dump/6/pages-1.img": genome}
    made = written(assembly(replace(evidence, workdir=workdir)), tmp_path / "ticket.zip")
    assert not [name for name, data in members(tmp_path / "ticket.zip").items() if b"ACGTACGT" in data]
    assert {cut.what for cut in made.contents.cuts} == {"it is the task's own data, no log"}
    assert len(made.contents.cuts) == 2


def test_a_bare_log_is_bundled_whatever_its_name(tmp_path: Path) -> None:
    log = tmp_path / "dump_6.log"
    log.write_bytes((SCENARIOS / "window-exceeded/capture/workdir/.fusion/dump/6/dump_6.log").read_bytes())
    (evidence,) = read_all_of(log, str(log))
    made = written(assembly(evidence), tmp_path / "ticket.zip")
    assert made.contents.folders == ("captures/1-log",)
    assert made.contents.replays == (True,)
    assert not [n for n, data in members(tmp_path / "ticket.zip").items() if str(tmp_path).encode() in data]


@dataclass(frozen=True)
class Broken:
    """A file on a disk that fails."""

    size: int = 100

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        yield 0, b"begins well\n"
        raise OSError(5, "Input/output error")


def test_a_file_that_cannot_be_read_costs_no_more_than_itself(tmp_path: Path) -> None:
    evidence = evidence_of("tool-java-heap")
    evidence = replace(evidence, workdir={**evidence.workdir, ".command.err": Broken()})
    made = written(assembly(evidence), tmp_path / "ticket.zip")
    (cut,) = made.contents.cuts
    assert (cut.member, cut.what) == (
        "captures/1-job/workdir/.command.err",
        "it could not be read (Input/output error)",
    )
    found = members(tmp_path / "ticket.zip")
    assert found["captures/1-job/workdir/.command.err"] == b"begins well\n"
    assert b"Input/output error" in found["report.md"]


def test_files_whose_names_become_the_same_are_told_apart(tmp_path: Path) -> None:
    evidence = evidence_of("window-exceeded")
    secret = "AKIAIOSFODNN7EXAMPLE"  # noqa: S105 - the example key of the AWS documentation
    other = "AKIAIOSFODNN8EXAMPLE"
    logs = {f".fusion/{key}.log": MemoryContent(b"x\n") for key in (secret, other)}
    written(assembly(replace(evidence, workdir={**evidence.workdir, **logs})), tmp_path / "ticket.zip")
    with zipfile.ZipFile(tmp_path / "ticket.zip") as archive:
        names = archive.namelist()
    assert len(names) == len(set(names))
    assert not [name for name in names if secret in name or other in name]


def test_without_redaction_names_stay_and_secrets_go(tmp_path: Path) -> None:
    evidence = evidence_of("window-exceeded")
    one = Examined(evidence, diagnosis_of("window-exceeded"))
    plain = Assembly((one,), (), undisguised([evidence]), _diagnose, 25_000_000, redacted=False)
    written(plain, tmp_path / "ticket.zip")
    found = members(tmp_path / "ticket.zip")
    assert document(found["manifest.json"])["redacted"] is False
    job = document(found["captures/1-job/job.json"])
    assert job["jobName"] == (evidence.job or {})["jobName"]
    assert not [name for name, data in found.items() if b"FAKE-LICENCE-TOKEN" in data]
    assert document(found["diagnosis.json"])["verdict"]["fingerprint"] == one.diagnosis.verdict.fingerprint


def test_more_files_than_a_reader_takes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from analyzer.bundle import assemble
    from analyzer.bundle.limit import LimitError

    monkeypatch.setattr(assemble, "MAX_FILES", 10)
    with pytest.raises(LimitError, match="more than 10 files"):
        assembly(evidence_of("window-exceeded")).write(io.BytesIO())
