"""What becomes of secrets and identities, in documents, logs, names and encodings."""

from __future__ import annotations

import base64
import gzip
import json
import re
from urllib.parse import quote

import pytest

from analyzer.bundle.disguise import Disguise, make_disguise
from tests.bundle.evidence import (
    ACCOUNT,
    BUCKET,
    HASH,
    INSTANCE,
    JOB,
    JOB_ID,
    LICENCE,
    PASSWORD,
    QUEUE,
    SAMPLE,
    evidence,
)

HIDDEN = (
    ACCOUNT,
    BUCKET,
    JOB_ID,
    QUEUE,
    SAMPLE,
    PASSWORD,
    LICENCE,
    INSTANCE,
    "cohort7",
    "alice",
    "akeller",
    "AcmeOnco",
)


@pytest.fixture(scope="module")
def disguise() -> Disguise:
    return make_disguise(
        [evidence("user akeller on ip-10-4-17-9.eu-west-1.compute.internal", "db01.acme.internal is up")]
    )


def test_an_arn_stays_an_arn(disguise: Disguise) -> None:
    shown = disguise.document(JOB)
    assert shown["jobQueue"] == "arn:aws:batch:eu-west-1:account-1:job-queue/queue-1"
    assert shown["jobDefinition"] == "arn:aws:batch:eu-west-1:account-1:job-definition/definition-1:3"
    assert re.fullmatch(
        r"arn:aws:batch:eu-west-1:account-1:job/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", shown["jobArn"]
    )
    assert shown["jobArn"].endswith(shown["jobId"])


def test_a_document_holds_nothing_of_its_owner(disguise: Disguise) -> None:
    shown = json.dumps(disguise.document(JOB))
    assert [hidden for hidden in HIDDEN if hidden in shown] == []
    assert disguise.survivors(shown.encode()) == ()


def test_what_a_diagnosis_needs_stays(disguise: Disguise) -> None:
    shown = disguise.document(JOB)
    assert shown["tags"]["nextflow.io/version"] == "25.10.2"
    assert shown["container"]["command"][:2] == ["/usr/bin/fusion", "bash"]
    assert shown["container"]["command"][2].endswith(f"/work/{HASH}/.command.run")
    assert shown["container"]["image"] == "account-1.dkr.ecr.eu-west-1.amazonaws.com/repository-1:1.2"
    assert re.fullmatch(r"Host EC2 \(instance i-[0-9a-f]{17}\) terminated\.", shown["statusReason"])
    assert shown["jobName"].startswith("tw-run-1-")


def test_a_short_name_is_replaced_only_where_a_place_says_that_it_is_one(disguise: Disguise) -> None:
    assert disguise.document({"tags": {"short": "Bo"}})["tags"]["short"] != "Bo"
    assert disguise.text("Bo is no word of ours") == "Bo is no word of ours"


def test_a_task_keeps_its_process_and_loses_its_sample(disguise: Disguise) -> None:
    assert disguise.text(f"### name: 'ACME:ALIGN ({SAMPLE})'") == "### name: 'ACME:ALIGN (sample-1)'"


@pytest.mark.parametrize(
    "form",
    [
        QUEUE,
        QUEUE.upper(),
        f"s3://{QUEUE}",
        json.dumps(f"line\n{QUEUE}\tend")[1:-1],
        quote(f"a/{QUEUE}/b?c", safe=""),
        f"\x1b[31m{QUEUE}\x1b[0m",
        f"path\\/{QUEUE}\\/x",
        base64.b64encode(f"the queue is {QUEUE}, it says".encode()).decode(),
        base64.b64encode(gzip.compress(f"the queue is {QUEUE}, it says".encode(), mtime=0)).decode(),
        base64.urlsafe_b64encode(f"??>>{QUEUE}??>>".encode()).decode(),
    ],
)
def test_a_name_is_found_in_every_form(disguise: Disguise, form: str) -> None:
    shown = disguise.text(f"before {form} after")
    assert QUEUE not in shown.lower()
    assert form not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert disguise.survivors(shown.encode()) == ()


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (f"s3://{BUCKET}/patients/cohort7/x", "s3://bucket-1/folder-1/folder-2/"),
        (
            f"/fusion/s3/{BUCKET}/patients/cohort7/work/{HASH}/.command.run",
            f"/folder-1/folder-2/work/{HASH}/.command.run",
        ),
        (
            f"https://{BUCKET}.s3.eu-west-1.amazonaws.com/patients/x",
            "https://bucket-1.s3.eu-west-1.amazonaws.com/folder-1/",
        ),
        (
            f"https://s3.eu-west-1.amazonaws.com/{BUCKET}/patients",
            "https://s3.eu-west-1.amazonaws.com/bucket-1/folder-1",
        ),
        ("mail carol@acme-bio.org now", "@example.com now"),
        ("from 203.0.113.77:443", "from 192.0.2."),
        ("at 2a05:d018:1::7a", "at 2001:db8::"),
        ("eth0 0a:1b:2c:3d:4e:5f", "eth0 02:00:00:00:00:0"),
        ("https://minio.acme-bio.org:9000/data/x", "https://host-"),
        ("subnet-0aa11bb22cc33dd44", "subnet-0000000000000000"),
        ("/home/zoe/run.sh", "/home/user-"),
        (
            "https://cloud.seqera.io/orgs/AcmeBio/workspaces/onco/watch/x9",
            "/orgs/organisation-1/workspaces/workspace-1/watch/",
        ),
    ],
)
def test_what_a_form_tells_is_replaced(disguise: Disguise, written: str, shown: str) -> None:
    assert shown in disguise.text(written)


@pytest.mark.parametrize(
    "line",
    [
        "(00.047943)   3263: mnt: 0x7f5511122200-0x7f5511123000 1794898830000 4096 eu-west-1b m6id.4xlarge",
        "Fusion 2.6.0.1, version 4.2.0.1, kernel 6.1.112-122.189.amzn2023.x86_64",
        "12:34:56 std::string Foo::Bar fe:00 127.0.0.1 0.0.0.0 169.254.169.254 ::1",
        "(00.000000) CRIU run id = 04b2241b-470c-45cf-9539-e55804afc4ee",
        "(00.113929) Send fd 1 to /crtools-fd-301-04b2241b-470c-45cf-9539-e55804afc4ee",
        "quay.io/biocontainers/star:2.7.11b--h5ca1c30_5 https://github.com/nf-core/rnaseq",
        "page-xfer: \tp 0x7f1100000000 - 0x7f1100400000",
        "4a6cc0d254bad4b31d6b3a79af1984 d41d8cd98f00b204e9800998ecf8427e",
    ],
)
def test_figures_versions_and_public_names_stay(disguise: Disguise, line: str) -> None:
    assert disguise.text(line) == line


def test_an_address_and_the_host_named_after_it_stay_together(disguise: Disguise) -> None:
    host = disguise.text("ip-10-4-17-9.eu-west-1.compute.internal")
    address = disguise.text("10.4.17.9")
    assert host == f"ip-{address.replace('.', '-')}.eu-west-1.compute.internal"
    assert address.startswith("192.0.2.")


def test_a_host_has_one_stand_in_with_and_without_its_domain(disguise: Disguise) -> None:
    assert disguise.text("db01.acme.internal and db01") == "host-1.example.com and host-1"


def test_a_secret_is_gone_for_good_and_not_in_the_map(disguise: Disguise) -> None:
    assert disguise.text(f"the password is {PASSWORD}!") == "the password is [masked]!"
    assert PASSWORD not in "".join(disguise.stand_ins.values())
    assert LICENCE not in "".join(disguise.stand_ins.values())


@pytest.mark.parametrize("thing", [PASSWORD, QUEUE, JOB_ID, "AKIA" + "Q3EGRIABCDEFGH12"])
@pytest.mark.parametrize("cut", [4, 8, 11])
def test_what_two_lines_share_is_hidden_in_both(disguise: Disguise, thing: str, cut: int) -> None:
    shown = list(disguise.lines([f"a long line with {thing[:cut]}", f"{thing[cut:]} and more"]))
    assert len(shown) == 2
    assert thing[:cut] not in shown[0] or thing[:cut] == "AKIA"  # how all of them begin
    assert thing[cut:] not in shown[1]
    assert shown[0].startswith("a long line with ")
    assert shown[1].endswith(" and more")


def test_lines_that_share_nothing_stay(disguise: Disguise) -> None:
    lines = ["(00.1) first", "second: token", "Nextflow says", "", "with\ninner end", "last"]
    assert list(disguise.lines(lines)) == lines


def test_names_of_files(disguise: Disguise) -> None:
    assert disguise.name("workdir/.fusion/dump/3/dump_3.log") == "workdir/.fusion/dump/3/dump_3.log"
    assert disguise.name("logs/2.jsonl") == "logs/2.jsonl"
    assert disguise.name(f"workdir/{SAMPLE}_R1.fastq.gz") == disguise.name(f"workdir/{SAMPLE}_R1.fastq.gz")
    assert SAMPLE not in disguise.name(f"workdir/{SAMPLE}_R1.fastq.gz")
    assert disguise.name("never-seen-before.bam").endswith(".bam")
    assert "never" not in disguise.name("never-seen-before.bam")


def test_a_stand_in_is_never_the_name_of_something_real() -> None:
    disguise = make_disguise([evidence("s3://bucket-1/x and 192.0.2.1 and s3://other-place/y")])
    shown = disguise.text("s3://bucket-1/x s3://other-place/y 192.0.2.1")
    assert "bucket-1" not in shown
    assert "192.0.2.1 " not in f"{shown} "
    assert set(disguise.stand_ins).isdisjoint(disguise.stand_ins.values())


def test_words_that_rules_look_for_are_never_names() -> None:
    job = {**JOB, "jobQueue": "Dumping", "tags": {"owner": "Error", "run": "restore"}}
    disguise = make_disguise([evidence("Dumping finished successfully", job=job)])
    line = "Error (criu/cr-dump.c:1): Dumping finished successfully, restore"
    assert disguise.text(line) == line
    assert disguise.document(job)["jobQueue"] == "queue-1"


def test_two_jobs_share_their_stand_ins() -> None:
    other = {**JOB, "jobId": "1c9d2c4e-7a1f-4c3d-9e8b-5f6a7b8c9d0f"}
    disguise = make_disguise([evidence(), evidence(job=other)])
    first, second = disguise.document(JOB), disguise.document(other)
    assert first["jobQueue"] == second["jobQueue"]
    assert first["jobId"] != second["jobId"]


def test_hostile_documents_do_not_stop_it() -> None:
    deep: dict[str, object] = {}
    inner = deep
    for _ in range(200):
        inner["a"] = inner = {}
    job = {
        "jobId": 7,
        "tags": ["x"],
        "container": {"environment": [{"name": None, "value": 1}, 3]},
        "deep": deep,
        "k": None,
    }
    disguise = make_disguise([evidence("\x00\ud800 %ZZ %", job=job)])
    assert disguise.document(job)["jobId"] == 7
    assert disguise.text("\ud800%e2%28%a1") is not None
