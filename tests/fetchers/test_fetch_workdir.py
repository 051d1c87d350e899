from __future__ import annotations

from typing import Any

import pytest

from analyzer.evidence.content import read_all
from analyzer.evidence.model import Evidence
from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.fetch import fetch_jobs, fetch_workdir
from analyzer.fetchers.options import FetchOptions
from tests.fetchers.endpoint import Endpoint, Refusal
from tests.fetchers.samples import BUCKET, JOB_ID, PREFIX, attempt, job, log_page

URI = f"s3://{BUCKET}/{PREFIX}"
HOME = f"{BUCKET}/{PREFIX}"
FORBIDDEN = Refusal("AccessDenied", status=403)
OPTIONS = FetchOptions(timeout_seconds=30)


def silent(_: str) -> None:
    pass


def workdir(uri: str = URI, options: FetchOptions = OPTIONS) -> Evidence:
    found = fetch_workdir(uri, options, silent)
    assert isinstance(found, Evidence), found
    return found


def failure(uri: str = URI) -> str:
    found = fetch_workdir(uri, OPTIONS, silent)
    assert isinstance(found, FetchError)
    return str(found)


def test_a_work_directory_alone_needs_no_region(aws: Endpoint, environment: pytest.MonkeyPatch) -> None:
    environment.delenv("AWS_DEFAULT_REGION")
    aws.objects = {f"{HOME}/.exitcode": b"176", f"{HOME}/out/result.bam": b"x"}
    found = workdir(URI + "/")
    assert (found.kind, found.target, found.job, found.gaps) == ("workdir", URI + "/", None, ())
    assert found.workdir_uri == URI
    assert {name: read_all(content, 9) for name, content in found.workdir.items()} == {".exitcode": b"176"}
    assert [entry.key for entry in found.listing or ()] == [".exitcode", "out/result.bam"]


def test_large_logs_are_read_from_both_ends(aws: Endpoint) -> None:
    data = b"".join(b"line %07d\n" % n for n in range(20_000))
    aws.objects = {f"{HOME}/.command.log": data, f"{HOME}/.command.run": b"#" * 100_000}
    found = workdir(options=FetchOptions(whole_file_bytes=1000, head_bytes=2000, tail_bytes=3000))
    blocks = list(found.workdir[".command.log"].blocks())
    assert blocks == [(0, data[:2000]), (len(data) - 3000, data[-3000:])]
    assert found.workdir[".command.run"].size == 100_000
    assert len(read_all(found.workdir[".command.run"], 10**6)) == 64 * 1024


def test_what_was_left_out_is_a_gap(aws: Endpoint) -> None:
    aws.objects = {f"{HOME}/.fusion/dump/{n}/dump_{n}.log": b"x" for n in range(10)}
    found = workdir(options=FetchOptions(max_files=4))
    assert sorted(found.workdir) == [f".fusion/dump/{n}/dump_{n}.log" for n in (6, 7, 8, 9)]
    (gap,) = found.gaps
    assert "6 files" in gap.what
    assert "newest" in gap.why


def test_a_listing_that_was_cut_is_a_gap(aws: Endpoint) -> None:
    aws.keys_per_page = 5
    aws.objects = {f"{HOME}/{n:03}": b"" for n in range(50)}
    found = workdir(options=FetchOptions(max_listing_pages=2))
    assert ["first 10 objects" in gap.why for gap in found.gaps] == [True]


def test_without_the_right_to_list_the_well_known_files_are_read(aws: Endpoint) -> None:
    aws.objects = {f"{HOME}/.exitcode": b"1", f"{HOME}/.command.log": b"log", f"{HOME}/.command.err": b""}
    aws.answers["ListObjectsV2"] = FORBIDDEN
    found = workdir()
    assert sorted(found.workdir) == [".command.err", ".command.log", ".exitcode"]
    assert found.listing is None
    assert [gap.permission for gap in found.gaps] == ["s3:ListBucket"]


def test_nothing_may_be_read(aws: Endpoint) -> None:
    aws.answers |= {"ListObjectsV2": FORBIDDEN, "GetObject": FORBIDDEN}
    text = failure()
    assert "s3:GetObject" in text
    assert "s3:ListBucket" in text
    assert URI in text


def test_files_that_may_not_be_read_are_one_gap(aws: Endpoint) -> None:
    aws.objects = {
        f"{HOME}/{name}": b"x" for name in (".exitcode", ".command.log", ".command.err", ".fusion.log", "result")
    }
    aws.answers["GetObject"] = FORBIDDEN
    found = workdir()
    (gap,) = found.gaps
    assert gap.permission == "s3:GetObject"
    assert gap.what.endswith("and 1 more")
    assert len(found.listing or ()) == 5


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Refusal("NoSuchBucket", "The specified bucket does not exist", 404), "NoSuchBucket"),
        (Refusal("ExpiredToken", "The provided token has expired.", 400), "have expired"),
        ("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>", "nothing is there"),
    ],
)
def test_a_work_directory_that_cannot_be_seen_is_one_sentence(aws: Endpoint, answer: Any, says: str) -> None:
    aws.answers["ListObjectsV2"] = answer
    assert says in failure()
    assert URI in failure()


@pytest.mark.parametrize("uri", ["s3://bucket", "s3://", "https://bucket/work", "s3://b@d/work/ab"])
def test_what_is_no_work_directory_is_refused_by_name(aws: Endpoint, uri: str) -> None:
    assert uri in failure(uri)
    assert aws.calls == []


@pytest.mark.usefixtures("environment")
def test_an_unknown_profile() -> None:
    found = fetch_workdir(URI, FetchOptions(profile="prod"), silent)
    assert isinstance(found, FetchError)
    assert "profile prod does not exist" in str(found)


# --- children of arrays -----------------------------------------------------------------------------------------------

CHILD = "work/01/" + "a" * 30


@pytest.fixture
def array(aws: Endpoint) -> Endpoint:
    """An array of two; its second child failed."""
    parent = job(status="FAILED", arrayProperties={"size": 2}) | {"jobId": JOB_ID, "attempts": []}
    child = job(attempt(exit_code=1), arrayProperties={"index": 1}) | {"jobId": f"{JOB_ID}:1"}
    known = {one["jobId"]: one for one in (parent, child)}
    aws.answers["DescribeJobs"] = lambda asked: {"jobs": [known[i] for i in asked["jobs"]]}
    aws.answers["GetLogEvents"] = log_page()
    header = f"### ---\n###   work-dirs:\n###   - s3://{BUCKET}/work/00/xx\n###   - s3://{BUCKET}/{CHILD}\n### ...\n"
    aws.objects = {
        f"{HOME}/.command.run": header.encode(),
        f"{HOME}/.exitcode": b"99",
        f"{HOME}/.fusion.log": b"the array's",
        f"{HOME}/.fusion/dump/1/dump_1.log": b"the array's",
        f"{BUCKET}/{CHILD}/.command.run": b"the child's",
        f"{BUCKET}/{CHILD}/.exitcode": b"1",
    }
    return aws


def child_evidence() -> Evidence:
    found = fetch_jobs([f"{JOB_ID}:1"], OPTIONS, silent)[f"{JOB_ID}:1"]
    assert isinstance(found, Evidence), found
    return found


def contents(found: Evidence) -> dict[str, bytes]:
    return {name: read_all(content, 999) for name, content in found.workdir.items()}


def test_a_child_is_read_from_its_own_directory_and_fusions_files_from_the_arrays(array: Endpoint) -> None:
    found = child_evidence()
    assert found.array_parent is not None
    assert found.workdir_uri == f"s3://{BUCKET}/{CHILD}"
    assert contents(found) == {
        ".command.run": b"the child's",
        ".exitcode": b"1",
        ".fusion.log": b"the array's",
        ".fusion/dump/1/dump_1.log": b"the array's",
    }
    assert [gap.what for gap in found.gaps] == ["whose checkpoints these are"]
    assert array.operations().count("DescribeJobs") == 1


def test_a_childs_own_checkpoints_come_before_the_arrays(array: Endpoint) -> None:
    array.objects[f"{BUCKET}/{CHILD}/.fusion/dump/7/dump_7.log"] = b"the child's"
    found = child_evidence()
    assert ".fusion/dump/1/dump_1.log" not in found.workdir
    assert contents(found)[".fusion/dump/7/dump_7.log"] == b"the child's"
    assert found.gaps == ()


def test_the_list_may_be_long(array: Endpoint) -> None:
    places = "".join(f"###   - s3://{BUCKET}/work/{n:05}/{'x' * 90}\n" for n in range(5000))
    array.objects[f"{HOME}/.command.run"] = f"###   work-dirs:\n{places}### ...\n".encode()
    parent = job(status="FAILED", arrayProperties={"size": 5000}) | {"attempts": []}
    target = f"{JOB_ID}:4321"
    child = job(attempt(exit_code=1), arrayProperties={"index": 4321}) | {"jobId": target}
    array.answers["DescribeJobs"] = {"jobs": [parent, child]}
    array.objects[f"{BUCKET}/work/04321/{'x' * 90}/.exitcode"] = b"4321"
    found = fetch_jobs([target], OPTIONS, silent)[target]
    assert isinstance(found, Evidence)
    assert contents(found)[".exitcode"] == b"4321"


def test_the_arrays_script_tells_where_its_wrapper_does_not(array: Endpoint) -> None:
    array.objects[f"{HOME}/.command.run"] = b"#!/bin/bash\n"
    script = f"array=( /fusion/s3/{BUCKET}/work/00/xx /fusion/s3/{BUCKET}/{CHILD} )\n"
    array.objects[f"{HOME}/.command.sh"] = script.encode()
    assert contents(child_evidence())[".exitcode"] == b"1"
    asked = [one["key"] for one in array.parameters("GetObject")]
    assert asked.count(f"{PREFIX}/.command.run") == 1


def test_without_a_way_to_the_child_the_arrays_directory_is_shown(array: Endpoint) -> None:
    array.objects[f"{HOME}/.command.run"] = b"#!/bin/bash\n"
    found = child_evidence()
    assert contents(found)[".exitcode"] == b"99"
    assert any("array's child" in gap.what for gap in found.gaps)


def test_a_child_whose_directory_is_empty_is_shown_the_arrays(array: Endpoint) -> None:
    array.objects = {key: data for key, data in array.objects.items() if CHILD not in key}
    found = child_evidence()
    assert contents(found)[".exitcode"] == b"99"
    assert any("nothing is there" in gap.why for gap in found.gaps)
