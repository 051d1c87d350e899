"""What a label tells: people, patients and samples in messages of tools, and what only sounds alike."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from analyzer.bundle.disguise import make_disguise
from analyzer.bundle.labels import disguised_labels
from tests.bundle.evidence import evidence

FIXTURES = Path(__file__).parents[2] / "fixtures"


def marked(line: str) -> str:
    return disguised_labels(line, lambda kind, _: f"<{kind}>")


@pytest.mark.parametrize(
    ("written", "hidden"),
    [
        ("Sample: B23-4711", "Sample: <sample>"),
        ('{"sample_id": "B23-4711"}', '{"sample_id": "<sample>"}'),
        ("Processing sample B23-4711 of patient Kowalczyk.", "Processing sample <sample> of patient <sample>."),
        ("ERROR: Patient 'Sörensen' has none", "ERROR: Patient '<sample>' has none"),
        ("Mutect2 -normal N-0711 --tumor-sample T-0711", "Mutect2 -normal <sample> --tumor-sample <sample>"),
        ("##tumor_sample=T_0711", "##tumor_sample=<sample>"),
        ("Patient ID: 0077881299 read", "<patient> read"),
        ("MarkDuplicates RGSM=B23-4711 RGPU=H7WJ5", "MarkDuplicates RGSM=<sample> RGPU=<sample>"),
        ("STAR --outFileNamePrefix B23-4711.", "STAR --outFileNamePrefix <sample>."),
        ("[[id:B23-4711, single_end:false]]", "[[id:<sample>, single_end:false]]"),
        ("Submitted process > NFCORE:STAR (B23-4711)", "Submitted process > NFCORE:STAR (<sample>)"),
        ("Process `NFCORE:STAR (B23-4711)` terminated", "Process `NFCORE:STAR (<sample>)` terminated"),
        ("-rw-r--r--. 1 weissmue imolbio 12M Jan  3 x", "-rw-r--r--. 1 <user> <team> 12M Jan  3 x"),
        ("uid=10(weissmue) gid=5(haema) groups=5(haema)", "uid=10(<user>) gid=5(<team>) groups=5(<team>)"),
        ("bind failed: uid=weissmue,ou=people,dc=acme,dc=org", "bind failed: <directory>"),
        ("postgresql://u@h:5432/leukodb failed", "postgresql://u@h:5432/<database> failed"),
        ("host=h dbname=leukodb user=u", "host=h dbname=<database> user=u"),
        ("(geb. 14.07.1962) none", "(<birth-date>) none"),
        ('{"dob": "1962-07-14"}', '{"<birth-date>"}'),
        ("MRN: 00471199 ; Tel. 0451 500-44321", "<record> ; <record>"),
        ("From: Anna Weißmüller <a@acme.org>", "From: <person> <a@acme.org>"),
        ("contact: Prof. Dr. Anna Weißmüller, ward 7", "contact: Prof. Dr. <person>, ward 7"),
    ],
)
def test_what_a_label_tells_goes(written: str, hidden: str) -> None:
    assert marked(written) == hidden
    assert marked(hidden) == hidden


@pytest.mark.parametrize(
    "line",
    [
        "Sample: done; samples: 12; sample 3 of 4; sample size: 10; --sample-rate 44100; normal: true; tumor: 0.5",
        "exit normally; normal exit; subject to change; in case 3; individual files; patient is missing; Patient Data",
        "-rw-r--r-- 1 root root 12 Jan 3 x; drwxr-xr-x 2 nobody nogroup 0 Jan 1 y; uid=0(root) gid=0(root)",
        "(00.019583) uid=0 gid=0 7f0000-7f1000 r-xp 00000000 00:1d 1234 /usr/bin/x; vma rw-p --- rwxp",
        "process > NFCORE:STAR (1); [process > A] ok; dcache=1; database: k2; mapped <a> b; Dr. x; at 10.20.30.40",
        "RG tag; [id:5] TaskHandler[id: 5; name: X]; phone home; Telling 12345678; geb; dobby 12.12.12",
    ],
)
def test_what_only_sounds_alike_stays(line: str) -> None:
    assert marked(line) == line


def test_it_goes_where_no_label_is_and_can_be_turned_back() -> None:
    lines = (
        "patient Kowalczyk",
        "Kowalczyk_Ewa and Kowalczyk",
        "MRN: 00471199",
        "file:///fusion/s3/acme-b/x/Kowalczyk.bam",
    )
    disguise = make_disguise([evidence(*lines)])
    told = list(disguise.lines(lines))
    assert told == [
        "patient sample-1",
        "sample-1_Ewa and sample-1",
        "record-1",
        "file:///fusion/s3/bucket-2/x/sample-1.bam",
    ]
    assert disguise.stand_ins["record-1"] == "MRN: 00471199"


def test_logs_of_dumps_lose_nothing() -> None:
    logs = sorted(FIXTURES.rglob("*.log"))
    assert len(logs) > 20
    for path in logs:
        text = path.read_text("utf-8", "replace")
        assert marked(text) == text


@pytest.mark.parametrize(
    "part",
    [
        *("sample ", "patient:", "dc=a,", "cn=a, ", "-rw-r--r-- 1 a", "A b ", "Ab <a", "Dr. ", "process > A", "geb. 1"),
        *("x://", "postgres://a/", "Tel. 1 ", "@a:12/", "RGSM=", "uid=1(a,1(a", "Prof. Dr. med. "),
    ],
)
def test_no_text_takes_long(part: str) -> None:
    text = part * (100_000 // len(part))
    start = time.perf_counter()
    marked(text)
    assert time.perf_counter() - start < 5
