"""The handler on a loopback AWS: what is kept of each event, once, whatever comes with it; and what is said of it."""

from __future__ import annotations

import copy
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analyzer.events import entry, handler
from analyzer.events.settings import read_settings
from analyzer.events.work import Work
from analyzer.evidence.model import Evidence
from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.places import FolderPlace
from analyzer.keep import Keeper
from analyzer.store.captures import SavedCaptures
from tests.events.examples import EXAMPLES, NAMES, Example, in_sns, in_sqs, with_unknown_members
from tests.loopback.faults import Fault
from tests.loopback.scenario import scenario
from tests.loopback.server import Loopback

LICENCE = "FAKE-LICENCE-TOKEN-for-tests-only"
QUEUE = "TowerForge-5kQ2vXb7RzNtW1pLcYdH-work"


class Context:
    """Lambda's, with so many seconds left."""

    def __init__(self, seconds: float = 120) -> None:
        self._end = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return int((self._end - time.monotonic()) * 1000)


class Bench:
    """A loopback AWS, a store in a folder, and the function in between."""

    def __init__(
        self, loopback: Loopback, folder: Path, out: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch
    ) -> None:
        self.loopback, self.folder, self._out, self._patch = loopback, folder, out, patch
        self.tell(FSNAP_STORE=str(folder), FSNAP_RECEIVES="4", AWS_ENDPOINT_URL=loopback.endpoint)
        self.tell(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing", AWS_REGION="eu-west-1")  # noqa: S106 - no real key
        self.tell(AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null", AWS_MAX_ATTEMPTS="2")
        for name in ("AWS_PROFILE", "FSNAP_QUEUES", "FSNAP_NOTIFY", "FSNAP_SIDE_BY_SIDE"):
            patch.delenv(name, raising=False)
        self.lines: list[dict[str, Any]] = []

    def tell(self, **variables: str) -> None:
        for name, value in variables.items():
            self._patch.setenv(name, value)

    def serve(self, *examples: Example, faults: tuple[Fault, ...] = ()) -> None:
        names = dict.fromkeys(example.scenario for example in examples if example.scenario)
        world = self.loopback.serve([scenario(name) for name in names], faults)
        for example in examples:
            if example.instance_tags is not None:
                tags = [{"Key": key, "Value": value} for key, value in example.instance_tags.items()]
                world.instances[example.instance_id]["Tags"] = tags

    def __call__(self, event: Any, seconds: float = 120) -> dict[str, Any]:
        self._out.readouterr()
        try:
            return handler(event, Context(seconds))
        finally:
            told = self._out.readouterr()
            assert told.err == ""
            self.lines = [json.loads(line) for line in told.out.splitlines()]

    def names(self) -> list[str]:
        return sorted(p.relative_to(self.folder).as_posix() for p in self.folder.rglob("*") if p.is_file())

    def files(self) -> dict[str, bytes]:
        return {name: (self.folder / name).read_bytes() for name in self.names()}

    def captures(self, job_id: str) -> dict[str, Evidence]:
        folder = self.folder / "_captures" / "jobs" / job_id.replace(":", "%3A")
        moments = sorted(path.stem for path in folder.glob("*.zip"))
        found = SavedCaptures(FolderPlace(self.folder)).of(job_id)
        assert len(found) == len(moments)
        return dict(zip(moments, found, strict=True))

    def said(self, level: str) -> list[str]:
        return [line["what"] for line in self.lines if line["level"] == level]


def failed(answer: dict[str, Any]) -> list[str]:
    """Messages that SQS is to hand out again."""
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


@pytest.fixture
def bench(
    loopback: Loopback, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    yield Bench(loopback, tmp_path / "store", capsys, monkeypatch)
    entry._tools.cache_clear()


@pytest.mark.parametrize("name", NAMES)
def test_an_event_is_captured_once_and_told_in_a_line(name: str, bench: Bench) -> None:
    example, expected = EXAMPLES[name], EXAMPLES[name].expected
    bench.serve(example)
    answer = bench(in_sqs(with_unknown_members(example.event)))
    assert answer == {"batchItemFailures": []}
    operations, lines = bench.loopback.operations(), bench.lines
    kept = expected.get("kept", "")
    if expected["says"] == "SpotWarning":
        assert bench.names() == ([f"_captures/hosts/{example.instance_id}.json"] if kept else [])
    elif not kept:
        assert bench.names() == []
    else:
        (moment,) = bench.captures(expected["job_id"])
        assert moment.startswith(kept)
        assert any("/ended/day=" in n for n in bench.names()) == expected.get("ended", False)
        assert expected.get("cause", lines[0]["cause"]) == lines[0]["cause"]
        assert lines[0]["job"] == expected["job_id"]
    assert lines[-1]["what"] == "done"
    assert len(lines) == 1 + bool(kept or expected.get("malformed"))
    assert set(expected.get("calls", operations)) <= set(operations)
    assert expected.get("calls") != [] or operations == []
    assert not set(expected.get("never", ())) & set(operations)
    before = bench.files()
    bench.loopback.calls.clear()
    bench(in_sqs(example.event, in_sns(example.event)))
    assert bench.files() == before
    # a warning about an instance that is nobody's is looked up each time
    assert bench.loopback.operations() == [] or (expected["says"] == "SpotWarning" and not kept)


def test_no_secret_of_an_event_is_printed_or_kept(bench: Bench) -> None:
    examples = [example for example in EXAMPLES.values() if LICENCE in json.dumps(example.event)]
    assert len(examples) > 10
    bench.serve(*examples)
    bench(in_sqs(*(example.event for example in examples)))
    assert LICENCE not in json.dumps(bench.lines)
    for data in bench.files().values():
        assert LICENCE.encode() not in data
    for example in examples:
        for evidence in bench.captures(example.expected.get("job_id", "none")).values():
            assert LICENCE not in repr(evidence)


def test_a_diagnosis_lies_beside_its_capture(bench: Bench) -> None:
    example = EXAMPLES["job-failed-window"]
    bench.serve(example)
    bench(example.event)
    path = bench.folder / "_captures" / "jobs" / example.expected["job_id"] / "attempt-3.failed.json"
    document = json.loads(path.read_text())
    assert document["schema"] == "fsnap-diagnosis/1"
    assert document["verdict"]["cause"] == "dump.window_exceeded"


def test_what_a_diagnosis_quotes_is_masked_where_it_is_kept(bench: Bench) -> None:
    example = EXAMPLES["job-failed-window"]
    bench.serve(example)
    event = copy.deepcopy(example.event)
    reason = f"CannotPullContainerError: pull access denied for {LICENCE} at https://user:hidden-words@images.example"
    event["detail"]["statusReason"] = event["detail"]["attempts"][-1]["statusReason"] = reason
    bench(event)
    (kept,) = (data for name, data in bench.files().items() if name.endswith(".json"))
    assert b"pull access denied for" in kept
    assert LICENCE.encode() not in kept
    assert b"hidden-words" not in kept


def test_the_host_of_a_lost_attempt_is_kept_when_the_job_waits_again(bench: Bench) -> None:
    """And everything in the order in which it comes true least often: the end first."""
    names = ("job-survived", "job-starts-again", "job-waits-after-lost-host", "job-waits-after-lost-host")
    bench.serve(*(EXAMPLES[name] for name in names))
    bench(in_sqs(*(EXAMPLES[name].event for name in names)))
    captures = bench.captures(EXAMPLES["job-survived"].expected["job_id"])
    assert set(captures) == {"attempt-1.ended", "attempt-2.succeeded"}
    assert captures["attempt-1.ended"].container_instances


def test_a_warning_keeps_the_instance_while_ec2_knows_it(bench: Bench) -> None:
    example = EXAMPLES["spot-warning"]
    bench.serve(example)
    bench(in_sqs(example.event))
    host = SavedCaptures(FolderPlace(bench.folder)).host(example.instance_id)
    assert host is not None
    assert host.instance is not None
    assert host.instance["InstanceId"] == example.instance_id
    assert host.interruption == example.event


DENIED = Fault("DescribeInstances", "UnauthorizedOperation", 403)


def test_an_instance_that_may_not_be_described_is_kept_by_its_warning(bench: Bench) -> None:
    example = EXAMPLES["spot-warning"]
    bench.serve(example, faults=(DENIED,))
    assert bench(in_sqs(example.event)) == {"batchItemFailures": []}
    host = SavedCaptures(FolderPlace(bench.folder)).host(example.instance_id)
    assert host is not None
    assert (host.instance, host.interruption) == (None, example.event)
    assert bench.said("warning") == [
        "the instance could not be described: AccessDenied on ec2:DescribeInstances",
    ]


def test_a_bad_record_stops_no_other(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    good = EXAMPLES["job-failed-tool"]
    bench.serve(good, EXAMPLES["job-went-well"])
    prepare = Keeper.prepare

    def faulty(self: Keeper, job: Any, region: str | None) -> Any:
        if job["jobId"] == EXAMPLES["job-went-well"].expected["job_id"]:
            raise KeyError(LICENCE)
        return prepare(self, job, region)

    monkeypatch.setattr(Keeper, "prepare", faulty)
    answer = bench(in_sqs("{", EXAMPLES["job-went-well"].event, EXAMPLES["malformed-no-id"].event, good.event))
    # what is malformed will be malformed again; a fault of ours may be mended before the dead letters are tried again
    assert failed(answer) == ["1"]
    assert bench.captures(good.expected["job_id"])
    told = bench.said("warning")
    assert any("a fault in fsnap-diagnose itself (KeyError at test_handler.py:" in line for line in told)
    assert "an event was passed over: it is no JSON" in told
    assert "an event was passed over: it names no job" in told
    assert LICENCE not in json.dumps(bench.lines)
    assert bench.lines[-1] == {"level": "info", "what": "done", "again": 1, "kept": 1, "malformed": 2}


THROTTLED = Fault("DescribeContainerInstances", "ThrottlingException")


@pytest.mark.parametrize("receives", [1, 3, 4])
def test_what_was_throttled_is_tried_again_until_the_last_time(receives: int, bench: Bench) -> None:
    example = EXAMPLES["job-waits-after-lost-host"]
    bench.serve(example, faults=(THROTTLED,))
    answer = bench(in_sqs(example.event, receives=receives))
    captures = bench.captures(example.expected["job_id"])
    if receives < 4:
        assert failed(answer) == ["0"]
        assert captures == {}
        assert "AWS asked to slow down" in bench.said("warning")[0]
    else:
        assert answer == {"batchItemFailures": []}
        assert any("slow down" in gap.why for gap in captures["attempt-1.ended"].gaps)


def test_what_is_forbidden_is_not_tried_again(bench: Bench) -> None:
    example = EXAMPLES["job-waits-after-lost-host"]
    bench.serve(example, faults=(Fault("GetLogEvents", "AccessDeniedException"),))
    assert bench(in_sqs(example.event)) == {"batchItemFailures": []}
    (capture,) = bench.captures(example.expected["job_id"]).values()
    assert {gap.permission for gap in capture.gaps} == {"logs:GetLogEvents"}


def test_a_store_that_refuses_is_tried_again(bench: Bench) -> None:
    bench.folder.write_text("a file, and no folder")
    bench.serve(EXAMPLES["job-went-well"])
    assert failed(bench(in_sqs(EXAMPLES["job-went-well"].event))) == ["0"]
    assert "an event could not be captured: " in bench.said("warning")[0]


def test_an_event_without_a_queue_that_fails_is_lambdas_to_try_again(bench: Bench) -> None:
    bench.folder.write_text("a file, and no folder")
    bench.serve(EXAMPLES["job-went-well"])
    with pytest.raises(entry.CaptureFailedError):
        bench(EXAMPLES["job-went-well"].event)
    with pytest.raises(entry.CaptureFailedError):
        bench({"Records": [{"Sns": in_sns(EXAMPLES["job-went-well"].event)}]})
    assert bench({"nonsense": True}) == {}


def test_without_time_nothing_is_begun(bench: Bench) -> None:
    bench.serve(EXAMPLES["job-went-well"])
    event = EXAMPLES["job-went-well"].event
    assert failed(bench(in_sqs(event, event), seconds=entry.MARGIN_SECONDS + 1)) == ["0", "1"]
    assert bench.names() == []
    assert bench.lines == [{"level": "info", "what": "done", "no_time": 2}]


def test_a_record_that_hangs_takes_its_own_time_alone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.serve(EXAMPLES["job-failed-tool"], EXAMPLES["job-went-well"])
    monkeypatch.setattr(entry, "LEAST_SECONDS", 0.5)
    monkeypatch.setattr(entry, "MOST_SECONDS", 4.0)
    do = Work.do

    def hanging(self: Work, record: Any, seconds: float) -> Any:
        if record.message_id == "0":
            time.sleep(30)
        return do(self, record, seconds)

    monkeypatch.setattr(Work, "do", hanging)
    answer = bench(in_sqs(EXAMPLES["job-failed-tool"].event, EXAMPLES["job-went-well"].event))
    assert failed(answer) == ["0"]
    assert bench.captures(EXAMPLES["job-went-well"].expected["job_id"])
    assert bench.said("warning") == ["an event could not be captured: it took longer than 4 s"]


def test_what_is_fetched_for_a_record_ends_before_its_time(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.serve(EXAMPLES["job-failed-tool"])
    seen: list[FetchOptions] = []
    prepare = Keeper.prepare

    def noting(self: Keeper, job: Any, region: str | None) -> Any:
        seen.append(self.fetcher.options)
        return prepare(self, job, region)

    monkeypatch.setattr(Keeper, "prepare", noting)
    event = EXAMPLES["job-failed-tool"].event
    bench(in_sqs(*[event] * 5), seconds=entry.MARGIN_SECONDS + 50)
    assert seen[0].timeout_seconds == pytest.approx(7, abs=1)
    bench(in_sqs(event), seconds=600)
    assert seen[-1].timeout_seconds == pytest.approx(entry.MOST_SECONDS * 0.7)


@pytest.mark.parametrize(
    ("queues", "is_kept"),
    [
        (QUEUE, True),
        (f"other, arn:aws:batch:eu-west-1:111122223333:job-queue/{QUEUE}", True),
        ("TowerForge-*", True),
        ("other,Tower", False),
    ],
)
def test_only_jobs_of_the_named_queues_are_kept(queues: str, is_kept: bool, bench: Bench) -> None:
    example = EXAMPLES["job-failed-tool"]
    bench.serve(example)
    bench.tell(FSNAP_QUEUES=queues)
    bench(in_sqs(example.event))
    assert bool(bench.names()) == is_kept
    assert bool(bench.loopback.operations()) == is_kept


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"FSNAP_STORE": " "}, "FSNAP_STORE is not set; it names where captures are kept"),
        ({"FSNAP_STORE": "s3://No_Bucket"}, "'s3://No_Bucket' is no place to keep files"),
        ({"FSNAP_SIDE_BY_SIDE": "none"}, "FSNAP_SIDE_BY_SIDE is 'none'; it has to be a whole number from 1 to 1,000"),
        ({"FSNAP_RECEIVES": "0"}, "FSNAP_RECEIVES is '0'"),
        ({"FSNAP_NOTIFY": "me@example.com"}, "names no topic"),
    ],
)
def test_a_variable_that_cannot_be_used_is_told_and_events_wait(
    variables: dict[str, str], words: str, bench: Bench
) -> None:
    bench.tell(**variables)
    assert failed(bench(in_sqs(EXAMPLES["job-went-well"].event))) == ["0"]
    (line,) = bench.said("error")
    assert words in line


def _topic(bench: Bench) -> str:
    import boto3

    client = boto3.client("sns", endpoint_url=bench.loopback.moto, region_name="eu-west-1")
    return str(client.create_topic(Name="failures")["TopicArn"])


def _published(bench: Bench) -> list[str]:
    return [call.parameters["Message"] for call in bench.loopback.calls if call.operation == "Publish"]


def test_jobs_that_failed_are_told_of_in_one_message(bench: Bench) -> None:
    names = [name for name in NAMES if EXAMPLES[name].scenario]
    bench.serve(*(EXAMPLES[name] for name in names))
    bench.tell(FSNAP_NOTIFY=_topic(bench))
    bench(in_sqs(*(EXAMPLES[name].event for name in names)))
    (message,) = _published(bench)
    assert "dump.window_exceeded" in message
    assert "schedule.no_capacity" in message
    assert "ok.survived_reclaim" not in message
    assert LICENCE not in message
    bench(in_sqs(*(EXAMPLES[name].event for name in names)))
    assert len(_published(bench)) == 1


@pytest.mark.parametrize("name", [name for name in NAMES if EXAMPLES[name].expected.get("kept")])
def test_only_what_somebody_has_to_look_at_is_told_of(name: str, bench: Bench) -> None:
    example = EXAMPLES[name]
    bench.serve(example)
    bench.tell(FSNAP_NOTIFY=_topic(bench))
    bench(in_sqs(example.event))
    assert len(_published(bench)) == (1 if example.expected.get("tells") else 0)


def test_a_message_that_cannot_be_sent_is_no_reason_to_do_anything_again(bench: Bench) -> None:
    example = EXAMPLES["job-failed-tool"]
    bench.serve(example, faults=(Fault("Publish", "AuthorizationError", 403),))
    bench.tell(FSNAP_NOTIFY="arn:aws:sns:eu-west-1:111122223333:failures")
    assert bench(in_sqs(example.event)) == {"batchItemFailures": []}
    assert "AccessDenied on sns:Publish" in bench.said("error")[0]
    assert bench.captures(example.expected["job_id"])


def test_rates_are_shared_among_those_that_run_side_by_side(bench: Bench) -> None:
    bench.serve(EXAMPLES["job-failed-tool"])
    bench.tell(FSNAP_SIDE_BY_SIDE="5")
    bench(in_sqs(EXAMPLES["job-failed-tool"].event))
    tools = entry._tools(read_settings(os.environ))
    assert tools.limiter.share == pytest.approx(0.2)
